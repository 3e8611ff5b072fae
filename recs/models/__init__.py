from recs.models.adjustment import Adjustment
from recs.models.experiment import (
    Assignment,
    Experiment,
    ExperimentEvent,
    ExperimentOptOut,
    SiteDefault,
    TargetMetric,
)
from recs.models.history import HistoryImport, ImportChange, ImportedFilm
from recs.models.interaction import GenrePreference, Interaction, Source
from recs.models.recommendation import Recommendation

__all__ = [
    "Adjustment",
    "Assignment",
    "Experiment",
    "ExperimentEvent",
    "ExperimentOptOut",
    "GenrePreference",
    "HistoryImport",
    "ImportChange",
    "ImportedFilm",
    "Interaction",
    "Recommendation",
    "SiteDefault",
    "Source",
    "TargetMetric",
]
