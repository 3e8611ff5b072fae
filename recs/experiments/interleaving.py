"""Two rankings in one list: a person compares them without knowing, and far fewer people are needed than for arms.

Team-draft (Radlinski, Kurup and Joachims 2008): like captains who choose players in turn, with a coin for who begins
each round; each ranking offers its best film that is not in the list yet. A click is credited to the team that brought
the film. Balanced interleaving (Joachims 2002) is kept for comparison.
"""

import random
from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

Item = TypeVar("Item", bound=Hashable)


@dataclass(frozen=True)
class Mixed:
    """The list as shown, and for each place the number of the ranking that brought it."""

    items: list
    teams: list[int]

    def of(self, team: int) -> list:
        return [item for item, owner in zip(self.items, self.teams, strict=True) if owner == team]


def team_draft(rankings: Sequence[Sequence[Item]], *, n: int, draw: random.Random) -> Mixed:
    """Up to n items; in each round every ranking that still has something picks once, in an order drawn anew."""
    items: list[Item] = []
    teams: list[int] = []
    taken: set[Item] = set()
    while len(items) < n:
        order = draw.sample(range(len(rankings)), len(rankings))
        before = len(items)
        for team in order:
            best = next((item for item in rankings[team] if item not in taken), None)
            if best is not None and len(items) < n:
                items.append(best)
                teams.append(team)
                taken.add(best)
        if len(items) == before:
            break
    return Mixed(items, teams)


def balanced(first: Sequence[Item], second: Sequence[Item], *, n: int, draw: random.Random) -> list[Item]:
    """Up to n items so that both rankings are read equally deep, but for one place; a coin says who leads."""
    leading, following = (first, second) if draw.random() < 0.5 else (second, first)
    read = [0, 0]
    items: list[Item] = []
    while len(items) < n and read[0] < len(leading) and read[1] < len(following):
        turn = 0 if read[0] <= read[1] else 1
        item = (leading, following)[turn][read[turn]]
        read[turn] += 1
        if item not in items:
            items.append(item)
    return items


def credit(teams: Sequence[Collection[Item]], clicked: Iterable[Item]) -> list[int]:
    """How many clicks each team brought in; a click on a film of both, or of none, counts for nobody."""
    score = [0] * len(teams)
    for item in clicked:
        owners = [number for number, team in enumerate(teams) if item in team]
        if len(owners) == 1:
            score[owners[0]] += 1
    return score


def winner(score: Sequence[int]) -> int | None:
    """The team with most clicks, None for a tie."""
    best = max(score)
    return score.index(best) if score.count(best) == 1 else None


def competitive_share(first: Sequence[Item], second: Sequence[Item], *, n: int) -> float:
    """The share of the places of a mixed list of up to n that could tell the rankings apart: not in both lists' top n.

    Of rankings with less than n items a mixed list has as many places as they have different ones.
    """
    one, other = set(first[: max(n, 0)]), set(second[: max(n, 0)])
    places = min(n, len(one | other))
    return 1 - len(one & other) / places if places > 0 else 0.0
