"""What a line of the inbox says, in the language of whoever reads it now: a sentence for each kind, made of its data.

What somebody of the staff typed is shown as they typed it. Where a line leads is decided here, too: to an address of
our own, or to another site by https; anything else is no link.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from urllib.parse import urlsplit

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, ngettext

from catalog.models import Movie
from notify import kinds
from notify.models import InboxNotification

NAMED = 3  # films that a sentence names; the others are counted
_CONTROL = re.compile(r"[\x00-\x1f\x7f\\]")
Titles = Mapping[int, str]
Lines = Sequence[InboxNotification]


@dataclass(frozen=True, slots=True)
class Said:
    """`text` is safe HTML with titles in <bdi>; `more` is what stands below it."""

    text: SafeString
    more: str
    there: str
    is_elsewhere: bool
    icon: str


def titles_for(lines: Lines) -> Titles:
    """The titles of all films that these lines are about, in one query; a film that was deleted has none."""
    wanted = {pk for line in lines for pk in _films(line)}
    if not wanted:
        return {}
    films: QuerySet[Movie, tuple[int, str]] = Movie.objects.filter(pk__in=wanted).values_list("pk", "title")
    return dict(films)


def say(lines: Lines, titles: Titles, *, count: int | None = None) -> Said:
    """One sentence for all lines of a group, the newest first; `count` where there are more than these."""
    newest = lines[0]
    words = _KINDS.get(newest.kind, _typed)(lines, titles, count or len(lines))
    # A line about one thing leads to it, one about several to where they all are.
    there = safe_address(newest.action_url) if (count or len(lines)) == 1 or newest.kind not in _PLACES else ""
    there = there or (_PLACES[newest.kind]() if newest.kind in _PLACES else "")
    return Said(
        text=words,
        more=newest.message or "",
        there=there,
        is_elsewhere=there.startswith("https:"),
        icon=_ICONS.get(newest.kind, "bell"),
    )


def plain(said: Said) -> str:
    """The sentence without marks, for where no HTML is shown."""
    return unescape(re.sub(r"</?bdi[^>]*>", "", said.text))


def safe_address(address: str | None) -> str:
    """The address when it is a path of ours or one of another site by https, otherwise nothing."""
    asked = (address or "").strip()
    if not asked or _CONTROL.search(asked):
        return ""
    try:
        parts = urlsplit(asked)
    except ValueError:
        return ""
    if parts.scheme == "https" and parts.hostname and not parts.username and "@" not in parts.netloc:
        return asked
    is_own = not parts.scheme and not parts.netloc and asked.startswith("/") and not asked.startswith("//")
    return asked if is_own else ""


def _films(line: InboxNotification) -> list[int]:
    told = (line.action_data or {}).get("films", [])
    return [pk for pk in told if isinstance(pk, int)] if isinstance(told, list) else []


def _names(lines: Lines, titles: Titles) -> list[str]:
    """The films that these lines are about and that there still are, each once."""
    found = dict.fromkeys(pk for line in lines for pk in _films(line))
    return [titles[pk] for pk in found if pk in titles]


def _with_films(sentence: str, names: Sequence[str]) -> SafeString:
    listed = format_html_join(gettext(", "), "<bdi>{}</bdi>", ((name,) for name in names[:NAMED]))
    return format_html(mark_safe(sentence), films=listed)  # noqa: S308 - our own words; titles are escaped


def _picks(lines: Lines, titles: Titles, count: int) -> SafeString:
    names = _names(lines[:1], titles)
    if not names:
        return SafeString(gettext("There are new picks for you."))
    if len(names) <= NAMED:
        return _with_films(gettext("New picks for you: {films}."), names)
    others = len(names) - NAMED
    words = ngettext(
        "New picks for you: {films} and %(others)s more.", "New picks for you: {films} and %(others)s more.", others
    )
    return _with_films(words % {"others": number_format(others)}, names)


def _released(lines: Lines, titles: Titles, count: int) -> SafeString:
    names = _names(lines, titles)
    films = max(len(names), 1) if count <= len(lines) else count
    if not names:
        return SafeString(gettext("A film on your watchlist is out."))
    words = ngettext(
        "A film on your watchlist is out: {films}.",
        "%(count)s films on your watchlist are out: {films}.",
        films,
    ) % {"count": number_format(films, force_grouping=True)}
    if films > NAMED:
        words = gettext("%(count)s films on your watchlist are out, among them {films}.") % {
            "count": number_format(films, force_grouping=True)
        }
    return _with_films(words, names)


def _finished(lines: Lines, titles: Titles, count: int) -> SafeString:
    told = lines[0].action_data or {}
    films = told.get("count") if isinstance(told.get("count"), int) else 0
    if count > 1:
        words = ngettext("%(count)s import is done.", "%(count)s imports are done.", count)
        return SafeString(words % {"count": number_format(count)})
    if not films:
        return SafeString(gettext("Your import is done. There was nothing new in it."))
    words = ngettext(
        "Your import is done: %(films)s film was added or changed.",
        "Your import is done: %(films)s films were added or changed.",
        films,
    )
    return SafeString(words % {"films": number_format(films, force_grouping=True)})


def _experiment(lines: Lines, titles: Titles, count: int) -> SafeString:
    name = str((lines[0].action_data or {}).get("name", ""))
    sentence = mark_safe(gettext("An experiment that you took part in has ended: {name}. See what we learnt."))  # noqa: S308
    return format_html(sentence, name=format_html("<bdi>{}</bdi>", name))


def _typed(lines: Lines, titles: Titles, count: int) -> SafeString:
    return format_html('<bdi dir="auto">{}</bdi>', lines[0].title or gettext("News"))


_KINDS: Mapping[str, Callable[[Lines, Titles, int], SafeString]] = {
    kinds.PICKS: _picks,
    kinds.WATCHLIST_RELEASE: _released,
    kinds.FINISHED: _finished,
    kinds.EXPERIMENT_ENDED: _experiment,
}
_PLACES: Mapping[str, Callable[[], str]] = {
    kinds.PICKS: lambda: reverse("home"),
    kinds.WATCHLIST_RELEASE: lambda: reverse("recs:watchlist"),
    kinds.FINISHED: lambda: reverse("recs:history_import"),
    kinds.EXPERIMENT_ENDED: lambda: reverse("recs:experiments") + "#learnt",
}
_ICONS: Mapping[str, str] = {
    kinds.PICKS: "spark",
    kinds.WATCHLIST_RELEASE: "ticket",
    kinds.FINISHED: "upload",
    kinds.EXPERIMENT_ENDED: "chart",
    kinds.ANNOUNCEMENT: "info",
}
