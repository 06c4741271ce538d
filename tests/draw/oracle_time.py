"""What the picture of time must say at a step, read off `State` and the events in another way."""

import re

from labkit.decode.background import background
from labkit.decode.text import visible


class Time:
    """Goes along the steps of one recording."""

    def __init__(self, recording, called):
        self.events, self.called, self.hidden = recording.events, called, background(recording)
        self.tids = {event.tid for event in recording.events}
        self.ended = {
            event.pid: event.detail for event in recording.events if event.kind == "exit" and event.tid == event.pid
        }
        self.band = -1.0

    def check(self, scene, number, root, texts, step, state):
        event = self.events[step.event]
        self._twin(scene.text(number).split("\n")[1:], step, event, state)
        self._drawing(number, root, texts, step, event)

    def _twin(self, lines, step, event, state):
        called, expected = self.called, {}
        for tid, thread in state.threads.items():
            words = "running"
            if thread.inside is not None:
                call = self.events[thread.inside].call
                words = f"asleep in {call}: waits for {thread.wait.on}" if thread.wait else f"in {call}"
            if event.kind == "call" and event.tid == tid:
                words += f"; this step: {called.call(event)}"
            expected[called.thread(tid)] = words
        for pid, process in state.processes.items():
            if process.state == "zombie":
                expected[called.process(pid)] = f"zombie, {process.signal or f'exit {process.status}'}"
        found = dict(line.split(": ", 1) for line in lines)
        assert len(found) == len(lines)
        mover = called.thread(event.tid)
        woken = re.search(r"; woken by (P\d+(?:\.\d+)?)'s (\w+)$", found.get(mover, ""))
        if woken:
            assert step.part == "returns" and event.wait is not None
            wakers = [other for other in self.events if called.thread(other.tid) == woken[1]
                      and woken[2] in (other.call, other.kind) and other.tid != event.tid
                      and other.begin < event.end and (other.end is None or other.end > event.begin)]  # fmt: skip
            assert wakers, found[mover]
            found[mover] = found[mover][: woken.start()]
        assert found == expected

    def _drawing(self, number, root, texts, step, event):
        called = self.called
        width = float(root.get("viewBox").split()[2])
        (band,) = [rect for rect in root.iter("rect") if rect.get("class") == "band-now"]
        place = float(band.get("x"))
        assert self.band <= place and place + float(band.get("width")) <= width + 3.01
        self.band = place
        (marker,) = [text for text in texts if "marker" in text.classes]
        bars = [group.find("title").text for group in root.iter("g") if "now" in (group.get("class") or "").split()]
        words = f"▼ {called.thread(event.tid)}"
        if event.kind == "call" and not self.hidden[number]:
            assert len(bars) == 1 and bars[0].startswith(f"{called.thread(event.tid)}: ")
            whole = f"{called.thread(event.tid)}: {called.call(event)}"
            asleep = f"; asleep: {event.wait.on}" if event.wait else ""
            if " × " not in bars[0] and " calls: " not in bars[0]:
                assert bars[0] == whole + asleep
                assert marker.text == f"{words} {event.call}"
        elif event.kind in ("line", "begin", "exit") or self.hidden[number]:
            assert bars == [] and marker.text == words
        if number == 0:
            self._lanes(texts)

    def _lanes(self, texts):
        strong = [text.text for text in texts if "strong" in text.classes and "marker" not in text.classes]
        for tid in self.tids:
            named = [text for text in strong if re.match(re.escape(self.called.thread(tid)) + r"( |…|$)", text)]
            assert len(named) == 1, (self.called.thread(tid), strong)
        for detail in self.ended.values():
            ending = re.search(r"(\d+|SIG\w+)", detail)
            assert any(text in (f"exit {ending[1]}", ending[1]) for text in strong), (detail, strong)
        assert all(text == visible(text.encode()) for text in strong)
