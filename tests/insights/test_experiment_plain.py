"""Whatever stands in the log: the database sums it as a plain reading of docs/experiments.md does, person by person."""

from collections import defaultdict
from typing import Any

import numpy as np
import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from insights.experiments import columns
from insights.models import ActivityLog
from insights.services import snapshots
from tests.insights import trials
from tests.insights.random_logs import ACTIONS, ACTS, AT, END, MINUTE, PEOPLE, Happened, logged, people, some_log
from tests.insights.trials import DAY

pytestmark = pytest.mark.django_db


def write(trial: Any, rows: list[Happened]) -> dict[Any, tuple[str, Any, list[ActivityLog]]]:
    users = people(trial)
    of = defaultdict(list)
    for log in sorted(logged(trial, users, rows), key=lambda log: (log.timestamp, log.id)):
        if (log.metadata or {}).get("crowd") != "bot" and log.timestamp < AT:
            of[log.user_id].append(log)
    return {user.pk: (*PEOPLE[number], of[user.pk]) for number, user in enumerate(users)}


def number(log: ActivityLog, key: str) -> float | None:
    value = (log.metadata or {}).get(key)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def once(logs: list[ActivityLog], *keys: Any) -> list[ActivityLog]:
    """The last written of each."""
    return list({tuple(key(log) for key in keys): log for log in logs}.values())


def page_of(log: ActivityLog) -> str:
    return (log.metadata or {}).get("page") or str(log.id)


def films_of(log: ActivityLog) -> int:
    films = (log.metadata or {}).get("films")
    return len(films) if isinstance(films, list) else 0


def counted(trial: Any, variant: str, since: Any, logs: list[ActivityLog]) -> dict[str, Any]:
    """One person, as docs/experiments.md says it; `tooks` are their lists' milliseconds."""
    tag = (str(trial.pk), str(trial.phase))
    logs = [log for log in logs if log.timestamp >= since - 28 * DAY]
    picks = [log for log in logs if log.action_type in ACTIONS[:2]]

    def ours(log: ActivityLog) -> bool:
        told = log.metadata or {}
        return (str(told.get("experiment")), str(told.get("phase"))) == tag

    mine = [log for log in picks if ours(log) and since - MINUTE <= log.timestamp < END]
    past = [log for log in picks if not ours(log) and log.timestamp < since]
    found: dict[str, Any] = {}
    for name, part in (("", mine), ("_before", past)):
        lists = once([log for log in part if log.action_type == ACTIONS[0]], page_of, row_of)
        clicks = once([log for log in part if log.action_type == ACTIONS[1]], page_of, lambda log: log.movie_id)
        found |= {f"clicks{name}": len(clicks), f"impressions{name}": sum(map(films_of, lists))}
        if part is mine:
            planned = {"a": "popular", "b": "hybrid"}[variant]
            served = [(log.metadata or {}).get("served") for log in lists]
            found |= {"lists": len(lists), "empty": sum(films_of(log) == 0 for log in lists)}
            found["fallback"] = sum(one is not None and one != planned for one in served)
            found["tooks"] = [took for log in lists if (took := number(log, "took_ms")) is not None]
            arms = {(log.metadata or {}).get("arm", variant) for log in [*lists, *clicks]}
            found["crossed"] = int(arms - {variant} != set())
    return found | acted(since, logs) | stayed(since, logs)


def row_of(log: ActivityLog) -> Any:
    return (log.metadata or {}).get("row")


def acted(since: Any, logs: list[ActivityLog]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, first, behind in (("", since, END), ("_before", since - 28 * DAY, since)):
        part = [log for log in logs if first <= log.timestamp < behind]
        acts = once([log for log in part if log.action_type in ACTS], kind_of, lambda log: log.movie_id)
        stars = [number(log, "rating") for log in acts if log.action_type == "rating_submit"]
        given = [value for value in stars if value is not None]
        found[f"acts{name}"] = len(acts)
        if not name:
            found |= {"stars": sum(given), "rated": len(given)}
    during = [log for log in logs if since <= log.timestamp < END]
    found["unwanted"] = len({log.movie_id for log in during if log.action_type == "not_interested_add"})
    found["left_mail"] = int(any(log.action_type == "unsubscribe" for log in during))
    converting = [log.timestamp for log in logs if log.action_type in ("rating_submit", "watchlist_add")]
    found["converted"] = int(any(since <= at < since + 7 * DAY for at in converting))
    found["converted_before"] = int(any(at < since for at in converting))
    return found


def kind_of(log: ActivityLog) -> str:
    return log.action_type


def stayed(since: Any, logs: list[ActivityLog]) -> dict[str, Any]:
    visits = [log for log in logs if log.action_type not in ("email_open", "unsubscribe")]
    found = {"seconds": 0.0, "seconds_before": 0.0}
    for session in ("s", "t"):
        times = [log.timestamp for log in visits if log.session_id == session]
        for earlier, later in zip(times, times[1:], strict=False):
            gap = (later - earlier).total_seconds()
            if gap <= 1800 and later < since:
                found["seconds_before"] += gap
            elif gap <= 1800 and earlier >= since and later < END:
                found["seconds"] += gap
    complete = since + 14 * DAY <= AT
    back = any(since + 7 * DAY <= log.timestamp < since + 14 * DAY for log in visits)
    return {**found, "complete": int(complete), "back": int(complete and back)}


def expected(trial: Any, people: dict) -> dict[str, dict[str, float]]:
    """Sums and products of both arms."""
    found = {user: counted(trial, *told) for user, told in people.items()}
    for name in ("acts", "acts_before", "seconds", "seconds_before"):
        values = [one[name] for one in found.values()]
        cap = np.quantile(values, 0.99) or np.quantile([value for value in values if value] or [0], 0.99)
        for one in found.values():
            one[name] = min(one[name], cap)
    arms = {}
    for arm in "ab":
        mine = [found[user] for user, (variant, *_rest) in people.items() if variant == arm]
        tooks = [took for one in mine for took in one["tooks"]]
        slow = np.quantile(tooks, columns.LATENCY_LEVELS[columns.P95]) if tooks else 0
        for one in mine:
            one |= {"timed": len(one["tooks"]), "quick": sum(took <= slow for took in one["tooks"])}
        singles = [name for name in mine[0] if name != "tooks"]
        pairs = [*columns.SHOWN_PRODUCTS, *columns.ACTS_PRODUCTS, *columns.VISITS_PRODUCTS]
        pairs += [(name, name) for name in singles if name not in {*columns.UNSQUARED, "complete", "back"}]
        arms[arm] = {name: float(sum(one[name] for one in mine)) for name in singles}
        arms[arm] |= {f"{a}*{b}": float(sum(one[a] * one[b] for one in mine)) for a, b in pairs}
    return arms


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=some_log(), shared=some.booleans())
def test_every_sum_is_that_of_the_plain_definition(db, rows, shared):
    trial = trials.experiment(end_date=END)
    made = write(trial, rows)
    with connection.cursor() as cursor:  # whether one process counts or several share it
        cursor.execute("SELECT set_config('parallel_setup_cost', %s, true)", ["0" if shared else "1000"])
        cursor.execute("SELECT set_config('parallel_tuple_cost', %s, true)", ["0" if shared else "0.1"])
        cursor.execute("SELECT set_config('min_parallel_table_scan_size', %s, true)", ["0" if shared else "8MB"])
    arms = snapshots.measure(trial, at=AT)["arms"]
    for arm, sums in expected(trial, made).items():
        assert {name: arms[arm][name] for name in sums} == pytest.approx(sums, rel=1e-9), arm
