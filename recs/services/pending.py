"""What a visitor wanted to do before logging in: kept in the session, done as soon as we know who they are."""

from dataclasses import asdict, dataclass

from django.contrib.sessions.backends.base import SessionBase

from accounts.models import User
from catalog.models import Movie
from recs.models import Interaction
from recs.services import interactions
from recs.services.interactions import Undo

KEY = "pending_act"


@dataclass(frozen=True, slots=True)
class Act:
    """One wish about a film; a rating of 0 takes the rating back."""

    kind: str
    on: bool = True
    rating: float | None = None


def perform(*, user: User, movie: Movie, act: Act, source: str = "web") -> Undo:
    if act.kind != Interaction.Type.RATING:
        return interactions.mark(user=user, movie=movie, kind=act.kind, on=act.on, source=source)
    if act.rating:
        return interactions.rate(user=user, movie=movie, rating=act.rating, source=source)
    return interactions.unrate(user=user, movie=movie, source=source)


def keep(*, session: SessionBase, movie: Movie, act: Act) -> None:
    """One wish at most: the last is the one that sent the visitor to the log-in page."""
    session[KEY] = {"movie": movie.pk, **asdict(act)}


def take(*, session: SessionBase) -> tuple[Movie, Act] | None:
    """The kept wish, once; None when there is none or its film has gone."""
    kept = session.pop(KEY, None)
    if not kept:
        return None
    movie = Movie.objects.filter(pk=kept.pop("movie")).first()
    return (movie, Act(**kept)) if movie else None
