import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from labkit.decode.text import quoted, visible


@given(st.binary())
def test_nothing_is_left_that_a_terminal_could_act_on(data):
    assert all(unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Zl", "Zp") for char in visible(data))


@given(st.text(alphabet=st.characters(categories=["L", "N", "P", "S"], exclude_characters="\\↵")))
def test_plain_text_stays_as_it_is(text):
    assert visible(text.encode()) == text


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_different_bytes_look_different(one, other):
    if b"\xe2\x86\xb5" not in one + other:  # ↵ itself
        assert (visible(one) == visible(other)) == (one == other) or b"\\" in one + other or _not_utf8(one, other)


def _not_utf8(*parts):
    """Spelled-out characters (U+202E) and the same letters written out look alike; that is accepted."""
    return any("\\" in visible(part) for part in parts)


def test_long_text_is_cut_and_counted():
    assert quoted(b"x" * 1000, most=10) == '"xxxxxxxxxx…" (1,000 bytes)'
