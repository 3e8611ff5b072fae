"""Whatever stands in the log: the database sums it as a plain reading of docs/experiments.md does, person by person."""

from collections import defaultdict
from datetime import timedelta
from typing import Any, NamedTuple

import numpy as np
import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from insights.experiments import columns
from insights.models import ActivityLog
from insights.services import snapshots
from tests.insights import trials
from tests.insights.trials import DAY, START

pytestmark = pytest.mark.django_db
ACTS = ("rating_submit", "favorite_add", "watchlist_add", "like_add", "dislike_add", "seen_add")
ACTIONS = (
    "recommendation_impression",
    "recommendation_click",
    *ACTS,
    "not_interested_add",
    "unsubscribe",
    "movie_view",
    "email_open",
)
END, AT = START + 20 * DAY, START + 30 * DAY
MINUTE = timedelta(minutes=1)
ODD = ({}, {"films": "all", "took_ms": "soon", "rating": None, "competitive": True}, None)


class Happened(NamedTuple):
    person: int
    action: str
    minutes: int  # from the person's exposure
    film: int
    page: int
    flavour: int
    number: int


def some_log() -> some.SearchStrategy[list[Happened]]:
    """Rows near everything that matters: exposure, the minute before, seven days, fourteen, the end, 28 days before."""
    near = [-28 * 1440, -31, -30, -1, 0, 1, 29, 30, 31, 7 * 1440, 14 * 1440, 20 * 1440, 30 * 1440]
    moments = some.builds(int.__add__, some.sampled_from(near), some.integers(-2, 2))
    row = some.builds(
        Happened,
        person=some.integers(0, 2),
        action=some.sampled_from(ACTIONS),
        minutes=moments,
        film=some.integers(0, 1),
        page=some.integers(0, 2),
        flavour=some.integers(0, 7),
        number=some.integers(0, 40),
    )
    return some.lists(row, min_size=15, max_size=60)


def said(trial: Any, row: Happened, films: list[int]) -> dict[str, Any] | None:
    """Mostly what the site writes; sometimes of another phase, of a program, or no sense at all."""
    if row.flavour == 7:
        return ODD[row.number % 3]
    tag = {"experiment": trial.pk, "phase": trial.phase + (row.flavour == 6), "arm": "ab"[row.flavour == 5]}
    place = {"page": f"p{row.page}", "row": "for-you", "served": ("popular", "hybrid")[row.flavour == 4], **tag}
    place |= {"films": films[: row.number % 4], "took_ms": row.number, "team": "ab"[row.number % 2]}
    place |= {"rating": row.number / 8, **({"crowd": "bot"} if row.flavour == 3 else {})}
    return place


def write(trial: Any, rows: list[Happened]) -> dict[Any, tuple[str, Any, list[ActivityLog]]]:
    films = trials.catalogue(3)
    people = [("ab"[number % 2], START + number * DAY) for number in range(3)]
    users = [trials.person(trial, variant, since=since) for variant, since in people]
    made = [
        ActivityLog(
            user=users[row.person],
            action_type=row.action,
            timestamp=people[row.person][1] + row.minutes * MINUTE,
            movie_id=films[row.film],
            session_id=(None, "s", "t")[row.page],
            metadata=said(trial, row, films),
        )
        for row in rows
    ]
    ActivityLog.objects.bulk_create(made)
    of = defaultdict(list)
    for log in sorted(made, key=lambda log: (log.timestamp, log.id)):
        if (log.metadata or {}).get("crowd") != "bot" and log.timestamp < AT:
            of[log.user_id].append(log)
    return {user.pk: (*people[number], of[user.pk]) for number, user in enumerate(users)}


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
        found |= {f"acts{name}": len(acts), f"stars{name}": sum(given), f"rated{name}": len(given)}
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
        slow = np.quantile(tooks, columns.LATENCY_LEVELS[columns.P95 + 1]) if tooks else 0
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
    people = write(trial, rows)
    with connection.cursor() as cursor:  # whether one process counts or several share it
        cursor.execute("SELECT set_config('parallel_setup_cost', %s, true)", ["0" if shared else "1000"])
        cursor.execute("SELECT set_config('parallel_tuple_cost', %s, true)", ["0" if shared else "0.1"])
        cursor.execute("SELECT set_config('min_parallel_table_scan_size', %s, true)", ["0" if shared else "8MB"])
    arms = snapshots.measure(trial, at=AT)["arms"]
    for arm, sums in expected(trial, people).items():
        assert {name: arms[arm][name] for name in sums} == pytest.approx(sums, rel=1e-9), arm
