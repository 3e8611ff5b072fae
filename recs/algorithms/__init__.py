"""Recommenders without Django: each has settings, a `fit`, and a fitted, frozen thing that scores."""

from recs.algorithms.alike import Alike, AlikePeople
from recs.algorithms.base import Algorithm, Dataset, Holdout, Scorer, Terms, row_of, terms
from recs.algorithms.content_based import ContentBased, ContentScorer
from recs.algorithms.demographic import Demographic, DemographicScorer
from recs.algorithms.genre_based import GenreBased, GenreScorer
from recs.algorithms.item_item import ItemItem, ItemItemScorer
from recs.algorithms.neighbours import Neighbours, NeighboursScorer
from recs.algorithms.popular import Popular, PopularScorer
from recs.algorithms.trending import Trending, TrendingScorer

__all__ = [
    "ALGORITHMS",
    "SCORERS",
    "Algorithm",
    "Alike",
    "AlikePeople",
    "ContentScorer",
    "Dataset",
    "DemographicScorer",
    "GenreScorer",
    "Holdout",
    "NeighboursScorer",
    "Scorer",
    "Terms",
    "row_of",
    "terms",
]

ALGORITHMS: dict[str, Algorithm] = {
    "collaborative": ItemItem(),
    "neighbours": Neighbours(),
    "content_based": ContentBased(),
    "trending": Trending(),
    "demographic": Demographic(),
    "genre_based": GenreBased(),
    "popular": Popular(),
}
SCORERS: dict[str, type[Scorer]] = {
    "collaborative": ItemItemScorer,
    "neighbours": NeighboursScorer,
    "content_based": ContentScorer,
    "trending": TrendingScorer,
    "demographic": DemographicScorer,
    "genre_based": GenreScorer,
    "popular": PopularScorer,
}
