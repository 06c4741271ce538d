"""Which layer of the kernel each step of a path belongs to, from the system call down to the driver. Pure.

A layer is told by the function's name; a function of no known name belongs to the layer that called it.
"""

from __future__ import annotations

import re

from labkit.decode.kernel_rules import OWN, points
from labkit.decode.once import once
from labkit.model import CallGraph, KernelStep

LAYERS = (
    "system call", "generic layer", "scheduler", "the file's own code", "page cache", "file system", "block layer",
    "driver", "interrupt",
)  # fmt: skip


def _named(layer: str, *names: str) -> tuple[str, re.Pattern[str]]:
    return layer, re.compile("^(?:" + "|".join(names) + ")$")


_NAMES = (
    _named("system call", r"__\w+_sys_\w+", r"ksys_\w+", r"do_sys_\w+", r"__?fd?get\w*", r"fput\w*"),
    _named("generic layer", r"vfs_\w+", r"rw_verify_area", r"new_sync_\w+", r"do_filp_open", r"path_openat"),
    _named(
        "page cache",
        r"(__)?filemap_\w+", r"page_cache_\w+", r"(ondemand|force)_\w*(readahead|ra)", r"read_pages", r"folio_\w+",
        r"generic_(file|perform)_\w+", r"inode_to_bdi", r"PageHeadHuge", r"unlock_page", r"mpage_end_io",
        r"__read_end_io",
    ),
    _named("file system", r"ext4_\w+", r"__es_\w+", r"__check_block_validity", r"mpage_read\w+", r"jbd2_\w+"),
    _named(
        "block layer",
        r"(__)?submit_bio\w*", r"(__)?blk_\w+", r"bio_\w+", r"block_(bio|rq)_\w+", r"elv_\w+", r"(__)?dd_\w+",
        r"deadline_\w+", r"should_fail_bio",
    ),
    _named("driver", r"(__)?nvme_\w+", r"(__)?ahci_\w+", r"(__)?ata_\w+", r"virt(io|blk|queue)_\w+"),
    _named(
        "interrupt",
        r"(__)?common_interrupt", r"(__)?sysvec_\w+", r"(__)?handle_\w*irq\w*", r"irq_\w+", r"apic_\w+",
        r"process_one_work", r"(__)?queue_work\w*",
    ),
    _named(
        "scheduler",
        r"(__)?schedule\w*", r"io_schedule\w*", r"wait_woken", r"try_to_wake_up", r"\w*wake_up\w*",
        r"\w+_wake_function", r"prepare_to_wait\w*", r"finish_wait", r"(add|remove)_wait_queue\w*", r"sched_\w+",
    ),
)  # fmt: skip


@once
def layers(graph: CallGraph) -> tuple[str, ...]:
    """The layer of each step, one of LAYERS."""
    found: list[str] = []
    stacks: dict[int, list[tuple[int, str]]] = {}
    for step, point in zip(graph.steps, points(graph), strict=True):
        stack = stacks.setdefault(step.tid, [])
        while stack and stack[-1][0] >= step.depth:
            stack.pop()
        named = _layer(step)
        if point is OWN:
            layer = "driver" if step.module and not named else "the file's own code"
        else:
            layer = named or ("driver" if step.module else "") or (stack[-1][1] if stack else "interrupt")
        found.append(layer)
        if step.kind == "function":
            stack.append((step.depth, layer))
    return tuple(found)


def _layer(step: KernelStep) -> str:
    """The layer that a step's name tells, "" if it tells none; the compiler's endings (.isra.0) tell nothing."""
    name = step.name.partition(".")[0]
    return next((layer for layer, pattern in _NAMES if pattern.match(name)), "")
