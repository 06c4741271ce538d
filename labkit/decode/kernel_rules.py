"""What of a kernel path is shown at first, by stated rules, and which functions are the points of the lecture. Pure.

A rule names functions by a pattern and says why they are folded. What a folded function calls is folded with it, except
points of the lecture and events. Nothing is removed: whoever shows a path can unfold it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from labkit.decode.kernel_sleep import woken
from labkit.decode.once import once
from labkit.model import CallGraph, KernelStep


@dataclass(frozen=True)
class Rule:
    """Functions whose names match `pattern` are folded, `why` in a few words; with `inside`, only what they call."""

    why: str
    pattern: re.Pattern[str]
    inside: bool = False


def _rule(why: str, *names: str, inside: bool = False) -> Rule:
    return Rule(why, re.compile("^(?:" + "|".join(names) + ")$"), inside)


RULES = (
    _rule(
        "locks",
        r"_raw_(spin|read|write)_\w+", r"(mutex|rt_mutex)_\w+", r"(up|down)_(read|write)\w*", r"__?rcu_\w+", r"rcu_\w+",
        r"__local_bh_enable_ip", r"_?raw_spin\w*", r"lock_sock_nested", r"release_sock", r"__tty_ldisc_lock\w*",
        r"tty_ldisc_(ref_wait|deref)", r"ldsem_\w+", r"folio_(un)?lock",
    ),
    _rule("may another task run", r"__cond_resched\w*", r"should_(failslab|fail_alloc_page)", r"__?might_\w+"),
    _rule("may this be done: security modules", r"security_\w+", r"apparmor_\w+", r"aa_\w+", r"bpf_lsm_\w+"),
    _rule(
        "accounting",
        r"__?mod_\w+", r"__?count_\w+", r"\w*memcg\w*", r"\w*mem_cgroup\w*", r"\w*cgroup\w*", r"psi_\w+",
        r"cpuacct_\w+", r"workingset_\w+", r"\w*rq_qos\w*", r"wbt_\w+", r"__blk_account\w+", r"blk_account\w*",
        r"bio_associate\w*", r"\w*blkg\w*", r"\w*blkcg\w*", r"update_io_ticks", r"__get_task_ioprio",
        r"folio_(mark_accessed|add_lru|activate)", r"mark_page_accessed", r"add_interrupt_randomness",
        r"note_interrupt", r"pwq_\w+",
    ),
    # Whether a timer runs already, and on which of its lists, is chance.
    _rule("how long it may take", r"blk_add_timer", r"mod_timer\w*", r"add_timer\w*"),
    _rule("time", r"ktime_get\w*", r"current_time", r"kvm_clock\w*", r"sched_clock\w*", r"read_tsc"),
    _rule("time of access", r"touch_atime", r"atime_needs_update", r"tty_update_time"),
    _rule(
        "memory for it",
        r"\w*kmem_cache_\w+", r"k?free", r"kmalloc\w*", r"__kmalloc\w*", r"mempool_\w+", r"bio_alloc\w*",
        r"folio_alloc", r"__?alloc_pages", r"get_page_from_freelist", r"bio_(free|put|add_page)", r"__bio_\w+",
        r"kfree_skb\w*", r"skb_(release|free)\w*", r"__kfree_skb", r"consume_skb",
    ),
    # How many pieces of memory a request has is chance: it hangs on which pages were free.
    _rule(
        "where the device finds the memory",
        r"\w*dma_\w+", r"__blk_rq_map_sg", r"nvme_(un)?map_data", r"nvme_setup_prps\w*", r"sg_\w+", r"swiotlb_\w+",
    ),
    _rule(
        "the order of requests", r"_*dd_\w+", r"elv_\w+", r"deadline_\w+", r"blk_mq_sched_(try|bio)_\w+",
        r"blk_attempt_\w+", r"blk_mq_attempt_\w+", r"blk_req_\w+",
    ),
    _rule(
        "the scheduler's own work",
        r"__schedule", r"schedule", r"schedule_timeout", r"try_to_wake_up", r"ttwu_\w+", r"default_wake_function",
        inside=True,
    ),
    # Whether it was in the queue already when what it waits for came is chance.
    _rule("leaving the queue of those who wait", r"finish_wait"),
    _rule("the scheduler's own work", r"finish_task_switch\S*", r"switch_mm_irqs_off", r"rcu_note_context_switch"),
)  # fmt: skip


@dataclass(frozen=True)
class Point:
    """A function that the lecture names: its `part` of the way, and what happens there, in a sentence's end."""

    part: str
    says: str


