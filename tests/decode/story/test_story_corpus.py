"""Every step of every recording of the corpus has a sentence, without anything that only this run knows."""

import re
import time

import pytest

from labkit.decode.calls import CALLS
from labkit.decode.replay import replay, steps
from labkit.decode.story import story
from labkit.decode.story.entering import _OWN
from labkit.decode.story.table import TELLERS
from labkit.decode.story.templates import TEMPLATES
from tests.capture.corpus import CASES
from tests.decode.happenings import interleaved, writes

# Whether a sleep is noticed, and how threads take turns, is not up to the program.
ALONE = [case for case in CASES if case.path is not None and case.name not in ("sleep", "threads", "thread_exec")]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_step_is_told(case):
    made = case.record()
    told = story(made)
    assert len(told) == len(steps(made))
    pids = {str(event.pid) for event in made.events} | {str(event.tid) for event in made.events}
    for sentence in told:
        assert sentence and sentence.isprintable() and len(sentence) <= 280, sentence
        assert not re.search(r"\bNone\b|0x|/tmp/labkit|; ;|; $", sentence), sentence
        assert not pids & set(re.findall(r"(?<![\d,])\d+(?![\d,])", sentence)), sentence
        assert re.search(r"\bP\d", sentence), sentence


def _alone(made):
    return len({event.tid for event in made.events}) == 1


@pytest.mark.parametrize("case", ALONE, ids=lambda case: case.name)
def test_two_runs_of_one_process_are_told_in_the_same_words(case):
    one = case.record(lines=True)
    if not _alone(one):
        return
    other = case.record(lines=True)
    # A wait is only seen when it lasts: compare what does not depend on that.
    assert _unhurried(one) == _unhurried(other)


def _unhurried(made):
    """The sentences without those on entering a call, and without whether it slept."""
    told = zip(steps(made), story(made), strict=True)
    return [line.replace(" woke up and", "").replace(" woke up:", ":") for step, line in told if step.part != "enters"
            or made.events[step.event].end is None]  # fmt: skip


def test_the_numbers_are_those_of_the_states():
    """What is said to wait, and where offsets are said to go, is what the model has at that moment."""
    checked = 0
    for case in CASES:
        if case.name not in ("pipe_fork", "poll_pipe", "lseek_hole", "read_copy", "write_bytes", "getc_copy"):
            continue
        made = case.record()
        for (step, before, after), sentence in zip(replay(made).walk(), story(made), strict=True):
            event = made.events[step.event]
            if found := re.search(r"([\d,]+) of ([\d,]+) bytes (?:is|are) waiting", sentence):
                waiting, capacity = (int(number.replace(",", "")) for number in found.groups())
                assert (waiting, capacity) in {(i.queue, i.capacity) for i in after.inodes.values() if i.kind == "pipe"}
                checked += 1
            if found := re.search(r"the offset moved from ([\d,]+) to ([\d,]+)", sentence):
                start, end = (int(number.replace(",", "")) for number in found.groups())
                number = before.fds(event.pid)[event.args[0].value].open_file
                assert (before.open_files[number].offset, after.open_files[number].offset) == (start, end)
                checked += 1
            if found := re.search(r"(?:read|wrote) ([\d,]+) bytes?", sentence):
                assert int(found[1].replace(",", "")) == event.result
                checked += 1
    assert checked > 50


def test_every_call_of_the_table_has_its_own_sentence():
    told = TELLERS.keys() | TEMPLATES.keys() | _OWN.keys()
    assert not CALLS.keys() - told
    assert not TEMPLATES.keys() & TELLERS.keys()


def test_hostile_names_and_data_are_only_text():
    """Markup, escape sequences, marks that turn text around, bytes that are no UTF-8: in names, data and source."""
    from tests.decode.story.situations import recorded

    name = r"<b>\"a\x1b[2J\xe2\x80\xae\xff&\n"
    made = recorded(
        f"""    f = creat("{name}", 0600); write(f, "\xe2\x80\x8f<i>", 6); unlink("{name}"); close(f); // \u202e
    open("{"x/" * 900}y", 0); symlink("{name}", "s"); readlink("s", x, 99); execl("{name}", "{name}", NULL);
    mkdir("{name}", 0700); chdir("{name}"); close(creat("z", 0600)); bind(socket(AF_UNIX, SOCK_STREAM, 0), (void *)
        &(struct sockaddr_un){{AF_UNIX, "{name}"}}, sizeof(struct sockaddr_un));""",
        lines=True,
    )
    told = story(made)
    for sentence in told:
        assert sentence.isprintable() and len(sentence) <= 280, sentence
    assert any('<b>\\"a\\e[2J\\u202e\\xff&' in sentence and "removed the name" in sentence for sentence in told)


def test_recordings_without_any_of_the_facts_are_told_too():
    told = story(interleaved())
    assert len(told) == 6 and all(told)


def test_ten_thousand_events_take_seconds_at_most():
    made = writes(10_000, descriptors=20)
    replay(made)
    begun = time.process_time()
    told = story(made)
    took = time.process_time() - begun
    begun = time.process_time()
    list(replay(made).walk())
    walked = time.process_time() - begun
    assert len(told) == 10_000
    assert took < 15 * walked + 0.5
