"""People with picks to write to them about."""

import datetime
from typing import Any

from accounts.models import User
from catalog.models import Movie
from notify.digest import content
from notify.digest.content import DigestContent
from notify.models import Delivery
from recs.models import Recommendation
from tests import factories
from tests.notify import outbox

NOW = datetime.datetime(2026, 11, 16, 9, tzinfo=datetime.UTC)  # a Monday
WEEK = datetime.timedelta(days=7)


def pick(user: User, movie: Movie, rank: int, reason: dict[str, Any] | None = None) -> Recommendation:
    return Recommendation.objects.create(
        user=user, movie=movie, score=100.0 - rank, rank=rank, algorithm="hybrid", reason=reason or {"kind": "popular"}
    )


def films(n: int, **fields: Any) -> list[Movie]:
    return [factories.movie(**fields) for _ in range(n)]


def reader(*, picks: int = 8, **wishes: Any) -> User:
    """Somebody with as many stored picks, who wants a digest."""
    user = outbox.reader(**wishes)
    for rank, movie in enumerate(films(picks), 1):
        pick(user, movie, rank)
    return user


def picked(user: User) -> list[Movie]:
    """Their stored picks, best first."""
    return [row.movie for row in Recommendation.objects.filter(user=user).order_by("rank").select_related("movie")]


def told(user: User, now: datetime.datetime = NOW) -> DigestContent:
    return content.gather([content.Reader(user, now.date())], now)[user.pk]


def ids(found: DigestContent) -> list[int]:
    return [one.film.id for one in found.picks]


def rows(user: User) -> list[tuple[str, str, str]]:
    """Key, status and reason of what stands in the outbox, the oldest first."""
    found = Delivery.objects.filter(user=user).order_by("created_at", "id")
    return list(found.values_list("idempotency_key", "status", "reason"))
