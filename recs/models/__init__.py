from recs.models.adjustment import Adjustment
from recs.models.experiment import Assignment, Experiment, TargetMetric
from recs.models.history import HistoryImport, ImportChange, ImportedFilm
from recs.models.interaction import GenrePreference, Interaction, Source
from recs.models.recommendation import Recommendation

__all__ = [
    "Adjustment",
    "Assignment",
    "Experiment",
    "GenrePreference",
    "HistoryImport",
    "ImportChange",
    "ImportedFilm",
    "Interaction",
    "Recommendation",
    "Source",
    "TargetMetric",
]
