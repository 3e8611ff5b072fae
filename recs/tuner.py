"""“Like this, but …”: films like one film, with more of some of its traits and less of others, as the address says."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import cast

import numpy as np
from django.http import QueryDict
from django.urls import reverse

from catalog.cards import MovieCard
from catalog.models import Movie
from recs import queries, serving, traits
from recs.algorithms import ContentScorer
from recs.shelf import CONTENT, Model, best, id_array

TAGS, FEWEST_TAGS = 8, 2
SPARE_TAGS = 8  # in case some have lost their names since the training
FILMS = 16


@dataclass(frozen=True, slots=True)
class Tag:
    """One trait of the film: `place` is -1 for less of it, 0 as it is, 1 for more. No address: no step further."""

    key: str
    name: str
    place: int
    less: str
    more: str

    @property
    def slot(self) -> str:
        return self.key.replace(":", "-")


class Tuner:
    """What is not a trait of this film is left out of the question."""

    def __init__(self, movie: Movie, *, more: Sequence[str], less: Sequence[str]) -> None:
        self.movie = movie
        self.page = reverse("recs:tune", args=[movie.slug])
        self.places = {name: place for place, asked in ((1, more), (-1, less)) for name in asked if name in self.names}

    @property
    def is_tuned(self) -> bool:
        return bool(self.places)

    @cached_property
    def tags(self) -> list[Tag]:
        return [
            Tag(key, name, place, self._step(key, place, -1), self._step(key, place, 1))
            for key, name in self.names.items()
            for place in [self.places.get(key, 0)]
        ]

    @cached_property
    def names(self) -> dict[str, str]:
        """The film's traits in people's words; none where there are too few to choose from."""
        if self._model is None:
            return {}
        found = self._scorer.tags(self._model.column(self.movie.pk), TAGS + SPARE_TAGS)
        words = traits.words(found)
        named = {key: words[key] for key in found if key in words}
        return dict(list(named.items())[:TAGS]) if len(named) >= FEWEST_TAGS else {}

    def films(self, *, exclude: Collection[int]) -> list[MovieCard]:
        """The likest first, without the film itself and the excluded ones."""
        if self._model is None or not self.names:
            return []
        more = [key for key, place in self.places.items() if place > 0]
        less = [key for key, place in self.places.items() if place < 0]
        scores = self._scorer.tuned(self._model.column(self.movie.pk), more, less)
        mask = self._model.candidates(id_array({*exclude, self.movie.pk}))
        found = self._model.ids(best(np.where(mask, scores, 0.0), FILMS))
        cards = queries.cards(found)
        return [cards[pk] for pk in found if pk in cards]

    @cached_property
    def _model(self) -> Model | None:
        model = serving.shelf().models.get(CONTENT)
        return model if model and model.column(self.movie.pk) >= 0 else None

    @property
    def _scorer(self) -> ContentScorer:
        return cast(ContentScorer, cast(Model, self._model).scorer)

    def _step(self, key: str, place: int, way: int) -> str:
        """The address one step further; the other traits stay where they are."""
        if abs(place + way) > 1:
            return ""
        places = {**self.places, key: place + way}
        asked = QueryDict(mutable=True)
        for name in self.names:
            if places.get(name):
                asked.appendlist("more" if places[name] > 0 else "less", name)
        return f"{self.page}?{asked.urlencode(safe=':')}" if asked else self.page
