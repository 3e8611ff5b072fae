"""The sentences of a mail, in the language that is active: reasons, facts of films, subject and preheader."""

import html
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.html import strip_tags
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog import names
from notify import mime
from notify.digest.films import Film, Told, genre_names
from notify.kinds import TRENDING, WATCHLIST_RELEASE
from recs import explain

SHORTEST_PREHEADER, LONGEST_PREHEADER = 40, 90
LONGEST_IN_SUBJECT = 48


def reasons(told: Iterable[Told]) -> dict[int, SafeString]:
    """By film: why it is suggested, as HTML."""
    return explain.sentences({one.film.id: _short(one.reason) for one in told})


def plain(sentence: str) -> str:
    """The same without markup."""
    return html.unescape(strip_tags(sentence))


def facts(film: Film) -> str:
    """ "1967 · Comedy · 124 min", as far as we know."""
    genre = genre_names().get(film.genre)
    minutes = _("%(minutes)d min") % {"minutes": film.runtime} if film.runtime else ""
    return " · ".join(part for part in (str(film.year or ""), names.genre(genre) if genre else "", minutes) if part)


def subject(told: Sequence[Told]) -> str:
    """The first title, so that no two weeks look alike in the mailbox."""
    first, more = cut(told[0].film.title, LONGEST_IN_SUBJECT), len(told) - 1
    words = ngettext("{film} and %(n)d more film for your week", "{film} and %(n)d more films for your week", more)
    return (words % {"n": more}).replace("{film}", first)


def preheader(told: Sequence[Told]) -> str:
    """What a mailbox shows behind the subject, 40 to 90 characters: the titles that the subject does not name."""
    line = ""
    for one in told[1:]:
        longer = (
            f"{line} · {mime.line(one.film.title, LONGEST_PREHEADER)}"
            if line
            else cut(one.film.title, LONGEST_PREHEADER)
        )
        if len(longer) > LONGEST_PREHEADER:
            break
        line = longer
    return filled(line)


def filled(line: str) -> str:
    """A line that is long enough for a preheader, and not too long."""
    for more in (_("Picked for you, each with its reason."), _("Open to see why each is for you.")):
        if len(line) < SHORTEST_PREHEADER:
            line = f"{line} · {more}" if line else more
    return cut(line, LONGEST_PREHEADER).ljust(SHORTEST_PREHEADER, "\N{NO-BREAK SPACE}")


def cut(words: str, longest: int) -> str:
    """One line of at most `longest` characters, never cut in the middle of one that is put together of several."""
    words = mime.line(words, len(words))
    if len(words) <= longest:
        return words
    end = longest - 1
    while end > 1 and (unicodedata.combining(words[end]) or words[end] in "\u200d\ufe0f" or words[end - 1] == "\u200d"):
        end -= 1
    return words[:end].rstrip() + "…"


def _short(reason: Mapping[str, Any]) -> dict[str, Any]:
    """Two films or features are enough in a mail."""
    return {**reason, **{part: reason[part][:2] for part in ("films", "features") if part in reason}}


def alert_title(kind: str, told: Sequence[Told]) -> str:
    """One line that says what the news is; for a subject, or the heading of a push."""
    first, n = cut(told[0].film.title, LONGEST_IN_SUBJECT), len(told)
    if kind == TRENDING:
        return _("{film} is on everybody’s lips").replace("{film}", first)
    if n == 1:  # not as the singular of the lines below: many languages have one form for all numbers
        alone = _("{film} is out now") if kind == WATCHLIST_RELEASE else _("{film} is new among your best picks")
        return alone.replace("{film}", first)
    if kind == WATCHLIST_RELEASE:
        line = ngettext("%(n)d film of your watchlist is out now", "%(n)d films of your watchlist are out now", n)
    else:
        line = ngettext("%(n)d new film among your best picks", "%(n)d new films among your best picks", n)
    return line % {"n": n}


def alert_body(kind: str, told: Sequence[Told]) -> str:
    """One or two sentences more."""
    if kind == WATCHLIST_RELEASE and len(told) == 1:
        return _("You put it on your watchlist before anybody could see it.")
    if len(told) == 1:
        return plain(reasons(told)[told[0].film.id])
    return " · ".join(cut(one.film.title, LONGEST_IN_SUBJECT) for one in told)
