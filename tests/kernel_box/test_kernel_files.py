"""The kernel's struct file, read from its memory, against what the same kernel says of it in /proc."""

from __future__ import annotations

import errno
from collections.abc import Iterator

import pytest

from labkit.draw.refusals_grid import refusals
from labkit.errors import LabkitError
from labkit.kernel_box.places import Places
from labkit.kernel_box.warm import Box

pytestmark = pytest.mark.box

OPENS = """
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>
int main(void)
{
    int ends[2];
    char some[3], line[256];
    if (open("/disk/numbers", O_RDONLY) != 3 || read(3, some, sizeof some) != 3 || dup(3) != 4)
        return 1;
    if (open("/disk/numbers", O_RDWR | O_APPEND) != 5 || open("/dev/zero", O_RDONLY) != 6 || pipe(ends) < 0)
        return 1;
    if (socket(AF_INET, SOCK_STREAM, 0) != 9)
        return 1;
    for (int fd = 3; fd < 10; fd++) {
        snprintf(line, sizeof line, "/proc/self/fdinfo/%d", fd);
        FILE *info = fopen(line, "r");
        for (int n = 0; info != NULL && n < 2 && fgets(line, sizeof line, info) != NULL; n++)
            fprintf(stderr, "%d %s", fd, line);
        fclose(info);
    }
    pause();
    return 0;
}
"""


@pytest.fixture(scope="module")
def box(places: Places) -> Iterator[Box]:
    made = Box(places)
    made.run("true")
    yield made
    made.close()


def test_the_fields_are_those_that_proc_tells(box: Box) -> None:
    files = box.files(OPENS)
    said = [line.split() for line in box.get("/tmp/held").decode().splitlines() if ":" in line]
    for fd, name, value in said:
        file = files[int(fd)]
        if name == "pos:":
            assert file.f_pos == int(value), fd
        else:
            assert file.f_flags & ~0o2000000 == int(value, 8) & ~0o2000000, fd  # O_CLOEXEC is the descriptor's
    assert len(said) == 14


def test_dup_gives_the_same_one_and_a_second_open_another(box: Box) -> None:
    files = box.files(OPENS)
    assert files[3].address == files[4].address and files[3].f_count == 2
    assert files[5].address != files[3].address and files[5].f_count == 1
    assert files[5].i_ino == files[3].i_ino and files[3].f_pos == 3
    numbers = ("ext4_file_operations", "", "ext4_file_read_iter", "ext4", "numbers")
    assert (files[3].f_op, files[3].read, files[3].read_iter, files[3].fs, files[3].name) == numbers
    assert (files[6].f_op, files[6].read, files[6].name) == ("zero_fops", "read_zero", "zero")
    assert (files[7].f_op, files[9].f_op) == ("pipefifo_fops", "socket_file_ops")
    assert files[7].f_mode & 3 == 1 and files[8].f_mode & 3 == 2 and files[5].f_mode & 3 == 3


def test_what_never_comes_to_the_call_is_told(box: Box) -> None:
    with pytest.raises(LabkitError, match="made no pause number 1"):
        box.files("int main(void) { return 0; }")
    assert box.run("ps | grep -c on_cal[l]").text == "0\n"


def test_types_come_from_the_kernel_itself(box: Box) -> None:
    types = box.live.types()
    assert types.member("file", "f_path.dentry").type == "struct dentry *"
    assert types.member("file", "f_op").size == 8
    offsets = [member.offset for member in types.members("file")]
    assert offsets == sorted(offsets) and offsets[-1] < types.size("file")
    with pytest.raises(LabkitError, match="no struct fyle"):
        types.size("fyle")
    with pytest.raises(LabkitError, match="struct file has no member f_oops"):
        types.member("file", "f_oops")


def test_the_registers_are_those_of_the_call_and_the_way_leads_to_the_handler(box: Box) -> None:
    seen = box.entry("one_read", ["/dev/zero"], third=16)
    registers = dict(seen.registers)
    assert (seen.number, registers["rax"], registers["rdi"], registers["rdx"]) == (0, 0, 3, 16)
    assert registers["rip"] == box.live.symbols().address("entry_SYSCALL_64")
    assert registers["rcx"] < 1 << 47  # where the program goes on
    names = [name for name, _ in seen.path]
    assert names[0] == "entry_SYSCALL_64" and "do_syscall_64" in names and names[-1] == "__x64_sys_read"
    assert 0 < seen.instructions < seen.total
    assert sum(count for _, count in seen.path) >= seen.instructions
    assert box.run("one_read /dev/zero").text == "16 bytes\n"  # and everything goes on
    with pytest.raises(LabkitError, match="made no read with 12345"):
        box.entry("one_read", ["/dev/zero"], third=12345)


REFUSED = {
    "closed": ("EBADF", False, False), "write-only": ("EBADF", True, False), "no-method": ("EINVAL", True, False),
    "kernel-address": ("EFAULT", True, False), "directory": ("EISDIR", True, True),
}  # fmt: skip


def test_a_read_that_is_refused_comes_as_far_as_the_check_that_refuses_it(box: Box) -> None:
    graphs = [box.path("refused_read", [why]) for why in REFUSED]
    for graph, (error, generic, verified) in zip(graphs, REFUSED.values(), strict=True):
        assert errno.errorcode[-graph.result] == error
        assert ("vfs_read" in graph.functions(), "rw_verify_area" in graph.functions()) == (generic, verified)
    table = str(refusals(*graphs))
    assert [line.split()[1] for line in table.splitlines()[2:]] == [error for error, _, _ in REFUSED.values()]
    assert table.splitlines()[-1].split() == ["directory", "EISDIR", "entered", "entered", "generic_read_dir"]
