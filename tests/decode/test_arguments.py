"""Arguments decoded from raw registers and memory, without a kernel. Expected texts are strace's (6.1)."""

import struct

import pytest

from labkit.capture.rawlog import Memory
from labkit.decode import numbers
from labkit.decode.arguments import _DECODERS, _PLAIN, decode
from labkit.decode.calls import BY_NUMBER, CALLS, plan

TOP = 2**64


def mem(arg, data, part="mem", total=None, index=0, message=0):
    return Memory(arg, 0x7FFC0000, data, len(data) if total is None else total, part, index, message)


def texts(name, args, result=0, before=(), after=()):
    full = tuple(args) + (0,) * (6 - len(args))
    return [argument.text for argument in decode(numbers.NUMBER[name], full, result, before, after)]


def values(name, args, result=0, before=(), after=()):
    full = tuple(args) + (0,) * (6 - len(args))
    return {argument.name: argument.value for argument in decode(numbers.NUMBER[name], full, result, before, after)}


def test_open_has_a_mode_only_when_it_creates():
    path = mem(1, b"/tmp/x", "str")
    assert texts("openat", (TOP - 100, 1, 0o101, 0o644), 3, [path]) == [
        "AT_FDCWD",
        '"/tmp/x"',
        "O_WRONLY|O_CREAT",
        "0644",
    ]
    assert texts("openat", (TOP - 100, 1, 0, 0o644), 3, [path]) == ["AT_FDCWD", '"/tmp/x"', "O_RDONLY"]
    assert len(texts("openat", (TOP - 100, 1, 0o20200002, 0o600), 3, [path])) == 4  # O_TMPFILE


def test_a_register_may_hold_a_32_bit_minus_one():
    assert texts("close", (0xFFFFFFFF,), -9) == ["-1"]
    flags = "MAP_PRIVATE|MAP_ANONYMOUS"
    assert texts("mmap", (0, 4096, 0, 0x22, 0xFFFFFFFF, 0)) == ["NULL", "4096", "PROT_NONE", flags, "-1", "0"]
    assert texts("lseek", (3, TOP - 10, 2), 5) == ["3", "-10", "SEEK_END"]


def test_data_is_kept_to_the_limit_and_its_size_told():
    (_, buf, _) = decode(1, (1, 2, 5000, 0, 0, 0), 5000, [mem(1, b"a" * 100, "buf", 5000)])
    assert (buf.value, buf.size, buf.text) == (b"a" * 100, 5000, '"' + "a" * 32 + '"...')
    (_, buf, _) = decode(0, (1, 2, 5000, 0, 0, 0), 3, (), [mem(1, b"a\0b", "retbuf", 3)])
    assert (buf.value, buf.size, buf.text, buf.out) == (b"a\0b", None, '"a\\0b"', True)


def test_what_a_failed_call_did_not_fill_in_stays_an_address():
    assert texts("read", (3, 0x7FFC0000, 10), -11) == ["3", "0x7ffc0000", "10"]
    assert texts("pipe2", (0x7FFC0000, 0), -24) == ["0x7ffc0000", "0"]
    assert texts("read", (3, 0x7FFC0000, 10), 0) == ["3", '""', "10"]


def test_a_bad_pointer_stays_an_address():
    assert texts("openat", (TOP - 100, 1, 0), -14) == ["AT_FDCWD", "0x1", "O_RDONLY"]
    assert texts("write", (1, 1, 5), -14, [Memory(1, 1, b"", 5, "buf", fault=True)])[1] in ("0x1", '""...')


def test_wait_status():
    def status(number):
        return values("wait4", (TOP - 1, 2, 0, 0), 77, (), [mem(1, struct.pack("<i", number))])["wstatus"]

    assert status(0x0300) == {"exited": 3}
    assert status(0x8B) == {"killed": "SIGSEGV", "core": 1}
    assert status(0x137F) == {"stopped": "SIGSTOP"}
    assert status(0xFFFF) == {"continued": 1}
    assert texts("wait4", (TOP - 1, 2, 1, 0), 0, (), [mem(1, b"\0\0\0\0")]) == ["-1", "0x2", "WNOHANG", "0"]


def test_poll_shows_what_was_found():
    before = mem(0, struct.pack("<ihhihh", 3, 1, 0, 4, 4, 0), "arr")
    after = mem(0, struct.pack("<ihhihh", 3, 1, 0x10, 4, 4, 4), "arr")
    assert texts("poll", (1, 2, TOP - 1), 2, [before], [after])[0] == (
        "[{fd=3, events=POLLIN, revents=POLLHUP}, {fd=4, events=POLLOUT, revents=POLLOUT}]"
    )


def test_readv_data_ends_where_the_read_ended():
    array = struct.pack("<4Q", 0x1000, 4, 0x2000, 10)
    after = [mem(1, array, "iov"), mem(1, b"abcd", "data", 4, 0), mem(1, b"ef", "data", 2, 1)]
    assert values("readv", (3, 1, 2), 6, (), after)["iov"] == (b"abcd", b"ef")


def test_passed_descriptors():
    control = struct.pack("<Qii2i", 24, 1, 1, 5, 6)
    header = struct.pack("<QI4xQQQQI4x", 0, 0, 0x1000, 1, 0x2000, len(control), 0)
    before = [mem(1, header, "msghdr"), mem(1, struct.pack("<2Q", 0x3000, 1), "iov"), mem(1, b"m", "data"),
              mem(1, control, "control")]  # fmt: skip
    message = values("sendmsg", (3, 1, 0), 1, before)["msg"]
    assert message["rights"] == (5, 6) and message["iov"] == (b"m",)
    assert "cmsg_type=SCM_RIGHTS, cmsg_data=[5, 6]" in texts("sendmsg", (3, 1, 0), 1, before)[1]


