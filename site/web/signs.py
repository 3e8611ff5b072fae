"""Numbers with their sign as they are set in print: a minus is no hyphen, and it stays on the left of its digits."""

from django.utils.formats import number_format
from django.utils.translation import get_language_bidi

MINUS = "\u2212"
LEFT_TO_RIGHT, UNTIL_HERE = "\u2066", "\u2069"


def number(value: float, places: int = 0, *, plus: bool = False) -> str:
    """In the reader's language. What rounds to nothing has no sign."""
    written = number_format(abs(value), decimal_pos=places, use_l10n=True, force_grouping=True)
    if not any(digit in written for digit in "123456789"):
        return written
    return f"{MINUS if value < 0 else '+' if plus else ''}{written}"


def isolated(figure: str) -> str:
    """For sentences that are read from right to left: there a sign alone would move to the other end of its number."""
    return f"{LEFT_TO_RIGHT}{figure}{UNTIL_HERE}" if get_language_bidi() else figure