POINTS = {
    "ksys_read": Point("system call", "the descriptor becomes a struct file"),
    "vfs_read": Point("generic layer", "is it open for reading? is the buffer the program's?"),
    "ksys_write": Point("system call", "the descriptor becomes a struct file"),
    "vfs_write": Point("generic layer", "is it open for writing? is the buffer the program's?"),
    "rw_verify_area": Point("generic layer", "is the range valid, and allowed?"),
    "filemap_read": Point("page cache", "are the bytes in memory already?"),
    "filemap_get_pages": Point("page cache", "find the page, or have it read"),
    "page_cache_sync_ra": Point("page cache", "they are not: read, and some more ahead"),
    "page_cache_ra_unbounded": Point("page cache", "make room in memory for what will come"),
    "ext4_map_blocks": Point("file system", "which blocks of the disk are they?"),
    "submit_bio": Point("block layer", "a request for these blocks"),
    "blk_mq_submit_bio": Point("block layer", "the request is queued"),
    "nvme_queue_rq": Point("driver", "a command is put where the device looks for it"),
    "io_schedule": Point("asleep", "the process sleeps until the bytes are there"),
    "pipe_read": Point("pipe", "take bytes from the queue"),
    "n_tty_read": Point("line discipline", "is there a whole line?"),
    "tcp_recvmsg_locked": Point("TCP", "take bytes from the receive queue"),
    "prepare_to_wait_event": Point("asleep", "the process puts itself into the queue of those who wait"),
    "wait_woken": Point("asleep", "the process sleeps until bytes arrive"),
    "__common_interrupt": Point("interrupt", "the device is done and says so"),
    "queue_work_on": Point("interrupt", "the rest can be done later, when interrupts are allowed again"),
    "process_one_work": Point("deferred work", "a thread of the kernel does what was left for later"),
    "nvme_irq": Point("driver", "which of the commands are done?"),
    "blk_mq_end_request": Point("block layer", "the request is finished"),
    "bio_endio": Point("block layer", "whoever asked is told"),
    "folio_wake_bit": Point("page cache", "the page is filled: wake who waits for it"),
    "try_to_wake_up": Point("scheduler", "the sleeper may run again"),
    "copy_page_to_iter": Point("copy", "the bytes are copied into the program's buffer"),
    "_copy_to_iter": Point("copy", "the bytes are copied into the program's buffer"),
    "copyout": Point("copy", "the bytes are copied into the program's buffer"),
}
_GENERIC, _WAKES = ("vfs_read", "vfs_write"), "try_to_wake_up"
WAKES_ANOTHER = Point("scheduler", "a thread of the kernel is to go on with the work")
HANDLER = Point("driver", "the driver's handler of this interrupt: what has the device to say?")
DEFERRED = Point("driver", "the part of the driver's work that was left for later")
_CALLED_BY = {"__handle_irq_event_percpu": HANDLER, "process_one_work": DEFERRED}
OWN = Point("the file's own read", "what the struct file says: from here on every kind of file goes its own way")


@once
def folded(graph: CallGraph) -> tuple[str, ...]:
    """Of each step, why it is folded at first, "" for those that are shown."""
    whys: list[str] = []
    stacks: dict[int, list[tuple[int, str]]] = {}
    for step in graph.steps:
        stack = stacks.setdefault(step.tid, [])
        while stack and stack[-1][0] >= step.depth:
            stack.pop()
        above = stack[-1][1] if stack else ""
        own, inner = _why(step)
        shown = step.kind == "event" or step.name in POINTS
        whys.append("" if shown else above or own)
        if step.kind == "function":
            stack.append((step.depth, above or own or inner))
    return tuple(whys)


def _why(step: KernelStep) -> tuple[str, str]:
    """Why the step itself is folded, and why what it calls is."""
    if step.kind == "event":
        return "", ""
    for rule in RULES:
        if rule.pattern.match(step.name):
            return ("", rule.why) if rule.inside else (rule.why, rule.why)
    return "", ""


@once
def points(graph: CallGraph) -> tuple[Point | None, ...]:
    """Of each step, the point of the lecture that it is, if one: those of POINTS, and where the file's own way begins.

    That is what the generic layer calls through the table of operations: its first shown call after the checks.
    """
    whys = folded(graph)
    found: list[Point | None] = []
    generic: dict[int, int] = {}  # by task: the depth of the generic function that is still open, without its dispatch
    for number, (step, why) in enumerate(zip(graph.steps, whys, strict=True)):
        point = POINTS.get(step.name) if step.kind == "function" else None
        at = generic.get(step.tid)
        if at is not None and step.depth <= at:
            del generic[step.tid]
        elif at is not None and step.depth == at + 1 and _dispatched(step, why):
            point = OWN
            del generic[step.tid]
        if step.kind == "function" and step.name in _GENERIC:
            generic[step.tid] = step.depth
        point = point or _by_caller(graph, number, why)
        if point is POINTS[_WAKES] and not _wakes_caller(graph, number):
            point = WAKES_ANOTHER
        found.append(point)
    return tuple(found)


def _by_caller(graph: CallGraph, number: int, why: str) -> Point | None:
    """What a driver's function is by who calls it: its name says nothing that could be known here."""
    step = graph.steps[number]
    if step.kind != "function" or why or step.side not in ("interrupt", "work"):
        return None
    for before in reversed(graph.steps[:number]):
        if before.tid == step.tid and before.kind == "function" and before.depth < step.depth:
            return _CALLED_BY.get(before.name) if before.depth == step.depth - 1 else None
    return None


def _wakes_caller(graph: CallGraph, number: int) -> bool:
    """Whether it is the process that made the call which is woken inside of this step."""
    start = graph.steps[number]
    for step in graph.steps[number + 1 :]:
        if step.tid != start.tid:
            continue
        if step.depth <= start.depth:
            break
        if woken(graph, step):
            return True
    return False


def _dispatched(step: KernelStep, why: str) -> bool:
    """Whether a function that the generic layer calls is the file's own, and none of the checks before it."""
    return step.kind == "function" and not why and step.name != "rw_verify_area"


POINT, SHOWN, FOLDED = 0, 1, 2


@once
def levels(graph: CallGraph) -> tuple[int, ...]:
    """How much of the path one has to want to see each step: POINT, SHOWN or FOLDED.

    Among the points are where the kernel is entered, and where the process stops running and goes on.
    """
    found = []
    for number, (step, why, point) in enumerate(zip(graph.steps, folded(graph), points(graph), strict=True)):
        first = number == 0 or point is not None or (step.kind == "event" and step.name == "sched_switch")
        found.append(POINT if first else FOLDED if why else SHOWN)
    return tuple(found)
