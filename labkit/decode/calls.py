"""The table of system calls: a row a call. Adding a call is adding a row; nothing else here knows a call by name.

A row is `name argument:kind … -> effect`. What the kinds mean is in `arguments.py`, what the tracer reads for them in
`_READS` below. `kind/family` names its values by a family of `flags.py`; `kind[argument]` has its length, or count, in
that argument. `fd*` is a descriptor whose open file the call may change, so that the tracer looks at it again;
`path*` a name the call may take away, so that the tracer asks the open files found under it for theirs.
Effects say what becomes of descriptors: `newfd` the result is a new one on a new open file description, `share` it is
one on the description of the first `fd`, `pair` two new ones lie at the argument of kind `fdpair`, `close`, `rescan`
the whole table may have changed, `storage` the page cache of files that the call names by no descriptor.
Source: the man page of each call; asm/unistd_64.h for numbers.
"""

from dataclasses import dataclass
from functools import lru_cache

from labkit.decode.numbers import NUMBER

_TABLE = """
# files: open, close, move
open            path:path flags:openflags mode:createmode                                               -> newfd
openat          dirfd:dirfd path:path flags:openflags mode:createmode                                   -> newfd
openat2         dirfd:dirfd path:path how:open_how size:int                                             -> newfd
creat           path:path mode:mode                                                                     -> newfd
close           fd:fd*                                                                                  -> close
close_range     first:uint last:uint flags:flags/close_range                                            -> rescan
read            fd:fd* buf:received count:uint
write           fd:fd* buf:sent[count] count:uint
pread64         fd:fd* buf:received count:uint offset:off
pwrite64        fd:fd* buf:sent[count] count:uint offset:off
readv           fd:fd* iov:iov_in[iovcnt] iovcnt:int
writev          fd:fd* iov:iov_out[iovcnt] iovcnt:int
preadv          fd:fd* iov:iov_in[iovcnt] iovcnt:int offset:off offset_high:off
pwritev         fd:fd* iov:iov_out[iovcnt] iovcnt:int offset:off offset_high:off
preadv2         fd:fd* iov:iov_in[iovcnt] iovcnt:int offset:off offset_high:off flags:flags/rwf
pwritev2        fd:fd* iov:iov_out[iovcnt] iovcnt:int offset:off offset_high:off flags:flags/rwf
lseek           fd:fd* offset:off whence:flags/whence
dup             oldfd:fd*                                                                               -> share
dup2            oldfd:fd* newfd:fd                                                                      -> share
dup3            oldfd:fd* newfd:fd flags:openbits                                                       -> share
fcntl           fd:fd* cmd:flags/fcntl arg:fcntl                                                        -> share
ioctl           fd:fd* request:flags/ioctl arg:ioctl                                                    -> newfd
pipe            pipefd:fdpair                                                                           -> pair
pipe2           pipefd:fdpair flags:openbits                                                            -> pair
truncate        path:path length:off                                                                    -> storage
ftruncate       fd:fd* length:off
fallocate       fd:fd* mode:flags/fallocate offset:off len:off
fsync           fd:fd*
fdatasync       fd:fd*
sync                                                                                                    -> storage
syncfs          fd:fd                                                                                   -> storage
sync_file_range fd:fd* offset:off nbytes:off flags:flags/syncrange
fadvise64       fd:fd* offset:off len:off advice:flags/advice
readahead       fd:fd* offset:off count:uint
flock           fd:fd operation:flags/flock
sendfile        out_fd:fd* in_fd:fd* offset:offset count:uint
splice          fd_in:fd* off_in:offset fd_out:fd* off_out:offset len:uint flags:flags/splice
tee             fd_in:fd* fd_out:fd* len:uint flags:flags/splice
vmsplice        fd:fd* iov:iov_out[nr_segs] nr_segs:uint flags:flags/splice
copy_file_range fd_in:fd* off_in:offset fd_out:fd* off_out:offset len:uint flags:uint
memfd_create    name:path flags:flags/memfd                                                             -> newfd
memfd_secret    flags:openbits                                                                          -> newfd
# names
stat            path:path statbuf:stat
lstat           path:path statbuf:stat
fstat           fd:fd statbuf:stat
newfstatat      dirfd:dirfd path:path statbuf:stat flags:flags/at
statx           dirfd:dirfd path:path flags:flags/statx mask:flags/statxmask statxbuf:statx
statfs          path:path buf:statfs
fstatfs         fd:fd buf:statfs
access          path:path mode:accessmode
faccessat       dirfd:dirfd path:path mode:accessmode
faccessat2      dirfd:dirfd path:path mode:accessmode flags:flags/faccessat
unlink          path:path*
unlinkat        dirfd:dirfd path:path* flags:flags/at
rename          oldpath:path* newpath:path*
renameat        olddirfd:dirfd oldpath:path* newdirfd:dirfd newpath:path*
renameat2       olddirfd:dirfd oldpath:path* newdirfd:dirfd newpath:path* flags:flags/rename
link            oldpath:path newpath:path
linkat          olddirfd:dirfd oldpath:path newdirfd:dirfd newpath:path flags:flags/at
symlink         target:path linkpath:path
symlinkat       target:path newdirfd:dirfd linkpath:path
readlink        path:path buf:received bufsiz:uint
readlinkat      dirfd:dirfd path:path buf:received bufsiz:uint
mkdir           path:path mode:mode
mkdirat         dirfd:dirfd path:path mode:mode
rmdir           path:path*
mknod           path:path mode:filemode dev:dev
mknodat         dirfd:dirfd path:path mode:filemode dev:dev
getdents        fd:fd* dirp:hex count:uint
getdents64      fd:fd* dirp:dirents count:uint
chdir           path:path
fchdir          fd:fd
getcwd          buf:cwd size:uint
chroot          path:path
chmod           path:path mode:mode
fchmod          fd:fd mode:mode
fchmodat        dirfd:dirfd path:path mode:mode
fchmodat2       dirfd:dirfd path:path mode:mode flags:flags/at
chown           path:path owner:id group:id
lchown          path:path owner:id group:id
fchown          fd:fd owner:id group:id
fchownat        dirfd:dirfd path:path owner:id group:id flags:flags/at
utime           path:path times:hex
utimes          path:path times:hex
utimensat       dirfd:dirfd path:path times:utimens flags:flags/at
futimesat       dirfd:dirfd path:path times:hex
umask           mask:mode                                                                               -> octal
setxattr        path:path name:path value:sent[size] size:uint flags:flags/xattr
lsetxattr       path:path name:path value:sent[size] size:uint flags:flags/xattr
fsetxattr       fd:fd name:path value:sent[size] size:uint flags:flags/xattr
getxattr        path:path name:path value:received size:uint
lgetxattr       path:path name:path value:received size:uint
fgetxattr       fd:fd name:path value:received size:uint
listxattr       path:path list:received size:uint
flistxattr      fd:fd list:received size:uint
removexattr     path:path name:path
fremovexattr    fd:fd name:path
mount           source:path target:path type:path flags:hex data:hex
umount2         target:path flags:flags/umount
pivot_root      new_root:path put_old:path
# memory that files are mapped into
mmap            addr:pointer length:uint prot:prot flags:mapflags fd:fd offset:hex                      -> pointer
munmap          addr:pointer length:uint                                                                -> storage
mremap          old_address:pointer old_size:uint new_size:uint flags:flags/mremap new_address:pointer  -> pointer
msync           addr:pointer length:uint flags:flags/msync                                              -> storage
# processes
fork                                                                                                    -> child
vfork                                                                                                   -> child
clone           flags:cloneflags stack:pointer parent_tid:pointer child_tid:pointer tls:hex             -> child
clone3          cl_args:clone_args size:uint                                                            -> child
execve          path:path argv:strings envp:hex                                                         -> exec
execveat        dirfd:dirfd path:path argv:strings envp:hex flags:flags/at                              -> exec
exit            status:int                                                                              -> never
exit_group      status:int                                                                              -> never
wait4           pid:int wstatus:wait_status options:flags/wait rusage:hex                               -> reaps
waitid          idtype:flags/waitid id:int infop:siginfo options:flags/waitfor rusage:hex               -> reaps
unshare         flags:flags/clone                                                                       -> rescan
setns           fd:fd nstype:flags/clone
getpid
getppid
gettid
setsid
setpgid         pid:int pgid:int
getpgid         pid:int
getpgrp
getsid          pid:int
prctl           option:flags/prctl arg2:hex arg3:hex arg4:hex arg5:hex
prlimit64       pid:int resource:flags/rlimit new_limit:rlimit_in old_limit:rlimit
getrlimit       resource:flags/rlimit rlim:rlimit
setrlimit       resource:flags/rlimit rlim:rlimit_in
pidfd_open      pid:int flags:pidfdflags                                                                -> newfd
pidfd_getfd     pidfd:fd targetfd:int flags:uint                                                        -> newfd
pidfd_send_signal pidfd:fd sig:signal info:hex flags:uint
restart_syscall
# signals
kill            pid:int sig:signal
tkill           tid:int sig:signal
tgkill          tgid:int tid:int sig:signal
rt_sigaction    signum:signal act:sigaction_in oldact:sigaction sigsetsize:uint
rt_sigprocmask  how:flags/sigmask set:sigset_in oldset:sigset sigsetsize:uint
rt_sigsuspend   mask:sigset_in sigsetsize:uint
rt_sigpending   set:sigset sigsetsize:uint
rt_sigtimedwait set:sigset_in info:siginfo timeout:timespec_in sigsetsize:uint                          -> signal
rt_sigqueueinfo tgid:int sig:signal info:hex
sigaltstack     ss:hex old_ss:hex
pause
alarm           seconds:uint
setitimer       which:flags/itimer new:itimerval_in old:itimerval
getitimer       which:flags/itimer value:itimerval
nanosleep       req:timespec_in rem:timespec_left
clock_nanosleep clockid:flags/clock flags:flags/abstime req:timespec_in rem:timespec_left
# sockets
socket          domain:flags/domain type:socktype protocol:protocol                                     -> newfd
socketpair      domain:flags/domain type:socktype protocol:protocol sv:fdpair                           -> pair
bind            fd:fd* addr:address[addrlen] addrlen:int
listen          fd:fd* backlog:int
accept          fd:fd* addr:address_out[addrlen] addrlen:length_out                                     -> newfd
accept4         fd:fd* addr:address_out[addrlen] addrlen:length_out flags:flags/sockflag                -> newfd
connect         fd:fd* addr:address[addrlen] addrlen:int
getsockname     fd:fd addr:address_out[addrlen] addrlen:length_out
getpeername     fd:fd addr:address_out[addrlen] addrlen:length_out
sendto          fd:fd* buf:sent[len] len:uint flags:flags/msg addr:address[addrlen] addrlen:uint
recvfrom        fd:fd* buf:received len:uint flags:flags/msg addr:address_out[addrlen] addrlen:length_out
sendmsg         fd:fd* msg:message_out flags:flags/msg
recvmsg         fd:fd* msg:message_in flags:flags/msg                                                   -> passed
sendmmsg        fd:fd* msgvec:messages_out[vlen] vlen:uint flags:flags/msg                              -> count
recvmmsg        fd:fd* msgvec:messages_in[vlen] vlen:uint flags:flags/msg timeout:timespec_in           -> passed
shutdown        fd:fd* how:flags/shut
setsockopt      fd:fd* level:sockopt_level optname:sockopt_name optval:sockopt_in[optlen] optlen:int
getsockopt      fd:fd level:sockopt_level optname:sockopt_name optval:sockopt_out[optlen] optlen:length_out
# waiting for many
poll            fds:pollfds[nfds] nfds:uint timeout:int                                                 -> ready
ppoll           fds:pollfds[nfds] nfds:uint tmo:timespec_in sigmask:sigset_in sigsetsize:uint           -> ready
select          nfds:int readfds:fd_set writefds:fd_set exceptfds:fd_set timeout:timeval_in             -> ready
pselect6        nfds:int readfds:fd_set writefds:fd_set exceptfds:fd_set timeout:timespec_in sigmask:hex -> ready
epoll_create    size:int                                                                                -> newfd
epoll_create1   flags:flags/epoll_create                                                                -> newfd
epoll_ctl       epfd:fd op:flags/epoll_ctl fd:fd event:epoll_event
epoll_wait      epfd:fd events:epoll_events maxevents:int timeout:int                                   -> ready
epoll_pwait     epfd:fd events:epoll_events maxevents:int timeout:int sigmask:sigset_in sigsetsize:uint -> ready
epoll_pwait2    epfd:fd events:epoll_events maxevents:int timeout:timespec_in sigmask:sigset_in sigsetsize:uint -> ready
# kernel objects that are files
eventfd         initval:uint                                                                            -> newfd
eventfd2        initval:uint flags:flags/eventfd                                                        -> newfd
signalfd        fd:fd mask:sigset_in size:uint                                                          -> newfd
signalfd4       fd:fd mask:sigset_in size:uint flags:flags/signalfd                                     -> newfd
timerfd_create  clockid:flags/clock flags:flags/timerfd                                                 -> newfd
timerfd_settime fd:fd flags:flags/timer new:itimerspec_in old:itimerspec
timerfd_gettime fd:fd value:itimerspec
inotify_init                                                                                            -> newfd
inotify_init1   flags:flags/inotify                                                                     -> newfd
inotify_add_watch fd:fd path:path mask:flags/inotify_event
inotify_rm_watch fd:fd wd:int
fanotify_init   flags:hex event_f_flags:openflags                                                       -> newfd
userfaultfd     flags:openbits                                                                          -> newfd
perf_event_open attr:hex pid:int cpu:int group_fd:fd flags:hex                                          -> newfd
bpf             cmd:int attr:hex size:uint                                                              -> newfd
mq_open         name:path oflag:openflags mode:createmode attr:hex                                      -> newfd
mq_unlink       name:path*
mq_timedsend    mqdes:fd msg:sent[len] len:uint prio:uint timeout:timespec_in
mq_timedreceive mqdes:fd msg:received len:uint prio:hex timeout:timespec_in
open_tree       dirfd:dirfd path:path flags:hex                                                         -> newfd
fsopen          fsname:path flags:hex                                                                   -> newfd
fsmount         fs_fd:fd flags:hex attr_flags:hex                                                       -> newfd
landlock_create_ruleset attr:hex size:uint flags:hex                                                    -> newfd
kcmp            pid1:int pid2:int type:flags/kcmp idx1:uint idx2:uint
getrandom       buf:received buflen:uint flags:flags/getrandom
io_uring_setup  entries:uint params:hex                                                                 -> newfd
io_uring_enter  fd:fd to_submit:uint min_complete:uint flags:hex sig:hex sigsz:uint
io_uring_register fd:fd opcode:uint arg:hex nr_args:uint
"""

