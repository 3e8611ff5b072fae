"""What stands in one cell: years, dates, ratings, ids."""

import math
import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

FIRST_YEAR, LAST_YEAR = 1870, 2100
FIRST_DATE = datetime(1900, 1, 1, tzinfo=UTC)
NOON = 12  # a day without an hour: at noon it is the same day nearly everywhere
FORMATS = ("%Y/%m/%d", "%d %b %Y", "%d %B %Y", "%a %b %d %H:%M:%S %Y")
_YEAR_AT_END = re.compile(r"^(?P<title>.+?)\s*\((?P<year>\d{4})(?:[-–]\d{0,4})?\)\s*$", re.DOTALL)
_ASIDE_AT_END = re.compile(r"^(?P<title>.+?)\s*\((?:a\.?k\.?a\.?:?\s*)?(?P<aside>[^()]+)\)\s*$", re.DOTALL)
SERIES = ("seri", "episod", "season", "show", "game", "podcast", "musicvideo")


def stars(value: float, scale: int) -> float:
    """A rating out of `scale` as half stars: in proportion, to the nearest half, upwards from the middle, at least
    half a star. 7 of 10 is 3.5 stars, 45 of 100 is 2.5."""
    return max(0.5, math.floor(value * 10 / scale + 0.5) / 2)


def number(cell: Any) -> float | None:
    """A number with a point or a comma; None for what is none. NaN and infinity are none."""
    try:
        value = float(str(cell).strip().replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def whole(cell: Any) -> int | None:
    value = number(cell)
    return int(value) if value is not None and value == int(value) and abs(value) < 2**31 else None


def year(cell: Any) -> int | None:
    match = re.match(r"\d{4}", str(cell or "").strip())
    value = int(match[0]) if match else 0
    return value if FIRST_YEAR <= value <= LAST_YEAR else None


def imdb(cell: Any) -> str:
    """tt0113277, from that, from 113277, or from an address with it; "" for anything else."""
    text = str(cell or "").strip().lower()
    match = re.search(r"tt(\d{1,10})\b", text) or re.fullmatch(r"(\d{1,10})(?:\.0)?", text)
    return f"tt{int(match[1]):07d}" if match and int(match[1]) else ""


def tmdb(cell: Any) -> int | None:
    value = whole(cell)
    return value if value and value > 0 else None


def when(cell: Any, *, now: datetime) -> datetime | None:
    """A date or a moment, in UTC; None for one that is unreadable, in the future or before there were films."""
    text = str(cell or "").strip()[:40]
    found = _moment(text) if text else None
    # A day that has begun somewhere is not the future.
    return min(found, now) if found and FIRST_DATE <= found <= now + timedelta(days=1) else None


@lru_cache(maxsize=4_096)  # people rate many films in a day
def _moment(text: str) -> datetime | None:
    try:
        if re.fullmatch(r"\d{9,10}(\.\d+)?|\d{12,13}", text):
            return datetime.fromtimestamp(float(text) / (1000 if len(text.split(".", maxsplit=1)[0]) > 10 else 1), UTC)
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            return datetime.fromisoformat(text).replace(hour=NOON, tzinfo=UTC)
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        return _spelt(text)


def _spelt(text: str) -> datetime | None:
    for pattern in FORMATS:
        try:
            found = datetime.strptime(text, pattern).replace(tzinfo=UTC)
        except ValueError:
            continue
        return found if "%H" in pattern else found.replace(hour=NOON)
    return None


def is_film(kind: Any) -> bool:
    """By a title's type, however it is written: series, episodes, games and the like are none; saying nothing is."""
    letters = re.sub(r"[^a-z]", "", str(kind or "").lower())
    return not any(part in letters for part in SERIES)


def split_title(title: str) -> tuple[str, str, int | None]:
    """MovieLens' "City of Lost Children, The (Cité des enfants perdus, La) (1995)": title, other title, year."""
    if not (match := _YEAR_AT_END.match(title)):
        return title, "", None
    title, found = match["title"], year(match["year"])
    if aside := _ASIDE_AT_END.match(title):
        return aside["title"], aside["aside"], found
    return title, "", found
