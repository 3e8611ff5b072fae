"""What the link of a pick carries (`?pick=…`), so that following it counts without a script.

A token names the page view, the row, the place in it, the algorithm and the arm. It is signed together with the film
and the person, so that nobody can make one up, use another's, or hang it on another film; it holds for a day.
"""

import base64
import hashlib
import hmac
import re
import time
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings

from recs.services.enrolment import Arm

PARAMETER = "pick"
VALID_SECONDS = 24 * 60 * 60
CLOCKS_DIFFER = 120
LONGEST = 200
_SHAPE = re.compile(r"[\w-]{1,32}\.[0-9a-f]{1,10}\.[\w-]{1,32}\.\d{1,4}\.\w{1,50}\.(?:\d+_\d+_[ab])?\.[ab]?", re.ASCII)


@dataclass(frozen=True, slots=True)
class ArmSeen:
    """The part of an arm that a click is counted by."""

    experiment_id: int
    phase: int
    variant: str


@dataclass(frozen=True, slots=True)
class Followed:
    """Where the pick stood that somebody followed."""

    page_view: str
    row: str
    rank: int
    algorithm: str
    arm: ArmSeen | None
    team: str


@dataclass(frozen=True, slots=True)
class Stamp:
    """Makes the tokens of one page view. `arm`: the one that the experiment's row, and only that, is counted for."""

    user_id: int
    page_view: str
    at: int
    arm: Arm | None = None

    def token(self, *, movie_id: int, row: str, rank: int, algorithm: str, team: str = "", counts: bool = False) -> str:
        arm = self.arm if counts else None
        seen = f"{arm.experiment_id}_{arm.phase}_{arm.variant}" if arm else ""
        said = f"{self.page_view}.{self.at:x}.{row}.{rank}.{algorithm}.{seen}.{team}"
        return f"{said}.{_signature(said, self.user_id, movie_id)}"


def read(token: str, *, user_id: int, movie_id: int, now: float | None = None) -> Followed | None:
    """None for what is not a token of ours for this person and this film, or is a day old."""
    said, _, signature = token[: LONGEST + 1].rpartition(".")
    if len(token) > LONGEST or not _SHAPE.fullmatch(said):
        return None
    if not hmac.compare_digest(signature.encode(), _signature(said, user_id, movie_id).encode()):
        return None
    page_view, at, row, rank, algorithm, seen, team = said.split(".")
    age = (time.time() if now is None else now) - int(at, 16)
    if not -CLOCKS_DIFFER <= age <= VALID_SECONDS:
        return None
    return Followed(page_view, row, int(rank), algorithm, _arm(seen), team)


def _arm(seen: str) -> ArmSeen | None:
    experiment, _, rest = seen.partition("_")
    phase, _, variant = rest.partition("_")
    return ArmSeen(int(experiment), int(phase), variant) if seen else None


def _signature(said: str, user_id: int, movie_id: int) -> str:
    digest = hmac.digest(_key(settings.SECRET_KEY), f"{said}|{user_id}|{movie_id}".encode(), "sha256")
    return base64.urlsafe_b64encode(digest[:12]).decode()


@lru_cache(2)
def _key(secret: str) -> bytes:
    return hashlib.sha256(f"recs.clicks:{secret}".encode()).digest()
