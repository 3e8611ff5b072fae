"""Cutting a long list into pages that are addresses: ?page=3."""

from collections.abc import Iterator
from dataclasses import dataclass

GAP = 0  # stands for "…" between page numbers


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list is shown. A number outside the list means its nearest end."""

    number: int
    total: int
    size: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))

    @property
    def offset(self) -> int:
        return (self.number - 1) * self.size

    @property
    def end(self) -> int:
        return min(self.offset + self.size, self.total)

    @property
    def previous(self) -> int | None:
        return self.number - 1 if self.number > 1 else None

    @property
    def following(self) -> int | None:
        return self.number + 1 if self.number < self.pages else None

    @property
    def numbers(self) -> Iterator[int]:
        """The first, the last and those around the current one; GAP where some are left out."""
        near = {1, self.pages, *range(self.number - 1, self.number + 2)}
        before = 0
        for number in sorted(near):
            if 1 <= number <= self.pages:
                if number > before + 1:
                    yield GAP
                yield number
                before = number


def page(raw: str | None, *, total: int, size: int) -> Page:
    """The page that the address names; anything that is not a number is the first."""
    pages = max(1, -(-total // size))
    return Page(number=min(page_number(raw), pages), total=total, size=size)


def page_number(raw: str | None) -> int:
    """The number that the address names, at least 1 and never absurd, when the total is not known yet."""
    text = (raw or "").strip()
    return min(max(int(text), 1), 999_999) if text.isascii() and text.isdigit() and len(text) < 12 else 1
