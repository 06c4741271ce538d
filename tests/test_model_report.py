"""A report is a value: it saves, opens again, and answers by name."""

import pytest

from labkit.model import Probe, Report

WORKS = Probe("terminal", True, "seen", "04: terminals", "recorded", essential=True)
REFUSED = Probe("kcmp", False, "kcmp: EPERM ✗ <b>", "03: sharing", "derived", "use root")
REPORT = Report((WORKS, REFUSED))


def test_it_opens_again_as_it_was():
    assert Report.from_json(REPORT.to_json()) == REPORT


@pytest.mark.parametrize("text", ["[]", "{}", '{"format": 2, "probes": []}', "null"])
def test_something_else_does_not_open(text):
    with pytest.raises(ValueError, match="not a labkit doctor report of format 1"):
        Report.from_json(text)


def test_it_answers_by_name_and_in_order():
    assert REPORT["kcmp"] is REFUSED
    assert list(REPORT) == [WORKS, REFUSED]
    with pytest.raises(KeyError, match="no probe 'kcm'; there are: terminal, kcmp"):
        REPORT["kcm"]


def test_only_what_is_essential_makes_it_ready():
    assert REPORT.ready
    assert not Report((Probe("terminal", False, "", "", "", essential=True),)).ready


def test_the_summary_says_nothing_of_the_machine():
    other = Report((REFUSED, Probe("terminal", False, "elsewhere", "", "")))
    assert REPORT.summary() == other.summary() == "labkit doctor: 2 things tried"
