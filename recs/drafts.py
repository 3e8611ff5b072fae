"""Which films stand in the rows of a person's home page: no film twice, each row knowing why it is there."""

import datetime
import logging
import random
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from accounts.models import User
from recs import dataset, explain, feedback, mixing, queries, series, serving, taste
from recs.algorithms.base import columns_of
from recs.engine import POPULAR
from recs.headings import Served
from recs.mine import Mine
from recs.models import Interaction
from recs.services.enrolment import Arm
from recs.serving import Person

logger = logging.getLogger(__name__)
Kind = Interaction.Type

TOP, OTHERS, BECAUSE = 20, 16, 2
FEW_RATINGS = 5
LOVED = 4.0
TRIES = 6  # films tried as the seed of a "because" row: a model may not know each of them


@dataclass(frozen=True, slots=True)
class Candidate:
    """A film for a row and, where we know it, why; `team` is whose it is in a mixed list."""

    movie_id: int
    reason: Mapping[str, Any] = field(default_factory=explain.popular)
    engine: str = POPULAR
    team: str = ""


@dataclass(slots=True)
class Draft:
    """A row before its films are fetched. `seed` names the film in the title of a "because" row; `competitive` is the
    share of a mixed list that can tell the two algorithms apart."""

    key: str
    candidates: list[Candidate]
    seed: int | None = None
    label: str = ""
    note: str = ""
    competitive: float | None = None


ABOUT = tuple(f"because-{number}" for number in range(1, BECAUSE + 1))
SLOTS = ("top", *ABOUT, "watchlist", "gems", "different", "alike", "trending")


