"""Sentences on processes: fork, exec, wait, exit, kill, sleep.

Sources: fork(2), clone(2), execve(2), wait(2), _exit(2), exit(3), kill(2), nanosleep(2).
"""

from __future__ import annotations

from labkit.decode.story import stdio
from labkit.decode.story.callers import called
from labkit.decode.story.gone import ends_gone
from labkit.decode.story.scene import Scene
from labkit.decode.story.words import amount, are, seconds, several
from labkit.model import Value

_CLONE_THREAD = "CLONE_THREAD"


def forked(scene: Scene) -> list[str]:
    """fork returned to the parent."""
    child = scene.names.pid(scene.result)
    if _CLONE_THREAD in _flags(scene):
        return [f"{scene.subject} got the id of its new thread, {child}, from {scene.called}"]
    if scene.called == "vfork" or "CLONE_VFORK" in _flags(scene):
        return [f"{scene.subject} goes on, {scene.called} returned {child}: the child has run another program or ended"]
    return [
        f"{scene.subject} got the child's process id, {child}, from {scene.called}; in {child} the same call returns 0"
    ]


def _flags(scene: Scene) -> str:
    return scene.text("flags") + scene.text("cl_args")


def enters_fork(scene: Scene) -> list[str]:
    """fork is called; the child is not there yet."""
    if _CLONE_THREAD in _flags(scene):
        return [f"{scene.doer} calls {scene.called} to start a thread"]
    held = stdio.unflushed(scene.streams)
    main = f"{scene.doer} calls {scene.called} to make a child process"
    shares_memory = "CLONE_VM" in _flags(scene) or scene.event.call == "vfork"
    if not held or shares_memory:
        return [main]
    return [main, f"{stdio.waiting_in(scene, held)} will be copied with the memory"]


def executed(scene: Scene) -> list[str]:
    """execve succeeded: another program in the same process, with the descriptors that are not close-on-exec."""
    program = _program(scene)
    first = scene.event.pid not in scene.past.started and scene.started_outside
    kept = _rows(scene, after=True)
    if first:
        leads = [f"fd {fd} {'' if at else 'leads '}to {scene.thing(fd)}" for at, fd in enumerate(sorted(kept)[:3])]
        main = f"{scene.who} starts as {program}"
        return [main, f"its {several(leads)}" if leads else ""]
    main = f"{scene.subject} runs {program} from now on, with new memory and the same descriptors"
    dropped = [fd for fd in _rows(scene, after=False) if fd not in kept]
    clauses = [main]
    if dropped:
        named = several([f"fd {fd} ({_led_to(scene, fd)})" for fd in dropped], 3)
        clauses = [
            f"{scene.subject} runs {program} from now on, with new memory",
            f"{named} {'was' if len(dropped) == 1 else 'were'} close-on-exec and {are(len(dropped))} closed",
        ]
    if scene.after.processes[scene.event.pid].table != scene.before.processes[scene.event.pid].table:
        clauses.append("its descriptor table is its own now")
    shared = scene.event.pid in scene.past.borrowing
    lost = "" if shared else stdio.lost(scene, scene.streams, "exec does not flush")
    return [*clauses, lost, *ends_gone(scene), *_vfork_parent(scene)]


def _parent(scene: Scene) -> int:
    process = scene.before.processes.get(scene.event.pid)
    return process.parent if process is not None else 0


def _vfork_parent(scene: Scene) -> list[str]:
    for thread, event in scene.others_inside():
        if thread.pid == _parent(scene) and event.wait is not None and event.call in ("vfork", "clone", "clone3"):
            return [f"{scene.person(thread.tid)} was asleep in {called(event)} until now and wakes up"]
    return []


def _rows(scene: Scene, *, after: bool) -> list[int]:
    state = scene.after if after else scene.before
    thread = state.threads.get(scene.event.tid) or state.threads.get(scene.event.pid)
    return sorted(state.tables.get(thread.table, {})) if thread else []


def _led_to(scene: Scene, fd: int) -> str:
    inode = scene.inode(fd, scene.before)
    return scene.name(inode) if inode is not None else "nothing"


