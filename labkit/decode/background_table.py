"""The table of calls that are background: what the loader, the C library and the shell do for themselves.

The first row that fits a call says why. Knows calls one by one; what earlier calls tell of one comes with it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from labkit.model import Event, Place, Value

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
class Asked:
    """A call, the name of the `program` that makes it, and what earlier ones tell of it."""

    event: Event
    program: str
    searched: bool  # a shell looks for a command of this name along PATH
    mapped: str  # why the mapping that it is about is background

    def text(self, name: str) -> str:
        """An argument as strace prints it; "" if the call has none of that name."""
        return next((argument.text for argument in self.event.args if argument.name == name), "")

    def value(self, name: str) -> Value:
        """The value of an argument; None if the call has none of that name."""
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
STAT = _words("stat lstat newfstatat statx")
ACCESS = _words("access faccessat faccessat2")
_IDENTITY = _words("""getpid getppid getpgrp getpgid getsid gettid getuid geteuid getgid getegid getgroups getresuid
    getresgid uname sysinfo""")
_MASKS = _words("rt_sigaction rt_sigprocmask sigaltstack")
_THREAD = _words("set_robust_list rseq set_tid_address arch_prctl")
_XATTR = _words("getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr")
_TERMINAL = _words("TCGETS TIOCGPGRP TIOCGWINSZ TIOCGSID")
_WRITES = _words("write writev")

# What the learner came for, whoever does it: processes begin, become another program, end and are waited for.
SHOWN = _words("""execve execveat fork vfork clone clone3 exit exit_group kill tkill tgkill
    dup dup2 dup3 pipe pipe2 flock""")


@dataclass(frozen=True, slots=True)
class Row:
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
    when: Callable[[Asked], bool] | None = None

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


def _no_write(call: Asked) -> bool:
    """What the loader writes, it says to people: that it did not find a library."""
    return call.event.call not in _WRITES


def _anonymous(call: Asked) -> bool:
    return "MAP_ANONYMOUS" in call.text("flags")


def _was_hidden(call: Asked) -> bool:
    return bool(call.mapped)


def _of_descriptor(call: Asked) -> bool:
    """fstat(2): the file is given by a descriptor, not by a path."""
    return call.event.call == "fstat" or call.value("path") == ""


def _asks_stream(call: Asked) -> bool:
    if call.event.call == "ioctl":
        return call.text("request") in _TERMINAL
    if call.event.call == "fcntl":
        return call.text("cmd") == "F_GETFL"
    return _of_descriptor(call)


def _asks_descriptor(call: Asked) -> bool:
    return call.text("cmd") in ("F_GETFL", "F_GETFD")


def _asks_terminal(call: Asked) -> bool:
    return call.text("request") in _TERMINAL


def _asks_limit(call: Asked) -> bool:
    return call.text("new_limit") in ("NULL", "") or call.event.call == "getrlimit"


def _catalogue(call: Asked) -> bool:
    """gettext(3): messages in other languages are looked for in files of this name."""
    return str(call.value("path")).endswith(".mo")


def _in_shell(call: Asked) -> bool:
    return call.program in SHELLS


def _searches(call: Asked) -> bool:
    return call.searched


def _own_folder(call: Asked) -> bool:
    return _in_shell(call) and call.value("path") == "."


def _own_terminal(call: Asked) -> bool:
    return _in_shell(call) and call.value("path") == "/dev/tty"


def _no_descriptor(call: Asked) -> bool:
    return call.value("fd") == -1


def _asks_for_more(call: Asked) -> bool:
    """wait(2): the shell has its children's ends already, and asks whether there is one more."""
    return call.event.errno == "ECHILD" and "WNOHANG" in call.text("options")


ROWS = (
    Row(START_UP, phase="before main", unread=True, when=_no_write),
    Row(LOADING, amid=_words("dlopen dlmopen"), when=_no_write),
    Row(LOCALE, through=_LOCALE, when=_no_write),
    Row(LOCALE, _words("open openat"), amid=_words("open fopen"), beside=_words("open fopen openat"), when=_catalogue),
    Row(TIME_ZONE, through=_TIME_ZONE, when=_no_write),
    Row(ACCOUNTS, through=_ACCOUNTS),
    Row(MEMORY, _words("brk mmap munmap mremap madvise mprotect getrandom"), amid=_ALLOCATORS),
    Row(MEMORY, _words("brk mremap madvise mprotect"), unread=True),
    Row(MEMORY, _words("mmap"), unread=True, when=_anonymous),
    Row(MEMORY, _words("mmap"), beside=_words("mmap mmap64 syscall"), when=_anonymous),
    Row(MEMORY, _words("munmap mprotect madvise"), beside=_words("munmap mprotect madvise syscall"), when=_was_hidden),
    Row(MEMORY, _words("munmap"), unread=True, when=_was_hidden),
    Row(STDIO, STAT | _words("fstat ioctl fcntl"), through=_STDIO, when=_asks_stream),
    Row(STDIO, _words("lseek"), through=_words("dprintf vdprintf")),
    Row(HOUSEKEEPING, STAT | _words("fstat fcntl"), through=_DIRECTORY | _words("tmpfile"), when=_asks_stream),
    Row(SEARCH, STAT | ACCESS, unread=True, when=_searches),
    Row(HOUSEKEEPING, _MASKS, unread=True),
    Row(HOUSEKEEPING, _MASKS, beside=_SIGNALS | _words("syscall")),
    Row(HOUSEKEEPING, _THREAD, unread=True),
    Row(HOUSEKEEPING, _IDENTITY, unread=True),
    Row(HOUSEKEEPING, _words("getpid gettid"), through=_words("raise abort pthread_kill pthread_create")),
    Row(HOUSEKEEPING, _words("prlimit64 getrlimit"), unread=True, when=_asks_limit),
    Row(HOUSEKEEPING, _words("prlimit64 getrlimit"), beside=_words("getrlimit getrlimit64 prlimit prlimit64 syscall"),
         when=_asks_limit),
    Row(HOUSEKEEPING, _words("ioctl"), unread=True, when=_asks_terminal),
    Row(HOUSEKEEPING, _words("fcntl"), unread=True, when=_asks_descriptor),
    Row(HOUSEKEEPING, STAT | _words("fstat"), unread=True, when=_of_descriptor),
    Row(HOUSEKEEPING, STAT | ACCESS, unread=True, through=_words("eaccess euidaccess")),
    Row(HOUSEKEEPING, _words("fadvise64") | _XATTR, unread=True),
    Row(HOUSEKEEPING, _words("close"), unread=True, when=_no_descriptor),
    Row(HOUSEKEEPING, _words("wait4 waitid"), unread=True, when=_asks_for_more),
    Row(HOUSEKEEPING, _words("getcwd getpeername"), unread=True, when=_in_shell),
    Row(HOUSEKEEPING, STAT, unread=True, when=_own_folder),
    Row(HOUSEKEEPING, _words("open openat"), unread=True, when=_own_terminal),
)  # fmt: skip