# kind → what the tracer reads for it: (operation, when, parameter); "[]" stands for the argument in the row's brackets.
# When: "e" at entry, "x" at exit from a call that succeeded, "X" at any exit. The operations: tracer/plan.c.
_READS: dict[str, tuple[tuple[str, str, int | str], ...]] = {
    "path": (("str", "e", 0),),
    "path*": (("str", "e", 0), ("named", "x", 0)),
    "sent": (("buf", "e", "[]"),),
    "received": (("retbuf", "x", 0),),
    "cwd": (("retbuf", "x", 0),),
    "dirents": (("retbuf", "x", 0),),
    "iov_out": (("iov", "e", "[]"),),
    "iov_in": (("iov", "x", "[]"),),
    "fd*": (("fd", "x", 0),),
    "fdpair": (("fdpair", "x", 0), ("mem", "x", 8)),
    "offset": (("mem", "e", 8),),
    "open_how": (("mem", "e", 24),),
    "fcntl": (("mem", "e", 32), ("mem", "x", 32)),
    "ioctl": (("mem", "e", 64), ("mem", "x", 64)),
    "stat": (("mem", "x", 144),),
    "statx": (("mem", "x", 256),),
    "statfs": (("mem", "x", 120),),
    "utimens": (("mem", "e", 32),),
    "clone_args": (("mem", "e", 88),),
    "strings": (("strv", "e", 0),),
    "wait_status": (("mem", "x", 4),),
    "siginfo": (("mem", "x", 128),),
    "rlimit": (("mem", "x", 16),),
    "rlimit_in": (("mem", "e", 16),),
    "sigaction": (("mem", "x", 32),),
    "sigaction_in": (("mem", "e", 32),),
    "sigset": (("mem", "x", 8),),
    "sigset_in": (("mem", "e", 8),),
    "itimerval": (("mem", "x", 32),),
    "itimerval_in": (("mem", "e", 32),),
    "itimerspec": (("mem", "x", 32),),
    "itimerspec_in": (("mem", "e", 32),),
    "timespec_in": (("mem", "e", 16),),
    "timespec_left": (("mem", "X", 16),),
    "timeval_in": (("mem", "e", 16),),
    "address": (("sockaddr", "e", "[]"),),
    "address_out": (("sockaddrp", "x", "[]"),),
    "length_out": (("mem", "e", 4), ("mem", "x", 4)),
    "message_out": (("msghdr", "e", 0),),
    "message_in": (("msghdr", "x", 0),),
    "messages_out": (("mmsghdr", "e", "[]"),),
    "messages_in": (("mmsghdr", "x", "[]"),),
    "sockopt_in": (("buf", "e", "[]"),),
    "sockopt_out": (("sockaddrp", "x", "[]"),),
    "pollfds": (("arr", "e", "[]8"), ("arr", "x", "[]8")),
    "fd_set": (("mem", "e", 128), ("mem", "x", 128)),
    "epoll_event": (("mem", "e", 12),),
    "epoll_events": (("retarr", "x", 12),),
}