def _program(scene: Scene) -> str:
    argv = scene.value("argv")
    words = [str(word) for word in argv] if isinstance(argv, tuple) else []
    path = scene.path()
    rest = [scene.names.word(word, 24) for word in words[1:]]
    if not rest:
        return path
    return f"{path} with {several(rest, 3)}"


def exiting(scene: Scene) -> list[str]:
    """exit_group is called: stdio was flushed before, or never will be."""
    status = scene.number("status") or 0
    held = stdio.unflushed(scene.streams)
    if stdio.at_exit(scene):
        main = f"{scene.who}'s main returned {status}, so the process ends with status {status}"
    elif scene.library:
        main = f"{scene.doer} ends the process with status {status}"
    else:
        main = f"{scene.who} calls {scene.called}({status}) and ends at once"
    if held and scene.event.pid not in scene.past.borrowing:
        return [main, stdio.lost(scene, scene.streams, f"{scene.called} does not flush stdio")]
    if not scene.library and scene.event.place.via[:1] in (("_exit",), ("_Exit",)):
        return [main, "stdio had nothing left to flush" if scene.streams else ""]
    return [main]


def thread_exiting(scene: Scene) -> list[str]:
    """exit, of one thread."""
    return [f"{scene.doer} ends this thread; the process goes on while it has others"]


def waited(scene: Scene) -> list[str]:
    """wait and its family: what became of a child."""
    if scene.result == 0 and scene.event.call == "wait4":
        return [f"{scene.subject} asked {scene.called} about its children: none has changed state"]
    child, what = _child(scene)
    name = scene.person(child)
    if child in scene.before.processes and child not in scene.after.processes:
        return [f"{scene.subject} got from {scene.called} that {name} {what}: the zombie is gone"]
    return [f"{scene.subject} got from {scene.called} that {name} {what}"]


def _child(scene: Scene) -> tuple[int, str]:
    info = scene.value("infop")
    if scene.event.call == "waitid":
        if not isinstance(info, dict) or not isinstance(pid := info.get("pid"), int):
            return 0, "has not changed state"
        return pid, _BY_CODE.get(str(info.get("code")), "changed state").format(info.get("status"))
    return scene.result, how_it_ended(scene, scene.value("wstatus"))


_BY_CODE = {
    "CLD_EXITED": "exited with {}",
    "CLD_KILLED": "was killed by {}",
    "CLD_DUMPED": "was killed by {}",
    "CLD_STOPPED": "was stopped by {}",
    "CLD_CONTINUED": "goes on",
}


def how_it_ended(scene: Scene, status: Value) -> str:
    """What wait tells of a child; from the state where the program did not ask for the status."""
    if isinstance(status, dict):
        for key, words in (
            ("exited", "exited with {}"),
            ("killed", "was killed by {}"),
            ("stopped", "was stopped by {}"),
        ):
            if key in status:
                return words.format(status[key])
        return "goes on"
    process = scene.before.processes.get(scene.result)
    if process is None:
        return "ended"
    return f"was killed by {process.signal}" if process.signal else f"exited with {process.status}"


def sent_signal(scene: Scene) -> list[str]:
    """kill and its family."""
    signal = next((argument.text for argument in scene.event.args if argument.kind == "signal"), "a signal")
    if signal == "0":
        return [f"{scene.subject} asked with signal 0 whether {_target(scene)} is there: it is"]
    return [f"{scene.subject} sent {signal} to {_target(scene)}"]


def _target(scene: Scene) -> str:
    for name in ("tid", "pid", "tgid"):
        number = scene.number(name)
        if number is None:
            continue
        if number == scene.event.tid:
            return "itself"
        if number == 0:
            return "its whole process group"
        if number == -1:
            return "every process it may"
        if number < 0:
            return f"the process group {scene.names.pid(number).lstrip('-')}"
        return scene.person(number) if number in scene.names.processes else scene.names.pid(number)
    return "a process"


def slept(scene: Scene) -> list[str]:
    """nanosleep returned: the time has passed."""
    span = scene.number("req")
    if "TIMER_ABSTIME" in scene.text("flags"):
        return [f"{scene.doer} has slept until the time it asked for"]
    return [f"{scene.doer} has slept for {seconds(span)}" if span is not None else f"{scene.doer} has slept"]


