"""Which steps are background: what the loader, the C library and the shell do for themselves, hidden at first.

A table: the first row that fits a call says why. Pure; knows nothing of how steps are hidden or shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from labkit.decode.once import once
from labkit.decode.replay import steps
from labkit.model import Event, Place, Process, Recording, Value

START_UP = "start-up"
LOADING = "library loading"
LOCALE = "locale"
TIME_ZONE = "time zone"
ACCOUNTS = "user names"
MEMORY = "memory"
STDIO = "stdio set-up"
SEARCH = "command search"
HOUSEKEEPING = "housekeeping"


@dataclass(frozen=True, slots=True)
class _Call:
    """A call, the name of the `program` that makes it, and what earlier ones tell of it."""

    event: Event
    program: str
    searched: bool  # a shell looks for a command of this name along PATH
    mapped: str  # why the mapping that it is about is background

    def text(self, name: str) -> str:
        return next((argument.text for argument in self.event.args if argument.name == name), "")

    def value(self, name: str) -> Value:
        return next((argument.value for argument in self.event.args if argument.name == name), None)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


SHELLS = _words("sh dash bash rbash ash busybox ksh mksh zsh yash")

# Library functions by what they do inside; names as `Place.via` has them.
_LOCALE = _words("""setlocale newlocale uselocale localeconv nl_langinfo textdomain bindtextdomain
    bind_textdomain_codeset gettext dgettext dcgettext ngettext dngettext dcngettext iconv_open iconv""")
_TIME_ZONE = _words("tzset localtime localtime_r mktime timelocal ctime ctime_r strftime wcsftime")
_ACCOUNTS = _words("""getpwuid getpwuid_r getpwnam getpwnam_r getpwent getgrgid getgrgid_r getgrnam getgrnam_r getgrent
    getgrouplist initgroups getlogin getlogin_r cuserid getspnam getspnam_r""")
_ALLOCATORS = _words("""malloc calloc realloc reallocarray free aligned_alloc memalign posix_memalign valloc pvalloc
    malloc_trim""")
_SIGNALS = _words("""sigaction signal bsd_signal sysv_signal sigset sigignore siginterrupt sigvec sigprocmask
    pthread_sigmask sighold sigrelse sigblock sigsetmask sigaltstack sigsetjmp siglongjmp""")
# stdio(3): asks once what kind of file a stream stands on, before its first use.
_STDIO = _words("""__overflow __uflow __underflow fopen fdopen freopen fmemopen setvbuf dprintf vdprintf
    printf vprintf fprintf vfprintf puts putchar putc fputc fputs fwrite putw perror error error_at_line psignal warn
    warnx err errx scanf vscanf fscanf vfscanf getchar getc fgetc fgets fread gets getline getdelim getw ungetc
    putwc putwchar fputwc fputws wprintf fwprintf getwc getwchar fgetwc fgetws wscanf fwscanf fseek fseeko ftell ftello
    rewind fsetpos fgetpos fflush fclose exit
    puts_unlocked putchar_unlocked putc_unlocked fputc_unlocked fputs_unlocked fwrite_unlocked fflush_unlocked
    getchar_unlocked getc_unlocked fgetc_unlocked fgets_unlocked fread_unlocked""")
_DIRECTORY = _words("opendir fdopendir scandir nftw ftw fts_open fts_read glob")

# Calls by what they are for.
_STAT = _words("stat lstat newfstatat statx")
_ACCESS = _words("access faccessat faccessat2")
_IDENTITY = _words("""getpid getppid getpgrp getpgid getsid gettid getuid geteuid getgid getegid getgroups getresuid
    getresgid uname sysinfo""")
_MASKS = _words("rt_sigaction rt_sigprocmask sigaltstack")
_THREAD = _words("set_robust_list rseq set_tid_address arch_prctl")
_XATTR = _words("getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr")
_TERMINAL = _words("TCGETS TIOCGPGRP TIOCGWINSZ TIOCGSID")
_WRITES = _words("write writev")

# What the learner came for, whoever does it: processes begin, become another program, end and are waited for.
_SHOWN = _words("""execve execveat fork vfork clone clone3 exit exit_group kill tkill tgkill
    dup dup2 dup3 pipe pipe2 flock""")


@dataclass(frozen=True, slots=True)
class _Row:
    """Calls that are background because of `why`.

    `calls`: of these names, or any. `phase`: then only. `through`: the program called one of these functions; `amid`:
    one of them is on the way to the kernel; `beside`: the program called something, and none of these. `unread`: no
    line of the program's is known to have led here. `when`: what must hold of the call itself.
    """

    why: str
    calls: frozenset[str] = frozenset()
    phase: str = ""
    through: frozenset[str] = frozenset()
    amid: frozenset[str] = frozenset()
    beside: frozenset[str] = frozenset()
    unread: bool = False
    when: Callable[[_Call], bool] | None = None

    def at(self, place: Place, call: str) -> bool:
        """Whether the row is about such a call made there, whatever its arguments."""
        via = place.via
        return (
            (not self.calls or call in self.calls)
            and (not self.phase or place.phase == self.phase)
            and (not self.unread or place.line is None)
            and (not self.through or (bool(via) and via[0] in self.through))
            and (not self.amid or not self.amid.isdisjoint(via))
            and (not self.beside or (bool(via) and via[0] not in self.beside))
        )


def _no_write(call: _Call) -> bool:
    """What the loader writes, it says to people: that it did not find a library."""
    return call.event.call not in _WRITES


def _anonymous(call: _Call) -> bool:
    return "MAP_ANONYMOUS" in call.text("flags")


def _was_hidden(call: _Call) -> bool:
    return bool(call.mapped)


def _of_descriptor(call: _Call) -> bool:
    """fstat(2): the file is given by a descriptor, not by a path."""
    return call.event.call == "fstat" or call.value("path") == ""


def _asks_stream(call: _Call) -> bool:
    if call.event.call == "ioctl":
        return call.text("request") in _TERMINAL
    if call.event.call == "fcntl":
        return call.text("cmd") == "F_GETFL"
    return _of_descriptor(call)


def _asks_descriptor(call: _Call) -> bool:
    return call.text("cmd") in ("F_GETFL", "F_GETFD")


def _asks_terminal(call: _Call) -> bool:
    return call.text("request") in _TERMINAL


def _asks_limit(call: _Call) -> bool:
    return call.text("new_limit") in ("NULL", "") or call.event.call == "getrlimit"


def _catalogue(call: _Call) -> bool:
    """gettext(3): messages in other languages are looked for in files of this name."""
    return str(call.value("path")).endswith(".mo")


def _in_shell(call: _Call) -> bool:
    return call.program in SHELLS


def _searches(call: _Call) -> bool:
    return call.searched


def _own_folder(call: _Call) -> bool:
    return _in_shell(call) and call.value("path") == "."


def _own_terminal(call: _Call) -> bool:
    return _in_shell(call) and call.value("path") == "/dev/tty"


def _no_descriptor(call: _Call) -> bool:
    return call.value("fd") == -1


def _asks_for_more(call: _Call) -> bool:
    """wait(2): the shell has its children's ends already, and asks whether there is one more."""
    return call.event.errno == "ECHILD" and "WNOHANG" in call.text("options")


