"""Where models are fitted: in this process, or on a Spark cluster. Either way the same scorer comes out."""

from django.conf import settings

from recs.engines.base import Engine, EngineError, Local
from recs.engines.spark import Spark

__all__ = ["Engine", "EngineError", "Local", "Spark", "configured"]


def configured() -> Engine:
    """The engine that the settings name (docs/scale.md)."""
    if settings.TRAINING_ENGINE == "spark":
        return Spark(master=settings.SPARK_MASTER, folder=settings.SPARK_FOLDER, timeout=settings.SPARK_TIMEOUT)
    return Local()