def asked_id(scene: Scene) -> list[str]:
    """getpid and the like."""
    name = scene.names.result(scene.event)
    whose = {"getpid": "its process id", "getppid": "its parent's process id", "gettid": "its thread id"}
    answer = "a process outside this recording" if name == "…" else name
    return [f"{scene.subject} asked for {whose.get(scene.event.call, 'a process group or session')}: {answer}"]


def handled(scene: Scene) -> list[str]:
    """sigaction: what is to happen at a signal."""
    signal, act = scene.text("signum"), scene.value("act")
    if not isinstance(act, dict):
        return [f"{scene.subject} asked what happens at {signal}"]
    how = str(act.get("handler"))
    words = {
        "SIG_DFL": f"set {signal} back to its default action",
        "SIG_IGN": f"asked to ignore {signal}",
    }.get(how, f"set a handler for {signal}")
    again = "" if how in ("SIG_DFL", "SIG_IGN") else _restart(act)
    return [f"{scene.subject} {words}", again]


def _restart(act: dict[str, Value]) -> str:
    if "SA_RESTART" in str(act.get("flags")):
        return "calls it interrupts are started again (SA_RESTART)"
    return "calls it interrupts fail with EINTR (no SA_RESTART)"


def masked(scene: Scene) -> list[str]:
    """sigprocmask: which signals wait."""
    chosen, how = scene.text("set"), scene.text("how")
    if not chosen or chosen == "NULL":
        return [f"{scene.subject} asked which signals are blocked"]
    words = {"SIG_BLOCK": "blocked", "SIG_UNBLOCK": "unblocked"}
    which = _signals(chosen)
    if how == "SIG_SETMASK":
        return [
            f"{scene.subject} blocks {which} from now on" if which else f"{scene.subject} blocks no signal from now on"
        ]
    later = ": they wait until they are unblocked" if how == "SIG_BLOCK" else ""
    return [f"{scene.subject} {words.get(how, 'changed')} {which or 'no signals'}{later}"]


def _signals(chosen: str) -> str:
    """A signal set as strace prints it, in words; "" when it is empty.

    >>> _signals("[INT TERM]"), _signals("~[]"), _signals("~[RT_1]")
    ('SIGINT and SIGTERM', 'all signals', 'all signals but SIGRT_1')
    """
    listed = several([f"SIG{name}" for name in chosen.strip("~[]").split()]) if chosen.strip("~[]") else ""
    if chosen.startswith("~"):
        return f"all signals but {listed}" if listed else "all signals"
    return listed


def alarmed(scene: Scene) -> list[str]:
    """alarm and setitimer."""
    new = scene.value("new")
    span = new.get("value") if isinstance(new, dict) else (scene.number("seconds") or 0) * 10**9
    if not isinstance(span, int) or not span:
        return [f"{scene.subject} turned its timer off"]
    return [f"{scene.subject} set a timer: SIGALRM comes in {seconds(span)}"]


def opened_process(scene: Scene) -> list[str]:
    """pidfd_open: a descriptor that stands for a process."""
    pid = scene.number("pid") or 0
    return [
        f"{scene.subject} opened {scene.person(pid)} as fd {scene.result}: a descriptor that stands for the process"
    ]


def took_descriptor(scene: Scene) -> list[str]:
    """pidfd_getfd: one more descriptor on another process's open file description."""
    fd = scene.result
    return [
        f"{scene.subject} took fd {scene.number('targetfd')} of another process as fd {fd}: "
        f"{scene.file(fd)}, {scene.thing(fd)}, which both share now"
    ]


def unshared(scene: Scene) -> list[str]:
    """unshare: a table of its own."""
    if "CLONE_FILES" in scene.text("flags"):
        rows = amount(len(_rows(scene, after=True)), "row")
        return [f"{scene.subject} has a descriptor table of its own now: a copy of {rows}"]
    return [f"{scene.subject} stopped sharing {scene.text('flags')}"]


def suspended(scene: Scene) -> list[str]:
    """pause and sigsuspend return only after a handler ran."""
    return [f"{scene.subject} returned from {scene.called}: a signal had come"]
