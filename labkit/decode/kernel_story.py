"""Every step of a kernel path told in a sentence: the points of the lecture in its words, the rest as what it is.

Pure. Says nothing that differs from run to run: no process numbers, no times, no places on the disk.
"""

from __future__ import annotations

import re
from itertools import groupby

from labkit.decode.ftrace import fields
from labkit.decode.kernel_layers import layers
from labkit.decode.kernel_result import outcome
from labkit.decode.kernel_rules import FOLDED, folded, levels, points
from labkit.decode.kernel_sleep import goes_on, leaves, woken
from labkit.decode.once import once
from labkit.model import CallGraph, KernelStep

SIDES = {
    "call": "the system call's side", "interrupt": "the interrupt's side", "work": "deferred work",
    "other": "another process",
}  # fmt: skip
_SECTORS = re.compile(r"\d+ \+ (\d+)")
_SECTOR = 512  # bytes: the block layer counts in them whatever the device does

# What functions that are no points of the lecture do: the end of a sentence. The first pattern that fits tells.
_DOES = tuple(
    (re.compile(f"^(?:{pattern})$"), says)
    for pattern, says in (
        (r"__?fdget\w*|__fget\w*", "looks the descriptor up in the process's table"),
        (r"generic_file_read_iter", "is the read that most file systems share"),
        (r"filemap_get_read_batch", "looks for the pages in the page cache"),
        (r"ondemand_readahead|page_cache_ra_order", "decides how much more to read than was asked for"),
        (r"filemap_alloc_folio", "takes a free page of memory"),
        (r"(__)?filemap_add_folio", "puts the empty page into the page cache, locked until it is filled"),
        (r"read_pages|ext4_readahead|ext4_mpage_readpages", "has the file system fill the empty pages"),
        (r"ext4_es_\w+|__es_\w+", "works with what ext4 remembers of the places of blocks"),
        (r"ext4_ext_map_blocks|ext4_find_extent", "looks the blocks up in the file's tree of extents"),
        (r"ext4_\w*valid|__check_block_validity", "checks that the blocks lie within the file system"),
        (r"blk_start_plug", "lets requests be collected before the device is bothered"),
        (r"(__)?blk_(finish|flush)_plug|blk_mq_flush_plug_list", "lets the collected requests go on"),
        (r"(__)?submit_bio\w*", "hands the request down"),
        (r"\w*merge\w*", "looks whether the request can be joined with one that waits"),
        (r"elv_(rb|rqhash)_\w+", "keeps the waiting requests so that they are found by their blocks"),
        (r"(__)?dd_\w+|deadline_\w+", "is the I/O scheduler mq-deadline: which request goes first"),
        (r"\w*(get|put)_tag|\w*driver_tag", "takes or gives back a number for the request"),
        (r"\w*dispatch\w*|\w*run_hw_queue", "gives waiting requests to the driver"),
        (r"blk_mq_start_request", "notes that the device has the request from now on"),
        (r"nvme_setup_cmd|nvme_prep_rq", "writes the command in the device's language"),
        (r"dma_\w+|__dma_\w+|__blk_rq_map_sg", "tells the device where in memory the bytes belong"),
        (r"blk_add_timer", "sets a timer, for the case that the device never answers"),
        (r"schedule", "gives the processor to another process"),
        (r"prepare_to_wait\w*|add_wait_queue", "puts the process into the queue of those who wait"),
        (r"finish_wait|remove_wait_queue", "takes the process out of the queue of those who wait"),
        (r"handle_edge_irq|handle_irq_event|__handle_irq_event_percpu", "finds the handler of this interrupt"),
        (r"irq_chip_ack_parent|apic_ack_edge", "tells the interrupt controller that the signal has been seen"),
        (r"nvme_\w+|\w*complete_rq\w*", "is the driver's work to finish the request"),
        (r"blk_update_request", "notes how much of the request is done"),
        (r"mpage_end_io|__read_end_io|unlock_page", "marks the pages as filled and unlocks them"),
        (r"blk_mq_free_request|__blk_mq_free_request|blk_queue_exit", "gives the request back"),
        (r"process_one_work", "runs what an interrupt handler has left for later"),
        (r"queue_work_on|__queue_work", "leaves the rest of the work for later"),
        (r"__wake_up\w*", "wakes who waits in the queue"),
        (r"canon_copy_from_read_buf", "takes the line from the terminal's buffer"),
        (r"tty_read", "is the terminal's read"),
        (r"sock_recvmsg|inet_recvmsg|tcp_recvmsg", "goes on to the protocol of this socket"),
        (r"\w*skb_\w*datagram\w*|simple_copy_to_iter", "copies the bytes out of the received packets"),
        (r"tcp_cleanup_rbuf|__tcp_cleanup_rbuf", "tells the sender that there is room again, if it must know"),
        (r"__check_object_size|check_stack_object", "checks that nothing but the buffer is copied to"),
        (r"anon_pipe_buf_release", "gives back the pipe's page that is empty now"),
        (r"kill_fasync", "would signal a process that asked for signals"),
        (r"get_random_bytes_user|urandom_read_iter", "makes random bytes"),
        (r"chacha\w*|crng_\w+", "is part of the generator of random bytes"),
        (r"dput|fput|filp_close", "lets go of what is not needed any more"),
    )
)


