"""What stands over the first row of the home page: who chose the films, and what is to be known of that."""

from collections.abc import Collection
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from recs.engine import GENRES, POPULAR
from recs.taste import CHOICES, Taste

TRENDING = "trending"


@dataclass(frozen=True, slots=True)
class Served:
    """Which engines chose the films of the row, for what reasons, and how many films there are of how many places.

    `knows`: whether the person has liked anything; `few`: whether they rated too little for a taste.
    """

    taste: Taste
    engines: Collection[str]
    kinds: Collection[str]
    films: int
    places: int
    knows: bool
    few: bool

    @property
    def title(self) -> str:
        engines = set(self.engines)
        if engines == {TRENDING}:
            return _("Trending now")
        if engines == {POPULAR}:
            wanted = self.taste.algorithm != POPULAR and self.knows
            return _("Popular (your picks are being rebuilt)") if wanted else _("Popular now")
        if self.few and engines and engines <= {GENRES, POPULAR}:
            return _("Favourites of the genres you chose")
        return _("Top picks for you")

    @property
    def note(self) -> str:
        if self.taste.filters and self.films < self.places:
            return self._too_few()
        instead = self._instead()
        if instead:
            return instead
        if {"because", "made_of"} & set(self.kinds):
            return _("From everything you rated. The line under a film says why it is here.")
        return _("Rate a few films, and these become yours.") if not self.knows else ""

    def _too_few(self) -> str:
        if not self.films:
            return _("No film that you have not been through fits the decade and the certificate you chose.")
        return ngettext(
            "Only %(count)d film fits the decade and the certificate you chose.",
            "Only %(count)d films fit the decade and the certificate you chose.",
            self.films,
        ) % {"count": self.films}

    def _instead(self) -> str:
        """Somebody who chose an engine hears it when another had to step in."""
        asked, served = self.taste.algorithm, next(iter(self.engines), "")
        if not self.knows or asked == served or served not in CHOICES or served == POPULAR:
            return ""
        words = {"asked": CHOICES[asked].label, "served": CHOICES[served].label}
        return _("“%(asked)s” cannot choose for you just now; these come from “%(served)s”.") % words