_ROWS = (
    _Row(START_UP, phase="before main", unread=True, when=_no_write),
    _Row(LOADING, amid=_words("dlopen dlmopen"), when=_no_write),
    _Row(LOCALE, through=_LOCALE, when=_no_write),
    _Row(LOCALE, _words("open openat"), amid=_words("open fopen"), beside=_words("open fopen openat"), when=_catalogue),
    _Row(TIME_ZONE, through=_TIME_ZONE, when=_no_write),
    _Row(ACCOUNTS, through=_ACCOUNTS),
    _Row(MEMORY, _words("brk mmap munmap mremap madvise mprotect getrandom"), amid=_ALLOCATORS),
    _Row(MEMORY, _words("brk mremap madvise mprotect"), unread=True),
    _Row(MEMORY, _words("mmap"), unread=True, when=_anonymous),
    _Row(MEMORY, _words("mmap"), beside=_words("mmap mmap64 syscall"), when=_anonymous),
    _Row(MEMORY, _words("munmap mprotect madvise"), beside=_words("munmap mprotect madvise syscall"), when=_was_hidden),
    _Row(MEMORY, _words("munmap"), unread=True, when=_was_hidden),
    _Row(STDIO, _STAT | _words("fstat ioctl fcntl"), through=_STDIO, when=_asks_stream),
    _Row(STDIO, _words("lseek"), through=_words("dprintf vdprintf")),
    _Row(HOUSEKEEPING, _STAT | _words("fstat fcntl"), through=_DIRECTORY | _words("tmpfile"), when=_asks_stream),
    _Row(SEARCH, _STAT | _ACCESS, unread=True, when=_searches),
    _Row(HOUSEKEEPING, _MASKS, unread=True),
    _Row(HOUSEKEEPING, _MASKS, beside=_SIGNALS | _words("syscall")),
    _Row(HOUSEKEEPING, _THREAD, unread=True),
    _Row(HOUSEKEEPING, _IDENTITY, unread=True),
    _Row(HOUSEKEEPING, _words("getpid gettid"), through=_words("raise abort pthread_kill pthread_create")),
    _Row(HOUSEKEEPING, _words("prlimit64 getrlimit"), unread=True, when=_asks_limit),
    _Row(HOUSEKEEPING, _words("prlimit64 getrlimit"), beside=_words("getrlimit getrlimit64 prlimit prlimit64 syscall"),
         when=_asks_limit),
    _Row(HOUSEKEEPING, _words("ioctl"), unread=True, when=_asks_terminal),
    _Row(HOUSEKEEPING, _words("fcntl"), unread=True, when=_asks_descriptor),
    _Row(HOUSEKEEPING, _STAT | _words("fstat"), unread=True, when=_of_descriptor),
    _Row(HOUSEKEEPING, _STAT | _ACCESS, unread=True, through=_words("eaccess euidaccess")),
    _Row(HOUSEKEEPING, _words("fadvise64") | _XATTR, unread=True),
    _Row(HOUSEKEEPING, _words("close"), unread=True, when=_no_descriptor),
    _Row(HOUSEKEEPING, _words("wait4 waitid"), unread=True, when=_asks_for_more),
    _Row(HOUSEKEEPING, _words("getcwd getpeername"), unread=True, when=_in_shell),
    _Row(HOUSEKEEPING, _STAT, unread=True, when=_own_folder),
    _Row(HOUSEKEEPING, _words("open openat"), unread=True, when=_own_terminal),
)  # fmt: skip


