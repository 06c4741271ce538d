"""The descriptor picture: processes, descriptor tables, open file descriptions, inodes."""
