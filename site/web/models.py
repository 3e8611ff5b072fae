"""Abstract bases only: the toolkit has no tables of its own, but for what the cache and the queue need."""

from django.db import models


class Timestamped(models.Model):
    """Rows that say when they were made and last saved."""

    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True


def one_of(field: str, choices: type[models.TextChoices], *, name: str) -> models.CheckConstraint:
    """A CHECK that holds a text column to its choices, in the database and not only in a form."""
    return models.CheckConstraint(condition=models.Q(**{f"{field}__in": choices.values}), name=name)


def between(field: str, low: float, high: float, *, name: str) -> models.CheckConstraint:
    """A CHECK that holds a number to low..high, both included; NULL passes."""
    return models.CheckConstraint(condition=models.Q(**{f"{field}__gte": low, f"{field}__lte": high}), name=name)