@once
def background(recording: Recording) -> tuple[str, ...]:
    """For each step of `steps(recording)` why it is background, "" for what the learner came to see.

    Both steps of a call that is told in two have the same answer. Found once a recording; some 5 µs an event.
    """
    reasons = _reasons(recording)
    return tuple(reasons[step.event] for step in steps(recording))


@once
def visible(recording: Recording) -> tuple[int, ...]:
    """The numbers of the steps that are not background, ascending: what the stepper steps through at first."""
    return tuple(number for number, why in enumerate(background(recording)) if not why)


def _reasons(recording: Recording) -> list[str]:
    """By event: why it is background, or ""."""
    commands = _commands(recording)
    mappings: dict[tuple[int, Value], str] = {}  # (process, address) → why the mapping there is background
    rows: dict[tuple[Place, str], tuple[_Row, ...]] = {}
    reasons = []
    for event, program in _with_programs(recording):
        why = ""
        if event.kind == "call" and event.call not in _SHOWN and not event.detail:  # a detail: a fault was injected
            fitting = rows.get((event.place, event.call))
            if fitting is None:
                fitting = tuple(row for row in _ROWS if row.at(event.place, event.call))
                rows[event.place, event.call] = fitting
            if fitting:
                mapped = mappings.get((event.pid, event.args[0].value), "") if event.args else ""
                why = _why(fitting, _Call(event, program, _is_candidate(event, program, commands), mapped))
        if event.call == "mmap" and event.result is not None:
            mappings[event.pid, event.result] = why
        reasons.append(why)
    return reasons


def _why(rows: tuple[_Row, ...], call: _Call) -> str:
    return next((row.why for row in rows if row.when is None or row.when(call)), "")


def _with_programs(recording: Recording) -> Iterator[tuple[Event, str]]:
    """Each event with the name of the program that its process runs then."""
    running: dict[int, str] = {}
    for change in recording.start:
        if isinstance(change.value, Process):
            running[change.value.pid] = change.value.name
    for event in recording.events:
        yield event, running.get(event.pid, "")
        for change in event.entered + event.changes:
            if isinstance(change.value, Process):
                running[change.value.pid] = change.value.name


def _tried(event: Event) -> PurePosixPath | None:
    """The absolute path that a call without a line in the program asks about, or executes."""
    if event.place.line is not None or (event.call != "execve" and event.call not in _STAT | _ACCESS):
        return None
    path = next((argument.value for argument in event.args if argument.kind == "path"), None)
    return PurePosixPath(path) if isinstance(path, str) and path.startswith("/") else None


def _commands(recording: Recording) -> frozenset[str]:
    """The names shells looked for along PATH: tried in several folders, or executed afterwards."""
    folders: dict[str, set[PurePosixPath]] = {}
    executed = set()
    for event, program in _with_programs(recording):
        path = _tried(event)
        if path is None:
            continue
        if event.call == "execve":
            executed.add(path.name)
        elif program in SHELLS:
            folders.setdefault(path.name, set()).add(path.parent)
    return frozenset(name for name, tried in folders.items() if len(tried) > 1 or name in executed)


def _is_candidate(event: Event, program: str, commands: frozenset[str]) -> bool:
    if program not in SHELLS:
        return False
    path = _tried(event)
    return path is not None and path.name in commands
