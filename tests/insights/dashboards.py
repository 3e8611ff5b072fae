"""What tests of the dashboards need: days in the past, and rows of the log as the site writes them."""

import csv
import datetime
import io
from typing import Any

from django.test import Client

from accounts.models import User
from insights.dashboards.figures import Figure
from insights.dashboards.spans import Span
from insights.models import ActivityLog
from tests import factories

Action = ActivityLog.Action
TODAY = datetime.date(2026, 5, 20)
NOON = datetime.time(12, tzinfo=datetime.UTC)


def noon(days_ago: int = 0) -> datetime.datetime:
    return datetime.datetime.combine(TODAY - datetime.timedelta(days=days_ago), NOON)


def span(days: int = 28, **said: Any) -> Span:
    return Span(TODAY - datetime.timedelta(days=days - 1), TODAY, datetime.UTC, **said)


def person(*, joined: int = 100, **fields: Any) -> User:
    """Somebody who lets us count what they do; `joined` so many days ago."""
    return factories.user(**{"data_usage_consent": True, "date_joined": noon(joined), **fields})


def log(action: str, *, ago: int = 0, **fields: Any) -> ActivityLog:
    return ActivityLog.objects.create(action_type=action, **{"timestamp": noon(ago), **fields})


def shown(*films: int, page: str = "p1", algorithm: str = "hybrid", ago: int = 0, **fields: Any) -> ActivityLog:
    said = {"row": "picks", "page": page, "films": list(films), "algorithm": algorithm, "took_ms": 12.5}
    return log(Action.RECOMMENDATION_IMPRESSION, ago=ago, metadata=said, **fields)


def clicked(
    film: int, *, page: str = "p1", algorithm: str = "hybrid", team: str = "", ago: int = 0, **fields: Any
) -> ActivityLog:
    said = {"row": "picks", "page": page, "rank": 1, "algorithm": algorithm, "team": team}
    return log(Action.RECOMMENDATION_CLICK, ago=ago, movie_id=film, metadata=said, **fields)


def named(figures: list[Figure], name: str) -> Figure:
    return next(figure for figure in figures if figure.name == name)


def lines(client: Client, path: str) -> list[list[str]]:
    """A CSV file as a spreadsheet reads it."""
    body = b"".join(client.get(path).streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(body)))