# effect → what the tracer does about descriptors after the call.
_FOLLOWS = {
    "newfd": "newfd", "share": "share", "rescan": "rescan", "exec": "rescan", "passed": "rescan", "storage": "storage",
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)  # compared by identity: a key of caches at every call
class Parameter:
    """One argument in a row: `kind`, the `flag `family` of its values, the index of the argument with its `length`.

    `refresh`: it stands with a star in its row.
    """

    name: str
    kind: str
    family: str = ""
    length: int = -1
    refresh: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """A row of the table: the call, its x86_64 `number`, its parameters, and the `effect` it has on descriptors."""

    name: str
    number: int
    parameters: tuple[Parameter, ...]
    effect: str = ""


def _row(line: str) -> Call:
    left, _, effect = line.partition("->")
    name, *words = left.split()
    names = [word.partition(":")[0] for word in words]
    parameters = []
    for word in words:
        argument, _, kind = word.partition(":")
        kind, _, length = kind.partition("[")
        kind, _, family = kind.partition("/")
        refresh = kind.endswith("*")
        index = names.index(length.rstrip("]")) if length else -1
        parameters.append(Parameter(argument, kind.rstrip("*"), family, index, refresh))
    return Call(name, NUMBER[name], tuple(parameters), effect.strip())


CALLS: dict[str, Call] = {
    call.name: call for call in (_row(line) for line in _TABLE.splitlines() if line and not line.startswith("#"))
}
BY_NUMBER: dict[int, Call] = {call.number: call for call in CALLS.values()}


def plan(*, every_call: bool = False) -> str:
    r"""What the tracer is to read at which call: lines `number argument operation when parameter`, or a number alone.

    With `every_call` the calls without a row stop, too: they are shown by name with raw arguments.

    >>> [line for line in plan().splitlines() if line.startswith("1 ")]
    ['1 0 fd x 0', '1 1 buf e 2']
    """
    lines = ["*"] if every_call else []
    for call in CALLS.values():
        lines += _reads(call) or [str(call.number)]
    return "\n".join(lines) + "\n"


def _reads(call: Call) -> list[str]:
    lines = []
    for index, parameter in enumerate(call.parameters):
        kind = parameter.kind + "*" * parameter.refresh
        for operation, when, size in _READS.get(kind, ()):
            if size == "[]":
                size = parameter.length
            elif size == "[]8":
                size = parameter.length << 16 | 8
            lines.append(f"{call.number} {index} {operation} {when} {size}")
    if call.effect in _FOLLOWS:
        lines.append(f"{call.number} 0 {_FOLLOWS[call.effect]} x 0")
    return lines


@lru_cache(maxsize=1)
def numbers() -> tuple[int, ...]:
    """The numbers of all calls in the table, ascending."""
    return tuple(sorted(BY_NUMBER))
