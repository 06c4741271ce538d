"""What the descriptor picture must say at a step, counted from `State` without what the picture is made with."""

import re

from tests.draw.seen import same

CELLS, STREAMS = 14, 4  # of one process, as many as the picture has room for
NO_STATUS = {"O_LARGEFILE", "O_CLOEXEC", "O_CREAT", "O_TRUNC", "O_EXCL", "O_NOCTTY"}


def check(scene, number, groups, state, events, called, stdio):
    """The twin says these lines and no others, and they are in the boxes of the drawing."""
    lines, boxes = [], []
    reached = {}
    for pid, process in state.processes.items():
        title = f"{called.process(pid)} {process.name}"
        lines.append(f"{title}: {doing(state, pid, events)}")
        boxes.append((title, doing(state, pid, events)))
        streams = [s for s in state.streams.get(pid, {}).values() if s.buffer > 1 or s.pending]
        for stream in streams[:STREAMS]:
            words = f"{called.stream_now(stream)}: {buffer(stream, *stdio.holds(pid, stream))}"
            lines.append(f"  {words}")
            boxes.append((words,))
        table = state.tables.get(process.table, {})
        for fd in sorted(table)[:CELLS]:
            reached[table[fd].open_file] = None
            lines.append(
                f"  fd {fd}{' (cloexec)' if table[fd].cloexec else ''} → {called.open_file(table[fd].open_file)}"
            )
            boxes.append((str(fd), "cloexec" if table[fd].cloexec else ["stdin", "stdout", "stderr", ""][min(fd, 3)]))
        if len(table) > CELLS:
            lines.append(f"  and {len(table) - CELLS} descriptors more")
            boxes.append((f"+{len(table) - CELLS}", "more"))
    inodes = {}
    for opened in reached:
        file = state.open_files[opened]
        inodes[file.inode] = None
        count = sum(row.open_file == opened
                    for process in state.processes.values()
                    for row in state.tables.get(process.table, {}).values())  # fmt: skip
        refer = f"{count} refer{'s' if count == 1 else ''}"
        flags = "|".join(flag for flag in file.flags.split("|") if flag not in NO_STATUS)
        offset = f"offset {file.offset:,}" if file.offset is not None else "no offset"
        name = called.open_file(opened)
        lines.append(f"{name}: {flags}, {offset}, {refer} → {called.inode_now(state.inodes[file.inode])}")
        boxes.append((f"{name}: {refer}", flags, offset))
    for number_of in inodes:
        inode = state.inodes[number_of]
        name, words = called.inode_now(inode), (content(inode), queues(inode), asleep_on(state, inode, events, called))
        peer = inode.socket.peer_inode if inode.socket else None
        end = [f"other end: {called.inode_now(state.inodes[peer])}"] if peer in inodes else []
        lines.append(f"{name}: {', '.join(filter(None, [*words, *end]))}")
        boxes.append((name, *words))
    assert sorted(scene.text(number).split("\n")[1:]) == sorted(lines), f"step {number}"
    same([group.words for group in groups if group.words], boxes, f"step {number}")


def doing(state, pid, events):
    """What a process is about."""
    process = state.processes[pid]
    if process.state == "zombie":
        return f"zombie: {f'killed by {process.signal}' if process.signal else f'exited with {process.status}'}"
    if process.state == "stopped":
        return "stopped"
    own = [thread for thread in state.threads.values() if thread.pid == pid]
    calls = [("asleep in " if thread.wait else "in ") + events[thread.inside].call
             for thread in own if thread.inside is not None]  # fmt: skip
    if len(own) > 1:
        return f"{len(own)} threads: {', '.join(calls) if calls else 'running'}"
    return calls[0] if calls else "running"


def buffer(stream, handed, unwritten, ahead):
    """What the buffer of a stream holds."""
    words = []
    if handed:
        words.append(
            f"{count(handed, 'byte')}, now in the kernel" + (f", and {len(unwritten):,} not" if unwritten else "")
        )
    elif unwritten:
        words.append(f"{count(len(unwritten), 'byte')} not written")
    words += [f"{count(len(ahead), 'byte')} read ahead"] if ahead else []
    words += ["error"] * stream.error + ["end of file"] * stream.eof
    return ", ".join(words) if words else "empty"


def count(number, noun):
    return f"{number:,} {noun}" + ("s" if number != 1 else "")


def content(inode):
    """The first line below the name of a file, pipe, socket or terminal."""
    if inode.kind in ("pipe", "fifo") and inode.queue is not None:
        if inode.capacity:
            return f"{inode.queue:,} of {inode.capacity:,} bytes wait"
        return "1 byte waits" if inode.queue == 1 else f"{inode.queue:,} bytes wait"
    if inode.socket:
        # which of the two, hangs on an acknowledgement that may come some milliseconds later
        state = re.sub(r"FIN_WAIT[12]", "FIN_WAIT1/2", inode.socket.state)
        return state or " ".join(filter(None, (inode.socket.family, inode.socket.type)))
    if inode.kind == "terminal" and inode.queue:
        return f"{count(inode.queue, 'byte')} typed ahead"
    if inode.path == "/etc/ld.so.cache":
        return "a list of libraries"
    if inode.kind == "file" and inode.size is not None:
        return count(inode.size, "byte")
    return inode.kind


def queues(inode):
    """The second: queues of a socket."""
    socket = inode.socket
    if not socket:
        return ""
    if socket.backlog:
        return "{} of {} to be accepted".format(*socket.backlog)
    to_read = [f"{inode.queue:,} to read"] if inode.queue is not None else []
    own_end = socket.state in ("FIN_WAIT1", "LAST_ACK", "CLOSING")  # its FIN
    unsent = max(0, (socket.unsent or 0) - own_end)
    return ", ".join(to_read + ([f"{unsent:,} unsent"] if unsent else []))


def asleep_on(state, inode, events, called):
    """The third: who sleeps on it."""
    return ", ".join(f"{called.thread(tid)} asleep in {events[thread.inside].call}"
                     for tid, thread in state.threads.items()
                     if thread.inside is not None and thread.wait and thread.wait.inode == inode.id)  # fmt: skip
