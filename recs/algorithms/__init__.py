"""Recommenders without Django: each has settings, a `fit`, and a fitted, frozen thing that scores."""

from recs.algorithms.alike import Alike, AlikePeople
from recs.algorithms.base import Algorithm, Dataset, Holdout, Scorer, Terms, row_of, terms
from recs.algorithms.content_based import ContentBased, ContentScorer
from recs.algorithms.demographic import Demographic, DemographicScorer
from recs.algorithms.genre_based import GenreBased, GenreScorer
from recs.algorithms.hybrid import Hybrid
from recs.algorithms.hybrid_scorer import HybridScorer
from recs.algorithms.item_item import ItemItem, ItemItemScorer
from recs.algorithms.matrix_factorization import FactorScorer, MatrixFactorization
from recs.algorithms.neighbours import Neighbours, NeighboursScorer
from recs.algorithms.popular import Popular, PopularScorer
from recs.algorithms.ratings import RatingModel, Ratings
from recs.algorithms.trending import Trending, TrendingScorer

__all__ = [
    "ALGORITHMS",
    "MODELS",
    "SCORERS",
    "Algorithm",
    "Alike",
    "AlikePeople",
    "ContentScorer",
    "Dataset",
    "DemographicScorer",
    "FactorScorer",
    "GenreScorer",
    "Holdout",
    "HybridScorer",
    "NeighboursScorer",
    "RatingModel",
    "Ratings",
    "Scorer",
    "Terms",
    "row_of",
    "terms",
]

ALGORITHMS: dict[str, Algorithm] = {
    "collaborative": ItemItem(),
    "matrix_factorization": MatrixFactorization(),
    "neighbours": Neighbours(),
    "content_based": ContentBased(),
    "trending": Trending(),
    "demographic": Demographic(),
    "genre_based": GenreBased(),
    "popular": Popular(),
    "hybrid": Hybrid(),
}
SCORERS: dict[str, type[Scorer]] = {
    "hybrid": HybridScorer,
    "collaborative": ItemItemScorer,
    "matrix_factorization": FactorScorer,
    "neighbours": NeighboursScorer,
    "content_based": ContentScorer,
    "trending": TrendingScorer,
    "demographic": DemographicScorer,
    "genre_based": GenreScorer,
    "popular": PopularScorer,
}
# Everything that is fitted and stored. Predicted stars and people alike are no rankings, so they are no algorithms.
MODELS: dict[str, type[Scorer] | type[RatingModel] | type[AlikePeople]] = {
    **SCORERS,
    RatingModel.name: RatingModel,
    AlikePeople.name: AlikePeople,
}
