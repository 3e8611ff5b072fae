"""What the log of activity keeps of somebody who has left."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from insights.models import ActivityLog
from tests import factories

TRACES = {
    "session_id": "abc",
    "ip_address": "192.0.2.7",
    "user_agent": "A browser",
    "referer": "https://example.org/",
    "metadata": {"query": "my street"},
}


def log(user: User) -> ActivityLog:
    return ActivityLog.objects.create(user=user, action_type="movie_view", movie=factories.movie(), **TRACES)


@pytest.fixture
def closed(member: Client, viewer: User, stranger: User) -> dict[str, ActivityLog]:
    kept = {"viewer": log(viewer), "stranger": log(stranger)}
    assert member.post(reverse("accounts:close"), {"password": "open sesame 42"}).status_code == 302
    for row in kept.values():
        row.refresh_from_db()
    return kept


def test_nothing_in_the_log_leads_back_to_a_closed_account(closed):
    row = closed["viewer"]
    assert [row.user_id, *(getattr(row, name) for name in TRACES)] == [None] * 6


def test_what_was_counted_stays_counted(closed):
    assert (closed["viewer"].action_type, closed["viewer"].movie_id is None) == ("movie_view", False)


def test_other_peoples_rows_stay_as_they_are(closed, stranger):
    row = closed["stranger"]
    assert (row.user_id, {name: getattr(row, name) for name in TRACES}) == (stranger.pk, TRACES)
