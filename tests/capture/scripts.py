"""Random programs of system calls over several processes: scripts for programs/script.c, one call after another."""

from pathlib import Path

from hypothesis import strategies as st

from labkit.capture.build import build

SOURCE = (Path(__file__).parent / "programs" / "script.c").read_text()
O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_APPEND, O_NONBLOCK, O_CLOEXEC = 1, 2, 0o100, 0o1000, 0o2000, 0o4000, 0o2000000
F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC = 0, 1, 2, 3, 4, 1030
UNSHARE, CLOEXEC = 2, 4

fd = st.integers(0, 11)
size = st.sampled_from((0, 1, 7, 100, 4096, 70000))
cloexec = st.sampled_from((0, O_CLOEXEC))


def call(name, *numbers):
    return st.tuples(st.just(name), *numbers, *[st.just(0)] * (3 - len(numbers)))


open_flags = st.builds(
    lambda how, *bits: how | sum(bits),
    st.sampled_from((0, O_WRONLY, O_RDWR)),
    *(st.sampled_from((0, bit)) for bit in (O_CREAT, O_TRUNC, O_APPEND, O_NONBLOCK, O_CLOEXEC)),
)
CALLS = st.one_of(
    call("open", st.integers(0, 5), open_flags),
    call("close", fd),
    call("dup", fd),
    call("dup2", fd, fd),
    call("dup3", fd, fd, cloexec),
    call("fcntl", fd, st.sampled_from((F_DUPFD, F_DUPFD_CLOEXEC)), fd),
    call("fcntl", fd, st.just(F_SETFD), st.integers(0, 1)),
    # Never without O_NONBLOCK: a read of an empty pipe would wait for ever.
    call("fcntl", fd, st.just(F_SETFL), st.sampled_from((O_NONBLOCK, O_NONBLOCK | O_APPEND))),
    call("fcntl", fd, st.sampled_from((F_GETFD, F_GETFL))),
    call("pipe", st.sampled_from((O_NONBLOCK, O_NONBLOCK | O_CLOEXEC))),
    call("socketpair", st.sampled_from((O_NONBLOCK, O_NONBLOCK | O_CLOEXEC))),
    call("lseek", fd, st.integers(-5, 5000), st.integers(0, 2)),
    call("read", fd, size),
    call("write", fd, size),
    call("truncate", fd, st.integers(0, 100)),
    call("range", fd, st.integers(0, 14), st.sampled_from((0, CLOEXEC, UNSHARE, UNSHARE | CLOEXEC))),
    call("send", fd, fd),
    call("receive", fd, st.integers(0, 1)),
    call("unshare"),
    call("wait"),
    call("fork", st.just(0), st.integers(0, 3).map(lambda n: n == 3)),
    call("fork"),
    call("exec"),
    call("exit", st.integers(0, 255)),
)
stream = st.integers(0, 3)
low = st.integers(0, 7)
some = st.sampled_from((1, 7, 100, 5000, 70000))
FILES = st.one_of(
    call("fopen", st.integers(0, 4), st.integers(0, 5), st.integers(0, 2)),
    call("fclose"),
    call("fseek", stream, st.integers(0, 50), st.integers(0, 2)),
    call("fflush", stream),
)
MOVES = st.one_of(
    call("read", low, some), call("write", low, some), call("fread", stream, some), call("fwrite", stream, some)
)
FIRST = (
    call("pipe", st.just(O_NONBLOCK)),
    call("socketpair", st.just(O_NONBLOCK)),
    call("open", st.integers(0, 2), st.just(O_RDWR | O_CREAT)),
    call("fopen", st.integers(0, 2), st.integers(3, 5), st.integers(0, 2)),
)


def programs(calls, least=8):
    """Programs of such calls, each taken by one of the processes that live then."""
    return st.lists(st.tuples(st.integers(0, 7), calls), min_size=least, max_size=60)


PROGRAMS = programs(CALLS)
# Programs that move many bytes: some descriptors are open before anything else, and every second call moves bytes.
BUSY = st.tuples(
    st.lists(st.tuples(st.just(0), st.one_of(FIRST)), min_size=2, max_size=4),
    programs(st.sampled_from((CALLS, FILES, MOVES, MOVES)).flatmap(lambda calls: calls), 25),
).map(lambda parts: [*parts[0], *parts[1]])


def script(steps):
    """The lines of a script: each step is taken by a process that lives at that point; at most five in all."""
    alive, born, lines = [0], 1, []
    for chooser, (name, a, b, c) in steps:
        process = alive[chooser % len(alive)]
        if name == "fork":
            if born == 5:
                continue
            a = born
            alive.append(born)
            born += 1
        elif name == "exit":
            if process == 0:  # the first one waits for the others at the end
                continue
            alive.remove(process)
        lines.append(f"{process} {name} {a} {int(b)} {c}")
    return "".join(line + "\n" for line in lines)


def interpreter():
    """The program that runs a script: its lines are in the file "script" of the folder it runs in."""
    return build(SOURCE, flags=("-static", "-O1", "-w"), name="script")
