"""Segments that are the same in every run: what is left out, and what must not be."""

from hypothesis import given
from hypothesis import strategies as st

from labkit.decode.essential_segments import essential
from labkit.model import Segment

C, S = "127.0.0.1:5", "127.0.0.1:80"


def sent(source, seq, ack, length, flags):
    return Segment(0.0, 0, source, S if source == C else C, tuple(flags.split("+")), seq, ack, length)


OPENING = [sent(C, 0, 0, 0, "SYN"), sent(S, 0, 1, 0, "SYN+ACK"), sent(C, 1, 1, 0, "ACK")]


def test_opening_refusal_and_reset_are_kept_whole():
    refused = [sent(C, 0, 0, 0, "SYN"), sent(S, 0, 1, 0, "RST+ACK")]
    assert essential(refused) == tuple(refused)
    reset = [*OPENING, sent(C, 1, 1, 5, "PSH+ACK"), sent(C, 6, 1, 0, "RST+ACK")]
    assert essential(reset) == tuple(reset)


def test_both_ways_to_close_have_the_same_essence():
    at_once = [
        sent(C, 1, 1, 0, "FIN+ACK"),
        sent(S, 1, 2, 0, "ACK"),
        sent(S, 1, 2, 0, "FIN+ACK"),
        sent(C, 2, 2, 0, "ACK"),
    ]
    together = [at_once[0], *at_once[2:]]
    assert essential(OPENING + at_once) == essential(OPENING + together) == (*OPENING, *together)


def test_ends_that_close_at_the_same_time_both_answer():
    closing = [sent(C, 1, 1, 0, "FIN+ACK"), sent(S, 1, 1, 0, "FIN+ACK"), sent(C, 2, 2, 0, "ACK")]
    assert essential([*OPENING, *closing, sent(S, 2, 2, 0, "ACK")]) == (*OPENING, *closing)


def test_a_port_used_again_is_another_connection():
    again = [sent(C, 900, 0, 0, "SYN"), sent(S, 700, 901, 0, "SYN+ACK"), sent(C, 901, 701, 0, "ACK")]
    closing = [sent(C, 1, 1, 0, "FIN+ACK"), sent(S, 1, 2, 0, "FIN+ACK"), sent(C, 2, 2, 0, "ACK")]
    both = [*OPENING, *closing, *again]
    assert essential(both) == tuple(both)


def test_numbers_begin_again_at_the_end_of_their_range():
    last = 2**32 - 1
    around = [sent(C, 5, 0, 0, "SYN"), sent(S, last, 6, 0, "SYN+ACK"), sent(C, 6, 0, 0, "ACK")]
    assert essential(around) == tuple(around)


@given(st.data())
def test_late_acknowledgements_and_what_is_sent_twice_change_nothing(data):
    """Between the segments that the programs caused, chance puts some that it caused itself."""
    course = [*OPENING, sent(C, 1, 1, 5, "PSH+ACK"), sent(S, 1, 6, 7, "PSH+ACK"), sent(C, 6, 8, 3, "ACK")]
    course += [sent(C, 9, 8, 2, "PSH+ACK"), sent(S, 8, 11, 0, "FIN+ACK"), sent(C, 11, 9, 0, "FIN+ACK")]
    course += [sent(S, 9, 12, 0, "ACK")]
    told = list(course)
    for _ in range(data.draw(st.integers(0, 8))):
        at = data.draw(st.integers(3, len(told) - 1))
        again = [one for one in told[3:at] if one.length or "FIN" in one.flags]
        # up to the second FIN: what acknowledges that one cannot come late, for nothing can put it off
        alone = [sent(C, 1, ack, 0, "ACK") for ack in (1, 8)] + [sent(S, 1, ack, 0, "ACK") for ack in (1, 6, 9, 11)]
        told.insert(at, data.draw(st.sampled_from(alone + again)))
    assert essential(told) == tuple(course)
