"""How a person likes their recommendations: which engine, how well-known, how varied, from when, for whose eyes."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from catalog.models import Certification
from recs.services import defaults

HYBRID = "hybrid"
DEMOGRAPHIC = "demographic"
NEUTRAL = 0.5

# What `of` reads of a person.
COLUMNS = (
    "algorithm_preference",
    "novelty_preference",
    "diversity_preference",
    "preferred_decade",
    "content_rating_preference",
    "allow_demographic_targeting",
)
_DECADE = re.compile(r"(18|19|20)\d0s?", re.ASCII)


class Choice(NamedTuple):
    """An engine that people may choose: its name, and what it goes by."""

    label: str | Promise
    line: str | Promise


CHOICES: Mapping[str, Choice] = MappingProxyType(
    {
        HYBRID: Choice(_("Everything together"), _("Weighs all of the below. The best for most people.")),
        "collaborative": Choice(_("People like you"), _("Films that go together in many people's favourites.")),
        "matrix_factorization": Choice(
            _("Hidden leanings"), _("The tastes behind what you rated, even unspoken ones.")
        ),
        "content_based": Choice(
            _("What films are made of"), _("The genres, people and stories of the films you like.")
        ),
        "trending": Choice(_("Trending"), _("What people here watch and rate these days.")),
        "popular": Choice(_("Popular"), _("What most people like, the same for everybody.")),
        DEMOGRAPHIC: Choice(_("People around you"), _("What is liked at your age, in your country and your language.")),
    }
)
# From the mildest: a film passes when it stands before the chosen one or is it. A film that was never rated, or whose
# certificate we do not know, promises nothing and does not pass.
CERTIFICATES: tuple[str, ...] = tuple(value for value in Certification.values if value != Certification.NR)


@dataclass(frozen=True, slots=True)
class Taste:
    """`novelty` runs from well-known (0) to adventurous (1), `diversity` from much of a kind (0) to varied (1); in the
    middle the engine's own order stands. `decade` ("1990s") and `certificate` let only some films pass; empty: all."""

    algorithm: str = HYBRID
    novelty: float = NEUTRAL
    diversity: float = NEUTRAL
    decade: str = ""
    certificate: str = ""

    @property
    def filters(self) -> bool:
        return bool(self.decade or self.certificate)


@dataclass(frozen=True)
class Adjustments:
    """What a person told us to use less (0 < weight < 1) or not at all (0): films of theirs, features ("genre:12",
    "person:5") and popularity. What is not named counts in full."""

    films: Mapping[int, float] = field(default_factory=lambda: MappingProxyType({}))
    features: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    popularity: float = 1.0

    def applied(self, history: Mapping[int, float]) -> Mapping[int, float]:
        """The history as it is to count; dropped films are gone from it."""
        if not self.films:
            return history
        weighed = {film: weight * self.films.get(film, 1.0) for film, weight in history.items()}
        return {film: weight for film, weight in weighed.items() if weight}

    @property
    def engine(self) -> tuple[tuple[tuple[str, float], ...], float]:
        """What changes the engine itself, as a key."""
        return tuple(sorted(self.features.items())), self.popularity


NONE = Adjustments()


def of(user: User) -> Taste:
    """This person's settings. Values that nobody offers any more, or never did, count as not set."""
    return Taste(
        algorithm=chosen(user) or ours(user),
        novelty=_share(user.novelty_preference),
        diversity=_share(user.diversity_preference),
        decade=decade(user.preferred_decade),
        certificate=certificate(user.content_rating_preference),
    )


def choices(user: User) -> dict[str, Choice]:
    """The engines this person may choose; the one that goes by who they are only with their permission."""
    allowed = user.allow_demographic_targeting
    return {slug: choice for slug, choice in CHOICES.items() if allowed or slug != DEMOGRAPHIC}


def decade(said: str | None) -> str:
    """ "1990" and "1990s" are the nineties; anything else is no decade."""
    found = (said or "").strip()
    return f"{found.removesuffix('s')}s" if _DECADE.fullmatch(found) else ""


def certificate(said: str | None) -> str:
    found = (said or "").strip().upper()
    return found if found in CERTIFICATES else ""


def chosen(user: User) -> str:
    """The engine that this person chose themselves; empty when they leave it to us."""
    wanted = user.algorithm_preference or ""
    return wanted if wanted in choices(user) else ""


def ours(user: User) -> str:
    """The engine that this person has who leaves the choice to us."""
    found = defaults.algorithm()
    return found if found in choices(user) else HYBRID


def _share(said: float | None) -> float:
    if said is None or not math.isfinite(said):
        return NEUTRAL
    return min(1.0, max(0.0, said))
