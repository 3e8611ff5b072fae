"""The working behind one suggestion: what speaks for a film and what against it, and how much each of it counts."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np
from django.utils.translation import gettext as _

from accounts.models import User
from catalog.cards import MovieCard
from recs import queries, serving, traits
from recs.forms_taste import Change
from recs.mine import Mine
from recs.services import tastes
from recs.shelf import Person, Working
from recs.taste import NONE, Adjustments

FILMS_SHOWN, TRAITS_SHOWN = 6, 6
LESS = 0.5
POPULARITY = "popularity:0"
OTHER = "other:0"
Parts = Mapping[str, float]  # what each reason adds to the score, by its key: "film:12", "genre:3", "popularity:0"


@dataclass(frozen=True, slots=True)
class Line:
    """One reason. `amount` is its part of the score, `share` that part in percent of all that speaks for and against;
    `weight` is how much of it counts, and None where nobody can change that."""

    key: str
    name: str
    amount: float
    share: int = 0
    weight: float | None = None
    card: MovieCard | None = None

    @property
    def slot(self) -> str:
        """A name for the buttons of this line, the same before and after one is pressed."""
        return self.key.replace(":", "-")

    @property
    def acts(self) -> list[tuple[str, str]]:
        """Two buttons, their words and what they send. A pressed one turns into its opposite, so it keeps the focus."""
        if self.weight is None:
            return []
        again, less = (_("Use again"), f"{self.key}:1"), (_("Use less"), f"{self.key}:{LESS:g}")
        none = (_("Don’t use"), f"{self.key}:0")
        return [again if 0 < self.weight < 1 else less, none if self.weight else again]

    @property
    def again(self) -> str:
        return f"{self.key}:1" if self.weight is not None and self.weight < 1 else ""

    @property
    def length(self) -> int:
        """Of the bar; what counts at all is seen."""
        return max(abs(self.share), 1 if self.amount else 0)

    @property
    def percent(self) -> str:
        if not self.share:
            return _("0 %") if not self.amount else _("< 1 %")
        return _("%(sign)s%(share)d %%") % {"sign": "+" if self.share > 0 else "−", "share": abs(self.share)}

    @property
    def said(self) -> str:
        return _("not used") if not self.weight else _("used less")


@dataclass(frozen=True, slots=True)
class Block:
    title: str
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class Explained:
    """A score taken apart into blocks of lines, which add up to it. The bars of all lines have one scale."""

    blocks: list[Block]
    score: float
    algorithm: str
    version: str

    @property
    def lines(self) -> list[Line]:
        return [line for block in self.blocks for line in block.lines]

    @property
    def has_films(self) -> bool:
        return any(line.key.startswith("film") and line.amount for line in self.lines)

    @property
    def can_change(self) -> bool:
        return any(line.acts for line in self.lines)

    @property
    def against(self) -> int:
        return max(line.length if line.amount < 0 else 0 for line in self.lines)

    @property
    def width(self) -> int:
        """Of the bars: from the strongest share against to the strongest one for."""
        return max(1, self.against + max(line.length if line.amount > 0 else 0 for line in self.lines))


def rank(person: Person, mine: Mine, movie_id: int) -> int | None:
    """The film's place among this person's picks, as if they had done nothing with it."""
    rest = {film: weight for film, weight in person.history.items() if film != movie_id}
    return serving.shelf().rank_of(movie_id, replace(person, history=rest), exclude=mine.done - {movie_id})


def explained(person: Person, movie_id: int) -> Explained | None:
    """None when no engine knows the film and the person, or nothing speaks for it or against it."""
    shelf = serving.shelf()
    now = shelf.working(movie_id, person)
    if now is None:
        return None
    weights = _weights(person.adjustments)
    # What is not used adds nothing; what it would add says whether it belongs among the reasons of this film.
    full = shelf.working(movie_id, replace(person, adjustments=NONE)) if weights else None
    counted = _parts(now)
    loud = {**(_parts(full) if full else {}), **counted}
    loud = {key: max(abs(amount), abs(counted.get(key, 0.0))) for key, amount in loud.items() if amount}
    loud |= {key: abs(amount) for key, amount in (_parts(full) if full else {}).items() if key in weights}
    if not any(loud.values()):
        return None
    blocks = _Blocks(counted, weights, now.algorithm).build(loud)
    return Explained(blocks, now.score, now.algorithm, now.version)


def adjusted(user: User) -> list[Line]:
    """Everything that this person told us to use less, by name; what is gone is left out."""
    weights = _weights(tastes.adjustments(user))
    cards = queries.cards([traits.number(key) for key in weights if traits.block(key) == "film"])
    words = {**_words(weights), **{f"film:{pk}": card.title for pk, card in cards.items()}}
    lines = [
        Line(key, words[key], 0.0, 0, weight, cards.get(traits.number(key)) if traits.block(key) == "film" else None)
        for key, weight in weights.items()
        if key in words
    ]
    return sorted(lines, key=lambda line: (traits.block(line.key), line.name))


def name_of(change: Change) -> str:
    """What people call the thing that was changed."""
    if change.kind == "film":
        found = queries.cards([change.target])
        return found[change.target].title if found else _("That film")
    return _words([f"{change.kind}:{change.target}"]).get(f"{change.kind}:{change.target}", _("That"))


def _words(keys: Collection[str]) -> dict[str, str]:
    return {**traits.words([key for key in keys if traits.block(key) in traits.NAMED]), POPULARITY: _("Popularity")}


def _weights(adjustments: Adjustments) -> dict[str, float]:
    found = {f"film:{film}": weight for film, weight in adjustments.films.items()} | dict(adjustments.features)
    return found if adjustments.popularity == 1 else {**found, POPULARITY: adjustments.popularity}


def _parts(working: Working) -> dict[str, float]:
    terms = working.terms
    films = zip(working.films.tolist(), np.asarray(terms.films)[:, 0].tolist(), strict=True)
    features = zip(np.asarray(terms.feature_names).tolist(), np.asarray(terms.features)[:, 0].tolist(), strict=True)
    rest = {POPULARITY: float(terms.popularity[0]), OTHER: float(terms.other[0])}
    return {**{f"film:{film}": amount for film, amount in films}, **dict(features), **rest}


class _Blocks:
    """The three blocks, from what each reason adds to the score and how much of it counts."""

    def __init__(self, counted: Parts, weights: Mapping[str, float], algorithm: str) -> None:
        self.counted, self.weights, self.algorithm = counted, weights, algorithm

    def build(self, loud: Parts) -> list[Block]:
        by_block: dict[str, list[str]] = {}
        for key in sorted((key for key, amount in loud.items() if amount), key=lambda key: (-loud[key], key)):
            by_block.setdefault(traits.block(key), []).append(key)
        films, rest = by_block.pop("film", []), [*by_block.pop("popularity", []), *by_block.pop("other", [])]
        named = sorted((*by_block.get("genre", []), *by_block.get("person", [])), key=lambda key: (-loud[key], key))
        silent = [key for kind, keys in by_block.items() if kind not in ("genre", "person") for key in keys]
        blocks = [
            Block(_("Your films"), self._films(films)),
            Block(_("Genres and people"), self._traits(named, silent)),
            Block(_("Popularity"), [self._everybodys(key) for key in rest]),
        ]
        return _with_shares([block for block in blocks if block.lines])

    def _line(self, key: str, name: str, card: MovieCard | None = None) -> Line:
        return Line(key, name, self.counted.get(key, 0.0), weight=self.weights.get(key, 1.0), card=card)

    def _together(self, key: str, names: tuple[str, str], keys: Collection[str]) -> list[Line]:
        """One line for the many small reasons that speak for the film, and one for those against it."""
        amounts = [self.counted.get(one, 0.0) for one in keys]
        parts = (sum(amount for amount in amounts if amount > 0), sum(amount for amount in amounts if amount < 0))
        return [Line(f"{key}-{name}", name, amount) for name, amount in zip(names, parts, strict=True) if amount]

    def _films(self, keys: list[str]) -> list[Line]:
        cards = queries.cards([traits.number(key) for key in keys[:FILMS_SHOWN]])
        shown = [key for key in keys[:FILMS_SHOWN] if traits.number(key) in cards]
        lines = [self._line(key, cards[traits.number(key)].title, cards[traits.number(key)]) for key in shown]
        names = _("Your other films that speak for it"), _("Your other films that speak against it")
        return lines + self._together("films", names, [key for key in keys if key not in shown])

    def _traits(self, named: list[str], silent: list[str]) -> list[Line]:
        words = traits.words(named[:TRAITS_SHOWN])
        lines = [self._line(key, words[key]) for key in named[:TRAITS_SHOWN] if key in words]
        names = _("What else you like about it: decade, story, …"), _("What else you do not: decade, story, …")
        return lines + self._together("rest", names, [*(key for key in named if key not in words), *silent])

    def _everybodys(self, key: str) -> Line:
        if key == POPULARITY:
            liked = self.counted.get(key, 0.0) >= 0
            return self._line(key, _("Popular with many people") if liked else _("Well known, and you lean elsewhere"))
        name = _("Popular with many people") if self.algorithm == "popular" else _("The same for everybody")
        return Line(key, name, self.counted[key])


def _with_shares(blocks: list[Block]) -> list[Block]:
    whole = sum(abs(line.amount) for block in blocks for line in block.lines) or 1.0
    return [
        Block(block.title, [replace(line, share=round(100 * line.amount / whole)) for line in block.lines])
        for block in blocks
    ]
