"""The sums of a random log, counted a second time in plain Python, one person after the other."""

import random
from collections import defaultdict
from datetime import timedelta

import numpy as np
import pytest

from insights.models import ActivityLog
from insights.services import snapshots
from tests.insights import trials
from tests.insights.trials import DAY, START

pytestmark = pytest.mark.django_db
ACTS = ("rating_submit", "favorite_add", "watchlist_add", "like_add", "dislike_add", "seen_add")
OTHERS = ("movie_view", "movie_search", "not_interested_add", "email_open")
END = START + 28 * DAY
AT = END + 3 * DAY


def made(seed):
    """Thirty people an arm with some forty rows each, from five weeks before their exposure until after the end."""
    draw, trial, films = random.Random(seed), trials.experiment(), trials.catalogue(6)
    people = {}
    for variant in "ab":
        for _ in range(30):
            since = START + timedelta(seconds=draw.randrange(14 * 86400))
            people[trials.person(trial, variant, since=since)] = (variant, since)
    rows = []
    for user, (_variant, since) in people.items():
        moment = since - 35 * DAY
        while moment < AT + DAY and len(rows) < 10_000:
            moment += timedelta(seconds=draw.choice([60, 600, 1700, 1900, 86400, 3 * 86400]))
            action = draw.choice(ACTS + OTHERS)
            said = {"rating": draw.randint(1, 10) / 2} if action == "rating_submit" else None
            said = {"crowd": "bot"} if draw.random() < 0.05 else said
            session = draw.choice(["s", "s", None])
            rows.append((user, action, draw.choice(films), moment, session, said))
    ActivityLog.objects.bulk_create(
        ActivityLog(user=user, action_type=action, movie_id=film, timestamp=at, session_id=session, metadata=said)
        for user, action, film, at, session, said in rows
    )
    return trial, people, [row for row in rows if not (row[5] or {}).get("crowd") and row[3] < AT]


def counted(since, rows):
    """What one person did, as docs/experiments.md says it."""
    acts = [row for row in rows if row[1] in ACTS]
    during = [row for row in acts if since <= row[3] < END]
    before = [row for row in acts if since - 28 * DAY <= row[3] < since]
    last = {row[2]: (row[5] or {}).get("rating") for row in during if row[1] == "rating_submit"}
    stars = [value for value in last.values() if value is not None]
    converting = [row for row in acts if row[1] in ("rating_submit", "watchlist_add")]
    visits = [row for row in rows if row[1] != "email_open"]
    return {
        "acts": len({row[1:3] for row in during}),
        "acts_before": len({row[1:3] for row in before}),
        "converted": any(since <= row[3] < since + 7 * DAY for row in converting),
        "stars": sum(stars),
        "rated": len(stars),
        "seconds": seconds(visits, since, END),
        "seconds_before": seconds(visits, since - 28 * DAY, since),
        "back": since + 14 * DAY <= AT and any(since + 7 * DAY <= row[3] < since + 14 * DAY for row in visits),
    }


def seconds(rows, start, end):
    times = [row[3] for row in rows if row[4] and start <= row[3] < end]
    gaps = [(later - earlier).total_seconds() for earlier, later in zip(times, times[1:], strict=False)]
    return sum(gap for gap in gaps if gap <= 1800)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_database_counts_as_the_definitions_say(seed):
    trial, people, rows = made(seed)
    of = defaultdict(list)
    for row in rows:
        of[row[0]].append(row)
    found = {user: counted(since, of[user]) for user, (_variant, since) in people.items()}
    for name in ("acts", "acts_before", "seconds", "seconds_before"):
        cap = np.quantile([one[name] for one in found.values()], 0.99)
        for one in found.values():
            one[name] = min(one[name], cap)
    arms = snapshots.measure(trial, at=AT)["arms"]
    for arm in "ab":
        mine = [found[user] for user, (variant, _since) in people.items() if variant == arm]
        for name in mine[0]:
            assert arms[arm][name] == pytest.approx(sum(one[name] for one in mine), abs=1e-6), name
        assert arms[arm]["acts*acts_before"] == pytest.approx(sum(one["acts"] * one["acts_before"] for one in mine))
