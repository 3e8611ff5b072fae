"""What an engine must be able to do, and the one that needs nothing."""

from typing import Any, Protocol

from recs.algorithms import Algorithm, Dataset, Holdout, Scorer


class EngineError(Exception):
    """The engine cannot work; the text says why in one line. Nothing was saved, and the models before it stay."""


class Engine(Protocol):
    """Fits algorithms. The scorer is the one the algorithm itself would give: serving notices nothing."""

    @property
    def name(self) -> str: ...

    def check(self) -> None:
        """Raises `EngineError` for what can be known before anything is computed."""
        ...

    def fit(
        self, algorithm: Algorithm, data: Dataset, *, seed: int, holdout: Holdout | None = None, **more: Any
    ) -> Scorer:
        """`more` goes to algorithms that take more, such as those made of others.

        Raises `EngineError` when the engine cannot be reached or gives up.
        """
        ...


class Local:
    """In this process."""

    name = "local"

    def check(self) -> None:
        """Nothing can be missing."""

    def fit(
        self, algorithm: Algorithm, data: Dataset, *, seed: int, holdout: Holdout | None = None, **more: Any
    ) -> Scorer:
        return algorithm.fit(data, seed=seed, holdout=holdout, **more)