@once
def story(graph: CallGraph) -> tuple[str, ...]:
    """A sentence for each step.

    After a step that is shown it says how many functions behind it are folded, and why; the last ones say what the call
    gave.
    """
    detail, whys, places, named = levels(graph), folded(graph), layers(graph), points(graph)
    told = []
    parents = _callers(graph)
    for number, step in enumerate(graph.steps):
        point = named[number]
        if number == 0:
            said = (
                f"{graph.program} calls {graph.call}: the processor enters the kernel, which begins with {step.name}."
            )
        elif step.kind == "event":
            said = _event(graph, step)
        elif point is not None:
            said = f"{step.name}, {point.part}: {point.says}{'' if point.says.endswith('?') else '.'}"
        else:
            said = _function(step, parents[number], places[number])
        if whys[number]:
            said += f" Folded at first: {whys[number]}."
        told.append(said)
    for number, more in folds(graph).items():
        told[number] += f" {more}"
    ending = f" All return, and {graph.call} {outcome(graph)}."
    last = len(told) - 1
    shown = max(number for number, level in enumerate(detail) if level != FOLDED)
    for number in {last, shown}:
        told[number] += ending
    return tuple(told)


def folds(graph: CallGraph) -> dict[int, str]:
    """Of each step behind which functions are folded, how many, and why: "2 functions folded: locks, accounting."."""
    found = {}
    whys = folded(graph)
    for hidden, run in groupby(range(len(whys)), key=lambda number: bool(whys[number])):
        steps = list(run)
        if hidden and steps[0]:
            many = f"{len(steps)} function{'' if len(steps) == 1 else 's'} folded"
            found[steps[0] - 1] = f"{many}: {', '.join(dict.fromkeys(whys[step] for step in steps))}."
    return found


def _callers(graph: CallGraph) -> list[str]:
    """Of each step, the function that it is directly inside of, "" for none."""
    found = []
    stacks: dict[int, list[KernelStep]] = {}
    for step in graph.steps:
        stack = stacks.setdefault(step.tid, [])
        while stack and stack[-1].depth >= step.depth:
            stack.pop()
        found.append(stack[-1].name if stack else "")
        if step.kind == "function":
            stack.append(step)
    return found


def _function(step: KernelStep, caller: str, layer: str) -> str:
    base = step.name.partition(".")[0]
    does = next((says for pattern, says in _DOES if pattern.match(base)), "")
    module = f" of the driver module {step.module}" if step.module and layer == "driver" else ""
    if does:
        return f"{step.name}{module} {does}."
    return f"{step.name}{module} is called{f' by {caller}' if caller else ''} ({layer})."


def _event(graph: CallGraph, step: KernelStep) -> str:
    """What an event means for the call."""
    said = event(graph, step)
    return said[0].upper() + said[1:] + "."


def event(graph: CallGraph, step: KernelStep) -> str:
    """The same in a few words, without its end: "the process is asleep: …"."""
    if why := leaves(graph, step):
        if why == "asleep":
            return "the process is asleep: another may use the processor until it is woken"
        return "another process has its turn, though this one could go on"
    if goes_on(graph, step):
        return "the process has the processor again, and goes on where it went to sleep"
    if woken(graph, step):
        return "the process is woken: it may run again, as soon as its turn comes"
    size = _SECTORS.search(step.detail)
    bytes_ = f"{int(size[1]) * _SECTOR:,} bytes" if size else "bytes"
    words = {
        "block_bio_queue": f"a request for {bytes_} of the disk comes to the block layer",
        "block_rq_issue": f"the driver gives the request for {bytes_} to the device",
        "block_rq_complete": f"the request for {bytes_} is done",
        "irq_handler_entry": f"the handler of {fields(step.detail).get('name', 'the device')} is called",
        "sched_waking": "another process is woken",
        "sched_switch": "the processor changes hands",
    }
    return words.get(step.name, f"the kernel notes {step.name}")
