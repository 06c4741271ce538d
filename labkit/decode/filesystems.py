"""File systems by the number statfs(2) gives as f_type, and their names. A table, and nothing else."""

IN_MEMORY = ("tmpfs", "ramfs", "hugetlbfs")  # they have no storage below the page cache

# <linux/magic.h>, and for those not in it the file system's own source.
_TABLE = """
    9fa0=proc 62656572=sysfs 1021994=tmpfs 858458f6=ramfs 794c7630=overlay ef53=ext4 9123683e=btrfs 58465342=xfs
    2fc12fc1=zfs f2f52010=f2fs ca451a4e=bcachefs 3153464a=jfs 52654973=reiserfs 73717368=squashfs e0f5e1e2=erofs
    4d44=vfat 2011bab0=exfat 5346544e=ntfs 7366746e=ntfs3 9660=iso9660 15013346=udf 6969=nfs ff534d42=cifs fe534d42=smb2
    517b=smb 5346414f=afs 6b414653=afs c36400=ceph 65735546=fuse 65735543=fusectl 1021997=9p 786f4256=vboxsf
    27e0eb=cgroup 63677270=cgroup2 64626720=debugfs 74726163=tracefs 73636673=securityfs cafe4a11=bpf 1cd1=devpts
    958458f6=hugetlbfs 19800202=mqueue 62656570=configfs 6165676c=pstore de5e81e4=efivarfs 42494e4d=binfmt_misc
    50495045=pipefs 534f434b=sockfs 9041934=anon_inodefs 6e736673=nsfs 50494446=pidfs 444d4142=dmabuf
    5345434d=secretmem 1badface=bfs 137f=minix 28cd3d45=cramfs 72b6=jffs2 24051905=ubifs 47504653=gpfs 7461636f=ocfs2
    1161970=gfs2 bd00bd0=lustre
"""

_NAMES = {int(number, 16): name for number, _, name in (word.partition("=") for word in _TABLE.split())}


def name_of(magic: int) -> str:
    """The file system's name, "" for 0 (not known), the number where the table has none; ext2 and ext3 count as ext4.

    >>> name_of(0xEF53), name_of(0x1021994), name_of(0x123), name_of(0)
    ('ext4', 'tmpfs', '0x123', '')
    """
    return _NAMES.get(magic, f"{magic:#x}") if magic else ""
