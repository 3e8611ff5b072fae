"""From a content to a finished mail: HTML with its styles inlined, plain text by a template of its own, subject."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import css_inline
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.dates import WEEKDAYS
from django.utils.safestring import SafeString

from accounts.models import User
from accounts.services.preferences import django_language
from notify import mime, schedule, tokens
from notify.digest import posters, words
from notify.digest.content import DigestContent
from notify.digest.films import Film, Told
from notify.digest.links import Links
from notify.kinds import DIGEST, KINDS, WATCHLIST_RELEASE
from notify.models import Preference

# Without the at-rules a mail has no dark mode; nothing is ever fetched for one.
_INLINER = css_inline.CSSInliner(keep_at_rules=True, keep_style_tags=False, load_remote_stylesheets=False)


LONGEST_TITLE = 200


@dataclass(frozen=True, slots=True)
class Words:
    """A mail in both forms, without headers."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A film as a mail shows it."""

    film: Film
    title: str
    facts: str
    reason: SafeString
    plain_reason: str
    url: str
    poster: str
    inks: posters.Inks
    lettering: str
    size: str
    want: str = ""
    seen: str = ""
    no: str = ""


@contextmanager
def speaking_to(user: User, zone: str) -> Iterator[None]:
    """In the person's language, and in the zone of their digest."""
    with translation.override(django_language(user.preferred_language)), timezone.override(schedule.zone(zone)):
        yield


def digest(content: DigestContent, *, preference: Preference, links: Links) -> Words:
    """The mail of this content; the caller speaks the person's language (`speaking_to`)."""
    said = words.reasons(content.picks)
    context = {
        "heading_date": timezone.localtime(),
        "picks": [entry(told, links, said) for told in content.picks],
        "editors": _plain_entry(content.editors, links) if content.editors else None,
        "note": content.note,
        "watchlist": [_plain_entry(film, links, acts=False) for film in content.watchlist],
        "preheader": words.preheader(content.picks),
        "preference": preference,
        "digest_day": WEEKDAYS[preference.digest_day],
        **frame(links, DIGEST),
    }
    return both("digest", words.subject(content.picks), context)


def alert(kind: str, title: str, told: Sequence[Told], *, links: Links) -> Words:
    """A mail about a few films between two digests."""
    said = words.reasons([one for one in told if one.reason])
    context = {
        "entries": [entry(one, links, said, acts=kind != WATCHLIST_RELEASE) for one in told],
        "preheader": words.filled(words.alert_body(kind, told)),
        "kind": KINDS[kind].label,
        **frame(links, kind),
    }
    return both("alert", title, context)


def both(name: str, subject: str, context: Mapping[str, Any]) -> Words:
    """Both forms of a mail from its two templates."""
    html = render_to_string(f"notify/email/{name}.html", {**context, "subject": subject})
    text = render_to_string(f"notify/email/{name}.txt", {**context, "subject": subject})
    return Words(subject, text.strip() + "\n", _INLINER.inline(html))


def frame(links: Links, kind: str) -> dict[str, Any]:
    """What stands around every mail: who sends it, why, and how to be rid of it."""
    return {
        "site_name": settings.SITE_NAME,
        "postal_address": settings.POSTAL_ADDRESS,
        "home": links.to("home"),
        "settings": links.to("notify:preferences"),
        "unsubscribe": links.unsubscribe(kind),
        "unsubscribe_all": links.unsubscribe(tokens.ALL),
        "is_sample": links.is_sample,
    }


def entry(told: Told, links: Links, said: Mapping[int, SafeString], *, acts: bool = True) -> Entry:
    return _entry(told.film, links, said.get(told.film.id, SafeString("")), acts=acts)


def _plain_entry(film: Film, links: Links, *, acts: bool = True) -> Entry:
    return _entry(film, links, SafeString(""), acts=acts)


def _entry(film: Film, links: Links, reason: SafeString, *, acts: bool) -> Entry:
    ways = {name: links.act(film.id, what) for name, what in _ACTS.items()} if acts else {}
    return Entry(
        film=film,
        title=mime.line(film.title, LONGEST_TITLE),
        facts=words.facts(film),
        reason=reason,
        plain_reason=words.plain(reason),
        url=links.to("catalog:movie", film.slug),
        poster=posters.url(film),
        inks=posters.inks(film),
        lettering=posters.lettering(film),
        size=posters.size(film),
        **ways,
    )


_ACTS = {"want": tokens.WANT, "seen": tokens.SEEN, "no": tokens.NOT_FOR_ME}
