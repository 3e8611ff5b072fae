"""How a person likes their recommendations: saved, and followed by their picks at once."""

import math

from django.db import transaction

from accounts.models import User
from recs import queries
from recs import taste as tastes
from recs.models import Adjustment
from recs.services import picks
from recs.taste import Adjustments, Taste

Kind = Adjustment.Kind
FULL = 1.0


def save(*, user: User, taste: Taste) -> Taste:
    """Keep these settings and make the picks anew; returns the settings before, for the way back.

    ValueError for an engine, decade or certificate that nobody may choose, and for shares outside 0 to 1.
    """
    _check(user, taste)
    ours = tastes.ours(user)  # whoever takes what everybody has leaves the choice to us
    with transaction.atomic():
        row = User.objects.select_for_update().get(pk=user.pk)
        before = tastes.of(row)
        for one in (row, user):  # whoever holds the person in hand sees the new settings as well
            one.algorithm_preference = taste.algorithm if taste.algorithm != ours else None
            one.novelty_preference = taste.novelty
            one.diversity_preference = taste.diversity
            one.preferred_decade = taste.decade or None
            one.content_rating_preference = taste.certificate or None
        row.save(
            update_fields=[
                "algorithm_preference",
                "novelty_preference",
                "diversity_preference",
                "preferred_decade",
                "content_rating_preference",
                "updated_at",
            ]
        )
    picks.follow(user=user)
    return before


def adjust(*, user: User, kind: str, target: int, weight: float) -> float:
    """Use this much of a film, genre, person or popularity from now on: 0 nothing, 1 all of it. Returns what it was.

    ValueError for a kind that does not exist, a target that cannot be, and a weight outside 0 to 1.
    """
    if kind not in Kind.values or not _fits(kind, target):
        raise ValueError(f"there is no {kind} {target}")
    if not 0 <= weight <= FULL:
        raise ValueError(f"a weight is between 0 and 1, not {weight}")
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        rows = user.adjustments.filter(kind=kind, target=target)
        before = rows.values_list("weight", flat=True).first()
        if weight == FULL:
            rows.delete()
        else:
            user.adjustments.update_or_create(kind=kind, target=target, defaults={"weight": weight})
    picks.follow(user=user)
    return FULL if before is None else before


def adjustments(user: User) -> Adjustments:
    """All of them, in one query."""
    return queries.adjustments(user)


def _fits(kind: str, target: int) -> bool:
    return target == 0 if kind == Kind.POPULARITY else 0 < target < 2**63


def _check(user: User, taste: Taste) -> None:
    if taste.algorithm not in tastes.choices(user):
        raise ValueError(f"there is no engine {taste.algorithm}")
    for share in (taste.novelty, taste.diversity):
        if not (math.isfinite(share) and 0 <= share <= 1):
            raise ValueError(f"a share is between 0 and 1, not {share}")
    if taste.decade != tastes.decade(taste.decade) or taste.certificate != tastes.certificate(taste.certificate):
        raise ValueError("there is no such decade or certificate")
