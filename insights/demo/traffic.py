"""What the demo community is said to have done on the site: visits, picks seen and followed, film pages, searches.

The chance to follow a pick depends on the person, on its place, and in an experiment on the arm by a factor that is
known, so that one can see whether the analysis finds it. The same crowd, trials, seed and moments give the same rows.
"""

import hashlib
import json
import random as plain
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recs.experiments.interleaving import team_draft

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Row = tuple[int, str, str, int | None, str, int]

DAY, WEEK = 86_400, 7 * 86_400
WEIGHTS = (0.9, 0.85, 0.85, 0.95, 1.25, 1.35, 1.2)  # Monday to Sunday
VISITS_A_WEEK = 1.2
KEEN = 2.0  # how alike people are in how often they come; the larger, the more alike
EVENING, SPREAD = 19.0, 3.0  # hour of a visit, in UTC
FILMS = 20  # of the first row
OTHERS = 12  # of a row further down
FOLLOWED = 0.07  # the chance that the first film of the first row is opened
EAGER = 4.0  # how alike people are in that
DECAY = 0.08  # by this much less for each place
LOWER = 0.6  # rows further down are looked at by so many, and followed by as much less
ROWS = (("because-1", "content_based"), ("gems", "hybrid"), ("trending", "trending"))
BROWSED = 0.6  # film pages opened in a visit beside the picks
SEARCHED, MISSED = 0.22, 0.12
NOT_HERE = ("the quiet orbit 3", "last train to nowhere", "midnight bakery", "blue lantern season 2", "mars gardeners")
TOOK, TOOK_SPREAD = 18.0, 0.35  # milliseconds


@dataclass(frozen=True)
class Crowd:
    """`since` and `until`: between which seconds each may come. `picks`: people × films, each person's own order;
    `popular`: everybody's order. `titles`: words that people type, and how many films have them in their title."""

    ids: Ints
    since: Ints
    until: Ints
    picks: Ints
    popular: Ints
    titles: Sequence[tuple[str, int]]


@dataclass(frozen=True)
class Trial:
    """`part`: whose place on the line from 0 to 1 lets them in. `effect`: how much likelier people are to follow what
    B shows, as a share of A."""

    id: int
    algorithms: tuple[str, str]
    start: int
    end: int
    part: tuple[float, float]
    effect: float
    mixes: bool = False


@dataclass(frozen=True)
class Exposure:
    """The first visit of somebody while a trial ran."""

    trial: int
    user: int
    variant: str
    bucket: int
    at: int


@dataclass
class Traffic:
    rows: list[Row] = field(default_factory=list)
    exposures: list[Exposure] = field(default_factory=list)


@dataclass(frozen=True)
class _List:
    """A row of the page: who made it, and for an experiment's row whose it is."""

    row: str
    films: list[int]
    algorithm: str
    said: dict[str, Any] = field(default_factory=dict)
    teams: str = ""


def simulate(crowd: Crowd, trials: Sequence[Trial], *, seed: int, start: int, end: int) -> Traffic:
    """All that happens from `start` to `end`, in seconds since 1970."""
    return _Simulation(crowd, trials, seed=seed).run(start, end)