class Drafts:
    """Chooses the films of one page's rows, in order, so that a film taken by one is not offered by the next.

    An experiment is about the first row: only that one is made by the algorithm of the arm.
    """

    def __init__(
        self,
        user: User,
        mine: Mine,
        stored: list[queries.StoredPick],
        today: datetime.date,
        arm: Arm | None = None,
    ) -> None:
        self.user, self.mine, self.stored, self.today, self.arm = user, mine, stored, today, arm
        self.person = person_of(user, mine)
        self.served = served_by(self.person, arm)
        self.history = self.person.history
        self.taken: set[int] = set(mine.done | mine.ids(Kind.WATCHLIST))

    def made(self) -> list[Draft]:
        """The first row first; the others by the rarity of what they claim."""
        return [self._top(), *self._because(), *self._themes(), self._watchlist()]

    def _take(self, candidates: Iterable[Candidate], size: int) -> list[Candidate]:
        """The first ones that are not on the page yet and not done with."""
        chosen: list[Candidate] = []
        for candidate in candidates:
            if len(chosen) == size:
                break
            if candidate.movie_id not in self.taken:
                self.taken.add(candidate.movie_id)
                chosen.append(candidate)
        return chosen

    def _top(self) -> Draft:
        mixture = self._mixture()
        candidates = self._take(mixture[0] if mixture else _candidates(self.stored), TOP)
        if len(candidates) < TOP:
            candidates += self._take(self._ask(self._live_picks), TOP - len(candidates))
        if not candidates and not self.person.taste.filters:
            candidates = self._take((Candidate(pk) for pk in self._popular_ids()), TOP)
        served = self._served(candidates)
        competitive = mixture[1] if mixture else None
        return Draft("top", candidates, label=served.title, note=served.note, competitive=competitive)

    def _mixture(self) -> tuple[list[Candidate], float] | None:
        if self.arm is None or not self.arm.mixes:
            return None
        try:
            day = f"{self.user.pk}:{self.today.isoformat()}"
            found = mixing.mixed(self._asking(), self.arm, n=TOP, exclude=self.taken, draw=day)
        except Exception:
            logger.exception("two algorithms could not be mixed")
            return None
        mixed = [Candidate(pick.movie_id, pick.reason, pick.algorithm, team) for pick, team in found.picks]
        return mixed, found.competitive

    def _served(self, candidates: list[Candidate]) -> Served:
        taste, engines = self.person.taste, list(dict.fromkeys(one.engine for one in candidates))
        if self.arm is not None:  # nobody asked for an engine that could be missed, and nobody is to guess which it is
            taste = replace(taste, algorithm=next(iter(engines), taste.algorithm))
        return Served(
            taste=taste,
            engines=engines,
            kinds=kinds(candidates),
            films=len(candidates),
            places=TOP,
            knows=any(weight > 0 for weight in self.history.values()),
            few=len(self.mine.ratings) < FEW_RATINGS,
        )

    def _live_picks(self) -> list[serving.Pick]:
        return serving.picks_for(self._asking(), n=TOP, exclude=self.taken, checked=False)

    def _asking(self) -> Person:
        """The person as the first row is made for; of whom little is known, the genres they named count."""
        few = len(self.mine.ratings) < FEW_RATINGS
        return replace(self.served, genres=queries.genre_preferences(self.user)) if few else self.served

    def _popular_ids(self) -> list[int]:
        return [card.id for card in queries.popular(TOP + len(self.taken)).cards()]

    def _because(self) -> list[Draft]:
        drafts: list[Draft] = []
        seeds = self._seeds()
        titles = {pk: card.title for pk, card in queries.cards(seeds).items()}
        for seed in seeds:
            if len(drafts) == BECAUSE:
                break
            # Two rows about one series say the same thing twice.
            if any(series.same(titles.get(seed, ""), titles.get(draft.seed or 0, "")) for draft in drafts):
                continue
            found = self._ask(partial(serving.because, self.person, seed, n=OTHERS, exclude=self.taken, checked=False))
            if len(found) >= OTHERS // 2:
                drafts.append(Draft(f"because-{len(drafts) + 1}", self._take(found, OTHERS), seed=seed))
        return drafts

    def _seeds(self) -> list[int]:
        """Loved films in an order that stands for a day: the row is not the same for ever, nor new at each visit."""
        loved = {pk for pk, rating in self.mine.ratings.items() if rating >= LOVED}
        loved |= self.mine.ids(Kind.FAVORITE) | self.mine.ids(Kind.LIKE)
        loved -= self.mine.ids(Kind.DISLIKE) | self.mine.ids(Kind.NOT_INTERESTED)
        draw = random.Random(f"{self.today.isoformat()}:{self.user.pk}")
        return draw.sample(sorted(loved), min(TRIES, len(loved)))

    def _themes(self) -> list[Draft]:
        """The rarest claim first: what many rows could show goes to the one that has little else."""
        person, day = self.person, f"{self.today.isoformat()}:{self.user.pk}"
        return [
            self._theme(
                "gems", partial(serving.hidden_gems, person), _("Hidden gems"), _("Loved by few, close to you.")
            ),
            self._theme(
                "alike",
                partial(serving.alike, person),
                _("People with your taste"),
                _("What those who rate as you do liked lately."),
            ),
            self._theme(
                "different",
                partial(serving.different, person, day=day),
                _("Something different"),
                _("An experiment: good bets outside your usual genres. New ones every day."),
            ),
            self._theme("trending", serving.trending, _("Trending"), _("What people watch this week.")),
        ]

    def _theme(self, key: str, ask: Callable[..., list[serving.Pick]], label: str, note: str) -> Draft:
        found = self._take(self._ask(partial(ask, n=OTHERS, exclude=self.taken, checked=False)), OTHERS)
        return Draft(key, found, label=label, note=note)

    def _watchlist(self) -> Draft:
        wanted = sorted(self.mine.ids(Kind.WATCHLIST) - self.mine.done)
        try:
            listed = best_first(self.person, wanted)
        except Exception:
            logger.exception("the recommender could not sort a watchlist")
            listed = wanted
        self.taken -= set(listed)
        chosen = self._take((Candidate(pk) for pk in listed), OTHERS)
        return Draft("watchlist", chosen, label=_("From your watchlist"), note=_("The best for you first."))

    def _ask(self, question: Callable[[], list[serving.Pick]]) -> list[Candidate]:
        """An answer of the engine, or nothing: a row may be missing, the page may not."""
        try:
            return list(_candidates(question()))
        except Exception:
            logger.exception("the recommender could not fill a row")
            return []


def person_of(user: User, mine: Mine) -> Person:
    """All that this person's rows depend on."""
    return Person(
        history=feedback.weights(mine.deeds),
        groups=dataset.groups_of(user),
        times=feedback.times(mine.deeds),
        taste=taste.of(user),
        adjustments=queries.adjustments(user),
    )


def served_by(person: Person, arm: Arm | None) -> Person:
    """The person as the arm has them served; mixed lists are made from two, and change nothing else."""
    if arm is None or arm.mixes:
        return person
    return replace(person, taste=replace(person.taste, algorithm=arm.algorithm))


def best_first(person: Person, ids: Collection[int]) -> list[int]:
    """Films by what the engine expects this person to think of them; those it does not know come last."""
    heard = serving.shelf().speaker(person) if ids else None
    if heard is None:
        return list(ids)
    asked = np.array(list(ids))
    columns = columns_of(asked, heard.model.movie_ids)
    worth = np.where(columns >= 0, heard.scores[columns], -np.inf)
    return asked[np.argsort(-worth, kind="stable")].tolist()


def kinds(candidates: list[Candidate]) -> set[str]:
    return {candidate.reason.get("kind", "popular") for candidate in candidates}


def _candidates(picks: Iterable[Any]) -> Iterator[Candidate]:
    return (Candidate(pick.movie_id, pick.reason, pick.algorithm) for pick in picks)
