import pytest

import labkit
from labkit.capture.build import read_source, sources
from labkit.decode.steps import steps, without_steps


def test_a_place_is_marked_by_name_and_its_mark_is_not_shown():
    listing = labkit.listing("pause", "first half")
    assert '>     printf("Beginning of line ");    <- first half' in str(listing)
    assert "step:" not in str(listing) and "step:" not in listing._repr_html_()
    assert listing._repr_html_().count('class="marked"') == 1


def test_an_unknown_place_is_an_error_that_helps():
    with pytest.raises(labkit.LabkitError, match="Did you mean 'first half'"):
        labkit.listing("pause", "frist half")


@pytest.mark.parametrize("name", sources())
def test_places_of_the_courses_programs_are_unique_and_lines_stay_in_place(name):
    text, _, _ = read_source(name)
    assert text.count("// step:") == len(steps(text))
    assert text.count("\n") == without_steps(text).count("\n")


def test_source_is_text_never_markup():
    page = labkit.listing('#include "x"\nint main(void) { puts("<script>alert(1)</script>"); } // step: <b>\n')
    assert "<script>" not in page._repr_html_() and "<b>" not in page._repr_html_()
