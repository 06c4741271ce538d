"""A recording with markup wherever a program can put text: all of it is shown as text and becomes nothing else."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import labkit
from labkit.decode.text import readable
from labkit.model import Argument, Change, Descriptor, Event, Inode, OpenFile, Place, Process, Stream, Thread
from tests.browser import jupyter
from tests.browser.stepping import Reader, reading
from tests.decode.happenings import recording

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(120),
    pytest.mark.skipif(
        jupyter.CHROMIUM is None,
        reason="NOT TESTED in a browser: no chromium on PATH (sudo apt install chromium, or set CHROMIUM)",
    ),
]

RUN = "globalThis.taken=1"
EVIL = (
    f'</code></script></style></svg><script>{RUN}</script><img src=x onerror="{RUN}"><svg onload="{RUN}">'
    f"' onmouseover='{RUN}' \" autofocus onfocus=\"{RUN}\" <b>&amp;&lt;!-- ]]>"
    "\x00\x07\x1b[31m\u202egnp.txt\u2066\u200f\ufeff\ud800\udcff\u2028"
)
SHORT = f"<img src=x onerror={RUN}>\u202e\udcff\"'"
BYTES = EVIL.encode("utf-8", "surrogatepass") + b"\xff\xfe\x80"
ELEMENTS = """html head meta title style script body main h1 h4 div p ol li span button input section header details
  summary ul select option label code b i svg g rect text line path defs pattern desc polygon circle a"""
HIDING = "[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u200b-\\u200f\\u2028-\\u202e\\u2066-\\u2069\\ufeff]"


def hostile() -> labkit.Recording:
    """One process whose every text is hostile, and does most things that carry one."""
    start = (
        Change("processes", (100,), Process(100, 0, SHORT, 1)),
        Change("threads", (100,), Thread(100, 100, 1)),
        Change("inodes", (1,), Inode(1, "file", f"/tmp/{EVIL}", 7, 8, size=9, fs=SHORT)),
        Change("open_files", (1,), OpenFile(1, 1, SHORT, 0)),
        Change("tables", (1, 1), Descriptor(1)),
        Change("tables", (1, 2), Descriptor(1, True)),
    )
    file = f"dir/{EVIL}.c"
    place = Place(file, 2, EVIL, (EVIL, "write"))

    def event(number: int, kind: str, **more: Any) -> Event:
        return Event(number, kind, 100, 100, 2 * number, 2 * number + 1, number / 9, number / 9 + 0.01, place, **more)

    def call(number: int, name: str, *arguments: Argument, **more: Any) -> Event:
        return event(number, "call", call=name, args=arguments, **more)

    path, data = Argument("pathname", "path", EVIL, f'"{EVIL}"'), Argument("buf", "bytes", BYTES, EVIL)
    stream = Stream(64, 1, SHORT, "full", 4096, pending=BYTES)
    after = (
        Change("streams", (100, 64), stream),
        Change("open_files", (1,), OpenFile(1, 1, SHORT, len(BYTES))),
    )
    events = (
        event(0, "line"),
        call(1, "openat", path, Argument("flags", "flags", 1, SHORT), result=-1, errno=SHORT),
        call(
            2, "write", Argument("fd", "fd", 1, "1"), data, Argument("count", "int", 9, SHORT), result=9, changes=after
        ),
        call(3, "execve", path, Argument("argv", "struct", {EVIL: EVIL}, EVIL), result=-1, errno="ENOENT"),
        call(4, SHORT, Argument(SHORT, SHORT, EVIL, EVIL), result=0),
        event(5, "signal", detail=EVIL),
        event(6, "stop", detail=SHORT),
        event(7, "exit", detail=EVIL),
    )
    return recording(events, start, sources={file: f"{EVIL}\n{EVIL}\n</textarea><iframe src='javascript:{RUN}'>\n"})


@pytest.mark.parametrize("kind", ["one", "two", "notebook"])
def test_no_script_runs_and_no_element_appears(browser: Any, tmp_path: Path, kind: str) -> None:
    run = hostile()
    stepper = labkit.compare(run, run) if kind == "two" else labkit.step(run)
    path = tmp_path / "page.html"
    if kind == "notebook":
        path.write_text(
            f'<!DOCTYPE html><html lang="en"><title>notebook</title><body>{stepper._repr_html_()}</body></html>',
            encoding="utf-8", errors="replace",
        )  # fmt: skip
    else:
        stepper.save(path)
    with reading(browser) as reader:
        reader.open(path)
        for summary in reader.root.locator(".lk-words > summary >> visible=true").all():
            summary.click()
        check(reader)
        for _ in range(12):
            reader.forward()
            check(reader)
        reader.search("<img")
        reader.options()
        for box in reader.options().locator("input").all():
            box.click()
        for option in range(reader.options().locator("select").first.locator("option").count()):
            reader.options().locator("select").first.select_option(index=option)
            reader.forward()
        check(reader)
        assert reader.complaints == []
        assert reader.asked == [path.as_uri()]


def check(reader: Reader) -> None:
    taken, strange, attributes, unseen = reader.page.evaluate(
        """([known, hiding]) => {
          const all = [...document.querySelectorAll("*")];
          const text = document.querySelector(".lk-stepper").textContent;
          return [globalThis.taken, all.map(one => one.localName).filter(name => !known.includes(name)),
            all.flatMap(one => one.getAttributeNames()).filter(name => name.startsWith("on") || name === "src"),
            text.match(new RegExp(hiding, "gu"))?.map(char => char.codePointAt(0).toString(16)) ?? []]; }""",
        [ELEMENTS.split(), HIDING],
    )
    assert taken is None
    assert strange == []
    assert attributes == []
    assert unseen == [], "characters that hide or reorder text reached the page"


def test_what_is_shown_is_the_text(browser: Any, tmp_path: Path) -> None:
    run = hostile()
    lines = repr(labkit.step(run)).split("\n")
    told = [readable(line.split(None, 1)[1]) for line in lines if re.match(r" *\d+  ", line)]
    with reading(browser) as reader:
        reader.open(labkit.step(run).save(tmp_path / "page.html"))
        said = []
        while not said or reader.button("Next step").get_attribute("aria-disabled") == "false":
            said.append(reader.sentence())
            reader.forward()
        said.append(reader.sentence())
        assert said == told
        assert any("onerror" in sentence for sentence in said)
