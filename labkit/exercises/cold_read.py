"""The exercise of lecture 05 on the life cycle of a request: the stages of a read that the disk has to answer."""

from __future__ import annotations

from labkit.exercises.exercise import Exercise
from labkit.exercises.path_order import PathOrder, Stage
from labkit.exercises.pieces import Pieces

_STAGES = (
    Stage("interrupt", "the device interrupts: it is done", ("nvme_irq",),
          "Everything that ends the request begins with the interrupt."),
    Stage("copy", "the page is there: its bytes are copied to the program",
          ("folio_mark_accessed", "mark_page_accessed"),
          "The process copies them itself, as soon as it runs again.", last=True),
    Stage("request", "the request is queued in the block layer", ("blk_mq_submit_bio",),
          "The process asks for the bytes itself, in its own system call."),
    Stage("struct-file", "the descriptor becomes a struct file", ("ksys_read",),
          "Without the struct file nobody knows what a read of it is."),
    Stage("sleep", "the process goes to sleep", ("sched_switch",),
          "It sleeps because the bytes are not there yet, and only an interrupt will wake it.", about="asleep"),
    Stage("wake-up", "the process is woken", ("sched_waking",),
          "A sleeping process can do nothing for itself before it is woken.", about="woken"),
    Stage("page-cache", "the page cache is asked, and has not got the page", ("filemap_get_pages",),
          "Whether a request is needed at all is known only when the page cache has been asked."),
    Stage("driver", "the driver puts a command where the device looks for it", ("nvme_queue_rq",),
          "The driver works on behalf of the process that asks; after that it may sleep."),
    Stage("completion", "the request is marked as finished", ("blk_mq_end_request", "blk_update_request"),
          "The interrupt's side finishes the request, and only then has anybody to be woken."),
    Stage("checks", "may the file be read, and is the buffer the program's?", ("vfs_read",),
          "The generic layer looks before any file system or driver is asked."),
)  # fmt: skip

COLD_READ = Exercise(
    name="cold-read",
    lecture=5,
    topics=("lifecycle", "halves", "vfs-read"),
    kind="put lines in order",
    question=(
        "A program reads 16 bytes of a file that is on the disk and not in memory. Put what happens inside its read in "
        "order, all ten lines. It is set against such a read recorded now; any order that it allows is right."
    ),
    done="So it goes: down to the driver, asleep, up again from the interrupt, and the copy last.",
    pieces=Pieces("", tuple(stage.text for stage in _STAGES), ""),
    order=PathOrder(_STAGES, "one_read", ("/disk/numbers", "cold")),
)