def visits(random: np.random.Generator, crowd: Crowd, *, start: int, end: int) -> tuple[Ints, Ints]:
    """Who comes and when: evenings, more of them at weekends, some people far more often than others."""
    days = np.arange(start // DAY, -(-end // DAY))
    weights = np.take(WEIGHTS, (days + 3) % 7)  # 1970 began on a Thursday
    often = random.gamma(KEEN, 1 / KEEN, len(crowd.ids)) * VISITS_A_WEEK * (end - start) / WEEK
    person = np.repeat(np.arange(len(crowd.ids)), random.poisson(often))
    day = random.choice(days, len(person), p=weights / weights.sum())
    hour = random.normal(EVENING, SPREAD, len(person)) % 24
    at = day * DAY + (hour * 3600).astype(np.int64)
    there = (at >= np.maximum(crowd.since[person], start)) & (at < np.minimum(crowd.until[person], end))
    order = np.lexsort((person[there], at[there]))
    return person[there][order], at[there][order]


class _Simulation:
    def __init__(self, crowd: Crowd, trials: Sequence[Trial], *, seed: int) -> None:
        self.crowd, self.trials, self.seed = crowd, trials, seed
        self.random = np.random.default_rng([seed, 8])
        self.eager = self.random.gamma(EAGER, FOLLOWED / EAGER, len(crowd.ids))
        self.place = self.random.random(len(crowd.ids))
        self.drawn = self.random.integers(0, 10_000, (len(crowd.ids), max(len(trials), 1)))
        self.seen: set[tuple[int, int]] = set()
        self.traffic = Traffic()

    def run(self, start: int, end: int) -> Traffic:
        person, at = visits(self.random, self.crowd, start=start, end=end)
        for number, (who, when) in enumerate(zip(person.tolist(), at.tolist(), strict=True)):
            session = hashlib.blake2s(f"{self.seed}:{number}".encode(), digest_size=16).hexdigest()
            for action, film, said, later in self._visit(who, when, f"simulated-{number:x}"):
                if when + later < end:
                    told = json.dumps({**said, "crowd": "simulated"})
                    self.traffic.rows.append((int(self.crowd.ids[who]), session, action, film, told, when + later))
        return self.traffic

    def _visit(self, who: int, when: int, page: str) -> Iterator[tuple[str, int | None, dict[str, Any], int]]:
        """What happens, and how many seconds into the visit."""
        random, clock = self.random, 0
        for shown in self._lists(who, when):
            took = round(float(random.lognormal(np.log(TOOK), TOOK_SPREAD)), 1)
            made = {"algorithm": shown.algorithm, "served": shown.algorithm, "took_ms": took, **shown.said}
            yield "recommendation_impression", None, {"row": shown.row, "page": page, "films": shown.films, **made}, 0
            for rank in self._followed(who, shown):
                clock += int(random.integers(15, 120))
                film = shown.films[rank]
                tag = {key: value for key, value in shown.said.items() if key in ("experiment", "phase", "arm")}
                team = {"team": shown.teams[rank]} if shown.teams else {}
                told: dict[str, Any] = {"row": shown.row, "rank": rank + 1, "page": page, "algorithm": shown.algorithm}
                yield "recommendation_click", film, {**told, **team, **tag}, clock
                yield "movie_view", film, {}, clock
        if random.random() < SEARCHED:
            clock += int(random.integers(10, 60))
            words, results = self._search()
            yield "movie_search", None, {"query": words, "results": results}, clock
        for _ in range(random.poisson(BROWSED)):
            clock += int(random.integers(20, 200))
            of = self.crowd.popular if random.random() < 0.5 else self.crowd.picks[who]
            yield "movie_view", int(of[min(int(random.exponential(8)), len(of) - 1)]), {}, clock

    def _lists(self, who: int, when: int) -> Iterator[_List]:
        yield self._top(who, when)
        if self.random.random() < LOWER:
            row, algorithm = ROWS[self.random.integers(len(ROWS))]
            order = self.crowd.popular if row == "trending" else self.crowd.picks[who]
            yield _List(row, order[FILMS : FILMS + OTHERS].tolist(), algorithm)

    def _top(self, who: int, when: int) -> _List:
        """The first row: an experiment's, if this person is in one that runs."""
        for index, trial in enumerate(self.trials):
            if trial.start <= when < trial.end and trial.part[0] <= self.place[who] < trial.part[1]:
                return self._tried(who, when, index)
        return _List("top", self._order("hybrid", who)[:FILMS], "hybrid")

    def _tried(self, who: int, when: int, index: int) -> _List:
        trial, bucket = self.trials[index], int(self.drawn[who, index])
        variant = "a" if bucket < 5_000 else "b"
        if (index, who) not in self.seen:
            self.seen.add((index, who))
            self.traffic.exposures.append(Exposure(trial.id, int(self.crowd.ids[who]), variant, bucket, when))
        tag = {"experiment": trial.id, "phase": 1, "arm": variant}
        if not trial.mixes:
            algorithm = trial.algorithms["ab".index(variant)]
            return _List("top", self._order(algorithm, who)[:FILMS], algorithm, tag)
        first, second = (self._order(name, who)[:FILMS] for name in trial.algorithms)
        mixed = team_draft([first, second], n=FILMS, draw=plain.Random(f"{self.seed}:{who}:{when // DAY}"))
        both = set(first) & set(second)
        teams = "".join("ab"[team] for team in mixed.teams)
        competitive = sum(film not in both for film in mixed.items) / len(mixed.items)
        tag |= {"teams": teams, "competitive": round(competitive, 3)}
        return _List("top", mixed.items, "+".join(trial.algorithms), tag, teams)

    def _order(self, algorithm: str, who: int) -> list[int]:
        """Everybody's or their own, from a place a little further down each time."""
        order = self.crowd.popular if algorithm == "popular" else self.crowd.picks[who]
        begin = int(self.random.integers(0, max(len(order) - FILMS, 0) + 1))
        return order[begin:].tolist()

    def _followed(self, who: int, shown: _List) -> list[int]:
        """The places of the films that are opened."""
        chance = self.eager[who] / (1 + DECAY * np.arange(len(shown.films)))
        chance = chance * (1.0 if shown.row == "top" else LOWER) * self._lift(shown)
        return np.flatnonzero(self.random.random(len(shown.films)) < chance).tolist()

    def _lift(self, shown: _List) -> Floats | float:
        trial = next((one for one in self.trials if one.id == shown.said.get("experiment")), None)
        if trial is None:
            return 1.0
        if shown.teams:
            return np.array([1 + trial.effect if team == "b" else 1.0 for team in shown.teams])
        return 1 + trial.effect if shown.said["arm"] == "b" else 1.0

    def _search(self) -> tuple[str, int]:
        random = self.random
        if random.random() < MISSED or not self.crowd.titles:
            return NOT_HERE[min(int(random.exponential(1.5)), len(NOT_HERE) - 1)], 0
        return self.crowd.titles[min(int(random.exponential(25)), len(self.crowd.titles) - 1)]
