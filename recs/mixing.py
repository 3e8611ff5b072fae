"""The first row of somebody in an interleaving experiment: two algorithms pick in turn."""

import random
from collections.abc import Collection
from dataclasses import dataclass, replace

from recs import serving
from recs.experiments import interleaving
from recs.services.enrolment import Arm
from recs.shelf import Person, Pick


@dataclass(frozen=True, slots=True)
class Mixture:
    """The picks with the team of each ("a", "b"), and the share of the list that can tell the two apart."""

    picks: list[tuple[Pick, str]]
    competitive: float


def mixed(person: Person, arm: Arm, *, n: int, exclude: Collection[int], draw: str) -> Mixture:
    """`draw`: what the coins are tossed by; the same words give the same list, so that a reload changes nothing."""
    lists = [
        {
            pick.movie_id: pick
            for pick in serving.picks_for(
                replace(person, taste=replace(person.taste, algorithm=name)), n=n, exclude=exclude, checked=False
            )
        }
        for name in (arm.algorithm, arm.rival)
    ]
    first, second = (list(one) for one in lists)
    found = interleaving.team_draft(
        [first, second],
        n=n,
        draw=random.Random(f"{arm.seed}:{arm.phase}:{draw}"),
    )
    picks = [(lists[team][film], "ab"[team]) for film, team in zip(found.items, found.teams, strict=True)]
    return Mixture(picks, interleaving.competitive_share(first, second, n=n))
