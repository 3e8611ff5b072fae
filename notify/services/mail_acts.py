"""What the links "want to see", "seen it" and "not for me" of a mail do."""

from collections.abc import Mapping

from accounts.models import User
from catalog.models import Movie
from notify import tokens
from recs.models import Interaction, Source
from recs.services import interactions
from recs.services.pending import Act

Kind = Interaction.Type
KINDS: Mapping[str, str] = {
    tokens.WANT: Kind.WATCHLIST,
    tokens.SEEN: Kind.VIEW,
    tokens.NOT_FOR_ME: Kind.NOT_INTERESTED,
}


def wish(what: str) -> Act:
    return Act(KINDS[what])


def is_done(*, user: User, movie: Movie, what: str) -> bool:
    return user.interactions.filter(movie=movie, interaction_type=KINDS[what]).exists()


def perform(*, user: User, movie: Movie, what: str) -> str:
    """The token that takes it back exactly; empty where it was done before, so that a second press changes nothing."""
    if is_done(user=user, movie=movie, what=what):
        return ""
    return interactions.mark(user=user, movie=movie, kind=KINDS[what], on=True, source=Source.EMAIL).token


def take_back(*, user: User, movie: Movie, what: str, token: str) -> None:
    """By the token of the act where it still holds, which brings back what the act had replaced; or only the mark."""
    try:
        interactions.undo(user=user, movie=movie, token=token)
    except interactions.UndoError:
        if is_done(user=user, movie=movie, what=what):
            interactions.mark(user=user, movie=movie, kind=KINDS[what], on=False, source=Source.EMAIL)
