"""A tiny tracer for tests: stops a program at every system call and reads it raw, as `Raw` values.

It is not labkit's tracer and shares nothing with it, so that what reads raw stops is tested without it.
"""

import ctypes
import os
import signal
import struct
import subprocess
from pathlib import Path

from labkit.capture.address_space import AddressSpace
from labkit.capture.rawlog import Raw, RawFile

PROGRAMS = Path(__file__).parent / "programs"
TRACEME, GETREGS, SYSCALL, SETOPTIONS, GETEVENTMSG = 0, 12, 24, 0x4200, 0x4201
OPTIONS = 1 | 2 | 4 | 8 | 16 | 0x100000  # SYSGOOD FORK VFORK CLONE EXEC EXITKILL
_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p)


def ptrace(request, pid, address=None, data=None):
    if _libc.ptrace(request, pid, address, data) < 0:
        raise OSError(ctypes.get_errno(), f"ptrace {request:#x} {pid}")


def read_memory(pid, address, size):
    try:
        with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
            memory.seek(address)
            return memory.read(size) or b""
    except (OSError, OverflowError, ValueError):
        return b""


def read_stack(pid, sp, limit):
    """Bytes from the stack pointer up, to the end of its mapping at most."""
    data = b""
    while len(data) < limit:
        more = read_memory(pid, sp + len(data), 4096 - (sp + len(data)) % 4096)
        if not more:
            break
        data += more
    return data[:limit]


def list_head(maps):
    """Where the pointer to the first FILE is in a process with these mappings; None without glibc's symbols."""
    for module in AddressSpace.from_maps(maps).modules:
        if module.elf is not None and (address := module.elf.address("_IO_list_all")) is not None:
            return address + module.bias
    return None


def read_files(pid, head, limit=65536):
    if head is None:
        return None
    files, address = [], int.from_bytes(read_memory(pid, head, 8), "little")
    while address and len(files) < 64:
        raw = read_memory(pid, address, 0xD8)
        if len(raw) < 0xD8 or raw[2:4] != b"\xad\xfb":
            return None  # not relocated yet
        _, read, end, _, write_base, write = struct.unpack_from("<Q5Q", raw)
        files.append(RawFile(address, raw, read_memory(pid, write_base, max(0, min(write - write_base, limit))),
                             read_memory(pid, read, max(0, min(end - read, limit)))))  # fmt: skip
        (address,) = struct.unpack_from("<Q", raw, 0x68)
    return tuple(files)


def stops(argv, stdin=os.devnull, stdout=os.devnull, cwd=None, window=65536, files=False, children=True, env=None):
    """Runs `argv` to its end and returns its raw records: entry, exec and fork."""
    child = os.fork()
    if not child:
        try:
            os.dup2(os.open(stdin, os.O_RDONLY), 0)
            out = stdout if isinstance(stdout, int) else os.open(stdout, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(out, 1)
            os.dup2(out, 2)
            os.closerange(3, 256)
            if cwd:
                os.chdir(cwd)
            ptrace(TRACEME, 0)
            os.kill(os.getpid(), signal.SIGSTOP)
            os.execve(argv[0], [str(a) for a in argv], env or {"PATH": os.environ["PATH"]})
        finally:
            os._exit(127)
    os.waitpid(child, 0)
    options = OPTIONS if children else OPTIONS & ~14
    ptrace(SETOPTIONS, child, None, options)
    ptrace(SYSCALL, child)
    try:
        return _follow(child, window, files)
    except BaseException:
        os.kill(child, signal.SIGKILL)
        raise


def _follow(first, window, with_files):
    records, alive, inside, maps, heads, group = [], {first}, set(), {}, {}, {first: first}
    early, fresh, started = (
        set(),
        set(),
        False,
    )  # new threads: stopped before, not yet stopped after their parent's event
    while alive:
        tid, status = os.waitpid(-1, 0x40000000)
        if os.WIFEXITED(status) or os.WIFSIGNALED(status):
            alive.discard(tid)
            continue
        number, event, forward = os.WSTOPSIG(status), status >> 16, 0
        pid = group.get(tid, tid)
        if event in (1, 2, 3):
            message = ctypes.c_ulong()
            ptrace(GETEVENTMSG, tid, None, ctypes.addressof(message))
            new = message.value
            thread = Path(f"/proc/{pid}/task/{new}").exists()
            group[new] = pid if thread else new
            if not thread:
                maps[new], heads[new] = maps.get(pid), heads.get(pid)
            alive.add(new)
            records.append(Raw("fork", len(records), tid, pid, 0, extra={"tid": new, "pid": group[new], "flags": 0}))
            if new in early:
                early.discard(new)
                ptrace(SYSCALL, new)
            else:
                fresh.add(new)
        elif event == 4:
            inside.discard(tid)
            inside.add(tid)  # the exit of execve is still to come
            maps.pop(pid, None)
            started = True
            exe = str(Path(f"/proc/{tid}/exe").readlink())
            records.append(Raw("exec", len(records), tid, pid, 0, extra={"exe": exe, "old_tid": tid}))
        elif number == signal.SIGTRAP | 0x80:
            if tid in inside:
                inside.discard(tid)
            else:
                inside.add(tid)
                if started:  # until then it is Python
                    records.append(_entry(len(records), tid, pid, window, maps, heads, with_files))
        elif number == signal.SIGSTOP and tid not in group:
            early.add(tid)  # a child that stopped before its parent's event
            continue
        elif number == signal.SIGSTOP and tid in fresh:
            fresh.discard(tid)
        else:
            forward = number
        ptrace(SYSCALL, tid, None, forward)
    return records


def _entry(seq, tid, pid, window, maps, heads, with_files):
    buffer = (ctypes.c_ulonglong * 27)()
    ptrace(GETREGS, tid, None, ctypes.addressof(buffer))
    regs = tuple(buffer)
    text = Path(f"/proc/{tid}/maps").read_text()
    code = [line for line in text.splitlines() if " r-xp " in line]
    changed = text if maps.get(pid) != code else None
    if changed is not None:
        maps[pid], heads[pid] = code, list_head(text)
    sp = regs[19]
    return Raw("entry", seq, tid, pid, 0, regs[15], (regs[14], regs[13], regs[12], regs[7], regs[9], regs[8]),
               regs=regs, stack=(sp, read_stack(tid, sp, window)), maps=changed,
               files=read_files(tid, heads.get(pid)) if with_files else None)  # fmt: skip


def build(folder, source, *flags, compiler="gcc", name=None):
    """Compiles a program of tests/capture/programs into `folder`; the path of the executable."""
    source = PROGRAMS / source
    target = Path(folder) / (name or source.stem + "".join(flags).replace("/", "_"))
    subprocess.run([compiler, "-g", *flags, "-o", target, source], check=True, timeout=60, cwd=source.parent)
    return target