def test_fcntl_by_command():
    lock = struct.pack("<hh4xqqi4x", 1, 0, 10, 5, 0)
    assert texts("fcntl", (3, 1, 99), 1) == ["3", "F_GETFD"]
    assert texts("fcntl", (3, 4, 0o6002), 0) == ["3", "F_SETFL", "O_RDWR|O_APPEND|O_NONBLOCK"]
    assert texts("fcntl", (3, 6, 1), 0, [mem(2, lock)])[2] == "{l_type=F_WRLCK, l_whence=SEEK_SET, l_start=10, l_len=5}"
    assert texts("fcntl", (3, 0, 10), 10) == ["3", "F_DUPFD", "10"]


def test_signals_and_handlers():
    action = struct.pack("<4Q", 0x401000, 0x14000000, 0x402000, 1 << 9)
    assert texts("rt_sigaction", (2, 1, 0, 8), 0, [mem(1, action)])[1] == (
        "{sa_handler=0x401000, sa_mask=[USR1], sa_flags=SA_RESTORER|SA_RESTART, sa_restorer=0x402000}"
    )
    assert texts("kill", (TOP - 5, 64)) == ["-5", "SIGRT_32"]


def test_socket_addresses_and_options():
    inet = struct.pack(">BxH4s8x", 2, 80, bytes((127, 0, 0, 1)))
    assert texts("bind", (3, 1, 16), 0, [mem(1, inet, "sockaddr")])[1] == (
        '{sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("127.0.0.1")}'
    )
    assert texts("socket", (2, 0o2000001, 6), 3) == ["AF_INET", "SOCK_STREAM|SOCK_CLOEXEC", "IPPROTO_TCP"]
    assert texts("setsockopt", (3, 1, 13, 1, 8), 0, [mem(3, struct.pack("<ii", 1, 5), "buf")])[1:4] == [
        "SOL_SOCKET", "SO_LINGER", "{l_onoff=1, l_linger=5}"
    ]  # fmt: skip


def test_a_call_without_a_row_appears_by_name_with_raw_arguments():
    assert [a.text for a in decode(numbers.NUMBER["futex"], (0x1000, 0x81, 1, 0, 0, 0), 1)][:3] == [
        "0x1000",
        "0x81",
        "0x1",
    ]
    assert numbers.name_of(numbers.NUMBER["futex"]) == "futex"
    assert numbers.name_of(9999) == "syscall_0x270f"


@pytest.mark.parametrize("call", CALLS.values(), ids=lambda call: call.name)
def test_every_row_decodes_without_memory(call):
    """Registers full of anything, and nothing copied: no decoder may fail."""
    for word in (0, 1, 5, 0xFFFFFFFF, TOP - 1, 0x7FFC12345678):
        for result in (None, -1, -9, -512, 0, 1, 1000):
            arguments = decode(call.number, (word,) * 6, result)
            assert all(isinstance(argument.text, str) and argument.text for argument in arguments)


@pytest.mark.parametrize("call", CALLS.values(), ids=lambda call: call.name)
def test_every_row_decodes_junk_memory(call):
    """Memory of every length, cut anywhere, holding anything: what pointers lead to is not ours to trust."""
    for size in (0, 1, 3, 7, 12, 16, 33, 64, 256):
        for fill in (0, 1, 0xFF):
            pieces = [mem(arg, bytes([fill]) * size, part) for arg in range(6)
                      for part in ("mem", "msghdr", "mmsghdr", "iov", "data", "control", "name")]  # fmt: skip
            decode(call.number, (1, 2, 3, 4, 5, 6), size, pieces, pieces)
            decode(call.number, (1, 2, 3, 4, 5, 6), -4, pieces, pieces)


def test_every_kind_has_a_decoder_and_every_decoder_a_row():
    kinds = {parameter.kind for call in CALLS.values() for parameter in call.parameters}
    assert kinds == set(_DECODERS) | set(_PLAIN)


def test_the_plan_names_existing_arguments():
    for line in plan().splitlines():
        words = line.split()
        call = BY_NUMBER[int(words[0])]
        if len(words) > 1:
            assert int(words[1]) < max(1, len(call.parameters))
            assert words[3] in "exX"


ISSUE = """
open openat creat openat2 close close_range read write readv writev pread64 pwrite64 lseek dup dup2 dup3 fcntl
pipe pipe2 fork vfork clone clone3 execve execveat exit exit_group wait4 waitid kill stat fstat lstat
newfstatat statx unlink unlinkat rename renameat2 link symlink mkdir getdents64 chdir truncate ftruncate fsync
fdatasync ioctl mmap msync munmap flock socket bind listen accept accept4 connect sendto recvfrom sendmsg
recvmsg shutdown socketpair setsockopt getsockopt getsockname getpeername poll ppoll select pselect6
epoll_create1 epoll_ctl epoll_wait nanosleep clock_nanosleep splice sendfile copy_file_range memfd_create
eventfd2 signalfd4 timerfd_create timerfd_settime io_uring_setup rt_sigaction
"""


def test_the_table_covers_what_io_programs_call():
    assert set(ISSUE.split()) <= set(CALLS)
