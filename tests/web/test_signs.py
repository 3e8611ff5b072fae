"""Numbers with their sign, as pages set them."""

import pytest
from django.utils import translation

from web import signs


@pytest.mark.parametrize(
    ("value", "places", "plus", "written"),
    [
        (-3.24, 1, False, "−3.2"),
        (-3.24, 1, True, "−3.2"),
        (3.24, 1, True, "+3.2"),
        (3.24, 1, False, "3.2"),
        (-1234, 0, False, "−1,234"),
        (0, 0, True, "0"),
        (-0.004, 2, True, "0.00"),
        (0.004, 2, True, "0.00"),
    ],
)
def test_a_number_below_nothing_has_a_minus_and_what_rounds_to_nothing_has_no_sign(value, places, plus, written):
    assert signs.number(value, places, plus=plus) == written


def test_a_number_keeps_the_habits_of_the_readers_language():
    with translation.override("de"):
        assert signs.number(-1234.5, 1) == "−1.234,5"


@pytest.mark.parametrize(("language", "around"), [("en", "{}"), ("ar", "\u2066{}\u2069")])
def test_where_one_reads_from_right_to_left_a_number_is_kept_apart(language, around):
    with translation.override(language):
        assert signs.isolated("−3 %") == around.format("−3 %")
