"""Pages: what an address may say, and which numbers are offered."""

import pytest

from web import pagination


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        (None, 1),
        ("", 1),
        ("2", 2),
        (" 3 ", 3),
        ("0", 1),
        ("-4", 1),
        ("x", 1),
        ("99", 5),
        ("²", 1),
        ("٣", 1),
        ("9" * 4400, 1),
    ],
)
def test_an_address_names_a_page_that_exists(raw: str | None, number: int):
    assert pagination.page(raw, total=100, size=24).number == number


def test_an_empty_list_has_one_page():
    page = pagination.page("3", total=0, size=24)
    assert (page.number, page.pages, page.offset, page.end) == (1, 1, 0, 0)


@pytest.mark.parametrize(("number", "numbers"), [(1, [1, 2, 0, 9]), (5, [1, 0, 4, 5, 6, 0, 9]), (9, [1, 0, 8, 9])])
def test_far_numbers_are_left_out(number: int, numbers: list[int]):
    assert list(pagination.Page(number=number, total=90, size=10).numbers) == numbers
