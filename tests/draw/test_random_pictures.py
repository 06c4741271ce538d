"""Every picture of random programs says at every step what the model says, and is fit to be seen.

40 programs by default; LABKIT_RANDOM_PICTURES=1000 for a long night. Then the same for the whole corpus.
"""

import os
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from labkit.capture.record import record
from labkit.decode.names import names
from labkit.decode.replay import replay
from labkit.draw.stepper.stepped import SCENES, stepped
from tests.capture.corpus import CASES
from tests.capture.scripts import BUSY, interpreter, script
from tests.draw import oracle_connections, oracle_descriptors
from tests.draw.oracle_bytes import Bytes
from tests.draw.oracle_stdio import Stdio
from tests.draw.oracle_time import Time
from tests.draw.seen import Shown, alike, in_place, seen

pytestmark = [pytest.mark.ptrace, pytest.mark.timeout(3600)]

COUNT = int(os.environ.get("LABKIT_RANDOM_PICTURES", "40"))


@pytest.fixture(scope="module")
def program():
    return interpreter()


def agree(recording, every=1):
    """At every step every picture says what `State` says; gives back the count of what was compared.

    Every so many steps, and at the last, `Film.at` makes the same of it as a browser does, whole and well-formed.
    """
    ready, called, stdio = stepped(recording), names(recording), Stdio()
    scenes = {name: ready.scene(name) for name in SCENES}
    films = {name: Shown(scene.film) for name, scene in scenes.items()}
    time, data = Time(recording, called), Bytes(recording, called, stdio)
    last = len(ready.lines) - 1
    for number, (step, before, after) in enumerate(replay(recording).walk()):
        stdio.go_on(step, recording.events[step.event], after)
        for name, scene in scenes.items():
            whole = number % every == 0 or number == last
            if name == "source" and not whole:
                continue
            now = films[name].at(number)
            if whole:
                assert alike(ElementTree.fromstring(scene.film.at(number)), now)
            if name == "source":
                continue  # text as it stands; test_source holds it against the recording
            texts, groups = seen(now)
            in_place(now, texts, groups)
            if name == "descriptors":
                oracle_descriptors.check(scene, number, groups, after, recording.events, called, stdio)
            elif name == "connections":
                oracle_connections.held(scene, number, groups, after, called)
            elif name == "bytes":
                data.check(scene, number, groups, step, before, after)
            elif name == "time":  # the ladder is held against captures, tshark and ss in test_ladder
                time.check(scene, number, now, texts, step, after)
    return data


def test_pictures_of_random_programs_say_what_the_model_says(program):
    seen = {"programs": 0, "steps": 0, "queued": 0, "pending": 0, "ahead": 0, "pages": 0, "lost": 0}

    @settings(
        max_examples=COUNT,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
        derandomize="LABKIT_RANDOM_PICTURES" not in os.environ,  # a long night looks for new ones
        phases=(Phase.explicit, Phase.reuse, Phase.generate),  # each program is recorded: to shrink one takes minutes
    )
    @given(BUSY)
    def check(steps):
        text = script(steps)
        recording = record(program, files={"script": text, "one": b"1" * 300, "two": b"2" * 5000})
        assert recording.ended_by == "" and recording.status == 0, (recording.ended_by, recording.status, text)
        data = agree(recording, every=32 if COUNT <= 40 else 1)
        seen["programs"] += 1
        seen["steps"] += len(replay(recording).steps)
        for what in ("queued", "pending", "ahead", "pages", "lost"):
            seen[what] += getattr(data, f"{what}_told")

    check()
    print("\n", seen)
    assert COUNT < 40 or all(number for what, number in seen.items() if what != "lost"), seen


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_pictures_of_the_corpus_say_what_the_model_says(case):
    agree(case.record(limits=None, seconds=20), every=32)
