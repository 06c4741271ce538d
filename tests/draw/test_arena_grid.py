"""The tables of the arena: words for every place, numbers as they are, and no markup from names."""

from labkit.draw.arena_grid import arena_grid, bouts_grid
from labkit.model import Arena, Asleep, Bout, Bouts, Moment, Move, Score, Waiting

READS = Asleep("server", "read", "A")


def moment(line: str, **what: object) -> Moment:
    return Moment(Move(line, ("A",), "say"), **what)  # type: ignore[arg-type]


def cell(shown: Moment, *before: Moment) -> str:
    bout = Bout("one", "", (*before, shown), "SIGABRT")
    return str(bouts_grid(Bouts((bout,)))).splitlines()[2 + len(before)].split("  ", 2)[2].strip()


def test_every_place_has_its_words():
    places = {
        "listen queue": "A in the listen queue; server in read (A)",
        "not read": "A accepted, not read; server in read (A)",
        "not answered": "A read, not answered; server in read (A)",
        "no end": "A waits for the end; server in read (A)",
        "not connected": "A not connected; server in read (A)",
    }
    for where, words in places.items():
        assert cell(moment("A speaks", waiting=(Waiting("A", where),), asleep=(READS,))) == words


def test_what_else_a_move_can_bring():
    assert cell(moment("A speaks", answered=("A", "B"))) == "A, B answered"
    assert cell(moment("A ends", ended=("A",))) == "A: the end"
    assert cell(moment("A speaks", lost=(("A", "reset"), ("B", "reset"), ("C", "refused")))) == "A, B reset; C refused"
    assert cell(moment("A speaks", queue=2, asleep=(READS,))) == "2 not accepted: server in read"
    assert cell(moment("A speaks", zombies=2)) == "2 zombies"
    assert cell(moment("A speaks", zombies=2), moment("A speaks", zombies=2)) == "–"
    assert cell(moment("A speaks", alive=False)) == "the server is gone (SIGABRT)"
    assert cell(moment("A speaks", alive=False), moment("A speaks", alive=False)) == "–"
    assert cell(moment("A speaks", answered=tuple("ABCDEFG"))) == "7 clients answered"


def test_names_are_text():
    score = Score("<b>", ("C",), 1, 50, "", 1, 1, (), False, False, 0, 0, rest=False)
    shown = arena_grid(Arena((score,)))._repr_html_()
    assert "<b>" not in shown and "&lt;b&gt;" in shown
    assert "Not served any more after clients had vanished: &lt;b&gt;" in shown and "Never at rest" in shown
    bout = Bout("<i>", "", (moment("<u> says x"),))
    shown = bouts_grid(Bouts((bout,)))._repr_html_()
    assert "<i>" not in shown and "<u>" not in shown
