"""How many stars somebody would give a film, as if they had not rated it, and how sure we are of that."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from django.utils.translation import gettext as _

from recs import artefacts
from recs.algorithms import RatingModel
from recs.algorithms.base import columns_of

FEWEST = 5  # of one's own ratings that the model knows
LEAST, MOST = 0.5, 5.0


@dataclass(frozen=True, slots=True)
class Guess:
    """`half` is half of the interval that holds 8 of 10 such ratings; `rated` is from how many own ratings it comes."""

    stars: float
    half: float
    rated: int

    @property
    def low(self) -> float:
        return max(LEAST, self.stars - self.half)

    @property
    def high(self) -> float:
        return min(MOST, self.stars + self.half)

    def verdict(self, given: float) -> str:
        """What the rating says of the guess."""
        if self.low <= given <= self.high:
            return _("Within what we expected.")
        return (
            _("You liked it more than we expected.") if given > self.high else _("You liked it less than we expected.")
        )


def of(ratings: Mapping[int, float], movie_id: int) -> Guess | None:
    """A guess from somebody's other ratings (film → stars). None where too little is known of them or of the film."""
    artefact = artefacts.load(RatingModel.name)
    if artefact is None:
        return None
    model: RatingModel = artefact.scorer
    films = np.array([movie_id, *(film for film in ratings if film != movie_id)], dtype=np.int64)
    stars = np.array([rating for film, rating in ratings.items() if film != movie_id])
    asked, *known = columns_of(films, np.asarray(model.movie_ids)).tolist()
    own = np.array(known, dtype=np.int64)
    own, stars = own[own >= 0], stars[own >= 0]
    if asked < 0 or not model.many[asked] or len(own) < FEWEST:
        return None
    found, half = model.predict(np.array([asked]), (own, stars))
    return Guess(float(found[0]), float(half[0]), len(own))
