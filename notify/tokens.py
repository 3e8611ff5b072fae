"""The signed parts of the links in our mails. Nobody is logged in by one; what it allows stands in it.

A link to unsubscribe holds for ever. A link to act on a film is as old as its mail and ends after `ACT_AGE`; what it
did can be taken back. A followed link leads to a path of ours that was signed with it, and nowhere else.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from django.core import signing
from django.utils.crypto import get_random_string
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

from accounts.models import User
from catalog.models import Movie

ALL = "all"  # the scope that stands for every kind
WANT, SEEN, NOT_FOR_ME = "want", "seen", "no"
ACTS = (WANT, SEEN, NOT_FOR_ME)
ACT_AGE = datetime.timedelta(days=120)
SAMPLE = "sample"  # stands in the links of a mail that somebody else looks at: such links do nothing

WAY_BACK_AGE = datetime.timedelta(hours=1)

_UNSUBSCRIBE, _WAY_BACK = "notify.unsubscribe", "notify.resubscribe"
_ACT, _CLICK = "notify.act", "notify.click"


class TokenError(ValueError):
    """Not ours, or changed on the way."""


class TokenExpired(TokenError):
    """Ours, and too old."""


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """`scope` is a kind of notify.kinds, or ALL; `key` the idempotency key of the mail that the link stands in, empty
    where the link tells of none, as those of old mails do."""

    user_id: int
    scope: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class Act:
    user_id: int
    movie_id: int
    what: str
    key: str


@dataclass(frozen=True, slots=True)
class Click:
    """`key` is the idempotency key of the mail that the link stands in."""

    key: str
    path: str


def unsubscribe(user: User, scope: str, key: str = "") -> str:
    said = [str(user.pk), scope] + ([urlsafe_base64_encode(key.encode())] if key else [])
    return _signer(_UNSUBSCRIBE).sign(".".join(said))


def read_unsubscribe(token: str) -> Unsubscribe:
    """Raises TokenError."""
    try:
        user_id, scope, *coded = _signer(_UNSUBSCRIBE).unsign(token).split(".")
        return Unsubscribe(int(user_id), scope, urlsafe_base64_decode("".join(coded)).decode())
    except (signing.BadSignature, ValueError) as problem:
        raise TokenError from problem


def way_back(user: User, kinds: Sequence[str]) -> str:
    """Takes an unsubscription from these kinds back, for an hour."""
    return signing.dumps([user.pk, list(kinds)], salt=_WAY_BACK)


def read_way_back(token: str, user: User) -> list[str]:
    """Raises TokenError, also for somebody else's."""
    try:
        user_id, kinds = signing.loads(token, salt=_WAY_BACK, max_age=WAY_BACK_AGE)
    except (signing.BadSignature, TypeError, ValueError) as problem:
        raise TokenError from problem
    if user_id != user.pk:
        raise TokenError
    return kinds


def act(user: User, movie: Movie | int, what: str, key: str) -> str:
    """`movie` may be its id; `key` is that of the mail."""
    movie_id = movie.pk if isinstance(movie, Movie) else movie
    return signing.dumps([user.pk, movie_id, what, key], salt=_ACT)


def read_act(token: str) -> Act:
    """Raises TokenError, or TokenExpired."""
    try:
        found = Act(*signing.loads(token, salt=_ACT, max_age=ACT_AGE))
    except signing.SignatureExpired as problem:
        raise TokenExpired from problem
    except (signing.BadSignature, TypeError, ValueError) as problem:
        raise TokenError from problem
    if found.what not in ACTS:
        raise TokenError
    return found


def click(path: str, key: str) -> str:
    return signing.Signer(salt=_CLICK).sign_object([key, path])


def read_click(token: str) -> Click:
    """Raises TokenError. Whether the path is one to lead to is the view's question."""
    try:
        return Click(*signing.Signer(salt=_CLICK).unsign_object(token))
    except (signing.BadSignature, TypeError, ValueError) as problem:
        raise TokenError from problem


def new_test_key() -> str:
    """The idempotency key of a mail that somebody sends to try it out: each is another."""
    return f"test:{get_random_string(20)}"


def _signer(salt: str) -> signing.Signer:
    return signing.Signer(salt=salt, sep=".")
