"""What the browse page shows for one state of its filters: films, chips, the panel, and a way out of nothing."""

import hashlib
from dataclasses import dataclass
from typing import Any

from django.core.cache import caches
from django.http import QueryDict
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from catalog import access, filters, names, queries
from catalog.cards import MovieCard
from catalog.filters import MovieFilter, State
from web import pagination

PAGE_SIZE = 24
SLOTS = 512  # how many states are kept, each with a panel of some 20 kB
PANEL_LIVES = 60 * 60
CHOSEN_LIVES = 60


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is on, as a person says it, and the address of the page without it."""

    label: str
    url: str
    films: int = 0  # how many there are without it; only worked out where there are none with it


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of films and the state it belongs to."""

    page: pagination.Page
    cards: list[MovieCard]
    state: State
    chips: list[Chip]
    ways_out: list[Chip]


def choose(said: QueryDict) -> MovieFilter:
    """The filters of an address. Making them takes as long as the films do, so they are kept for all who ask the same;
    they hold questions, no answers. What is wrong with an address is one person's, and is not kept."""
    asked = (get_language(), tuple((name, tuple(values)) for name, values in said.lists() if name != "page"))
    key = f"catalog:chosen:{_slot(asked)}"
    kept = caches["local"].get(key)
    if kept is not None and kept[0] == asked:
        return kept[1]
    chosen = MovieFilter(said, queryset=access.movies())
    if not chosen.errors:
        caches["local"].set(key, (asked, chosen), CHOSEN_LIVES)
    return chosen


def _slot(state: object) -> int:
    """The states that people can make have no end: each has one of a fixed number of places, and the newest stays."""
    return int(hashlib.sha256(repr(state).encode()).hexdigest(), 16) % SLOTS


def listing(chosen: MovieFilter, *, page: str | None, done: frozenset[int]) -> Listing:
    said = chosen.cleaned
    hidden = frozenset() if said.get("seen") else done
    total = queries.total(chosen.qs, state=chosen.facet_state, without=hidden)
    where = pagination.page(page, total=total, size=PAGE_SIZE)
    seed = said.get("seed")
    order = queries.ordering(said.get("sort") or "", seed=queries.daily_seed() if seed is None else seed)
    films = chosen.qs.leave_out(hidden)
    return Listing(
        page=where,
        cards=films.order_by(*order)[where.offset : where.end].cards() if total else [],
        state=chosen.state,
        chips=[Chip(label(name, value), address(rest)) for name, value, rest in _removals(chosen)],
        ways_out=[] if total else _ways_out(chosen, hidden),
    )


def address(state: State, **changes: str | int | None) -> str:
    said = filters.query(state, **changes)
    return f"{reverse('catalog:browse')}?{said}" if said else reverse("catalog:browse")


def _removals(chosen: MovieFilter) -> list[tuple[str, str, State]]:
    return [
        (name, value, filters.without(chosen.state, name, value))
        for name, values in chosen.facet_state
        for value in values
    ]


def _ways_out(chosen: MovieFilter, hidden: frozenset[int]) -> list[Chip]:
    """Which filter to give up for which number of films, the best first; all are counted in one query."""
    ways = _removals(chosen)
    lists = [filters.from_state(rest, access.movies()).leave_out(hidden) for *_, rest in ways]
    labels = [(label(name, value), rest) for name, value, rest in ways]
    if hidden:
        lists.append(chosen.qs)
        labels.append((gettext("Hiding the films you are done with"), (*chosen.state, ("seen", ("1",)))))
    counts = queries.totals(lists)
    found = [Chip(text, address(rest), films) for (text, rest), films in zip(labels, counts, strict=True) if films]
    return sorted(found, key=lambda chip: -chip.films)


def label(name: str, value: str) -> str:
    if name in ("genre", "without"):
        genre = names.genre(queries.facets().genres[value].name)
        return genre if name == "genre" else gettext("Not %(genre)s") % {"genre": genre}
    if name == "language":
        return names.language(value)
    if name == "country":
        return names.country(value)
    sentences = {
        "year_from": gettext("From %(value)s"),
        "year_to": gettext("Up to %(value)s"),
        "runtime_min": gettext("At least %(value)s minutes"),
        "runtime_max": gettext("At most %(value)s minutes"),
        "rating": gettext("TMDB rating from %(value)s"),
        "votes": gettext("At least %(value)s TMDB votes"),
        "ours": gettext("Our rating from %(value)s"),
        "certification": gettext("Certificate %(value)s"),
    }
    return sentences[name] % {"value": value}


def panel(chosen: MovieFilter, *, member: bool) -> SafeString:
    """The facets as HTML. With an error in it a panel is one person's; otherwise it is kept for all."""
    if chosen.errors:
        return _render_panel(chosen, member=member)
    state = (get_language(), member, chosen.state)
    slot = _slot(state)
    kept = caches["local"].get(f"catalog:panel:{slot}")
    if kept is None or kept[0] != state:
        kept = (state, _render_panel(chosen, member=member))
        caches["local"].set(f"catalog:panel:{slot}", kept, PANEL_LIVES)
    return kept[1]


def _render_panel(chosen: MovieFilter, *, member: bool) -> SafeString:
    context: dict[str, Any] = {
        "form": chosen.form,
        "active": dict(chosen.state),
        "decades": _decades(chosen),
        "clear_url": address(tuple(part for part in chosen.state if part[0] in chosen.SETTINGS)),
        "filtered": bool(chosen.facet_state),
        "member": member,
    }
    return render_to_string("catalog/_facets.html", context)


def _decades(chosen: MovieFilter) -> list[dict[str, Any]]:
    said = dict(chosen.state)
    span = (*said.get("year_from", ()), *said.get("year_to", ()))
    shortcuts = []
    for first in reversed(queries.facets().decades):
        years = {"year_from": first, "year_to": first + 9}
        here = span == (str(first), str(first + 9))
        url = address(chosen.state, **(dict.fromkeys(years) if here else years))
        shortcuts.append({"name": gettext("%(year)ss") % {"year": first}, "url": url, "here": here})
    return shortcuts
