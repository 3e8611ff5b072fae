"""Acts arrive from the other apps, and people who leave are forgotten, in the table and in the spools."""

import threading

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.services import closing, consent
from insights.models import ActivityLog
from insights.services import activity, flusher, ingest
from notify import tokens
from notify.services import events, preferences
from recs.services import interactions
from tests import factories
from tests.notify import outbox

BROWSER = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
TRACES = ("user_id", "session_id", "ip_address", "user_agent", "referer", "metadata")


@pytest.fixture
def consenting(viewer):
    viewer.data_usage_consent = True
    viewer.save()
    return viewer


def logged() -> list[ActivityLog]:
    activity.flush()
    return list(ActivityLog.objects.order_by("id"))


def leave_a_trace(user: User) -> None:
    client = Client(headers=BROWSER)
    client.force_login(user)
    client.get(factories.movie().get_absolute_url())


@pytest.mark.django_db
def test_a_rating_is_logged_with_its_stars(consenting, django_capture_on_commit_callbacks):
    movie = factories.movie()
    with django_capture_on_commit_callbacks(execute=True):
        interactions.rate(user=consenting, movie=movie, rating=4.5)
    (row,) = logged()
    assert (row.action_type, row.user_id, row.movie_id, row.metadata) == (
        "rating_submit",
        consenting.pk,
        movie.pk,
        {"rating": 4.5},
    )


@pytest.mark.django_db(transaction=True)
def test_a_rating_on_a_page_knows_session_and_browser(consenting):
    client = Client(headers=BROWSER)
    client.force_login(consenting)
    movie = factories.movie()
    assert client.post(reverse("recs:rate", args=[movie.slug]), {f"{movie.pk}-rating": "4"}).status_code == 302
    (row,) = logged()
    assert (row.action_type, row.user_agent) == ("rating_submit", BROWSER["user-agent"])
    assert row.session_id


PROGRAM = {"user-agent": "Mozilla/5.0 (compatible; MailBot/1.0)"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("headers", [BROWSER, PROGRAM, {"user-agent": ""}])
def test_whoever_unsubscribes_counts_as_a_person_whichever_program_says_it(consenting, headers):
    preferences.choose(user=consenting, kind="digest", channel="email", enabled=True)
    there = reverse("notify:unsubscribe", args=[tokens.unsubscribe(consenting, "digest")])
    for _ in range(2):
        Client(headers=headers).post(there, {"List-Unsubscribe": "One-Click"})
    (row,) = logged()
    assert (row.action_type, row.user_id, row.source) == ("unsubscribe", consenting.pk, "email")
    assert (row.user_agent, row.ip_address, row.metadata) == (None, None, None)


@pytest.mark.django_db(transaction=True)
def test_leaving_at_the_provider_is_logged_and_looking_at_the_page_is_not(consenting):
    preferences.choose(user=consenting, kind="digest", channel="email", enabled=True)
    Client().get(reverse("notify:unsubscribe", args=[tokens.unsubscribe(consenting, "digest")]))
    assert logged() == []
    events.record(event="unsubscribed", delivery=outbox.mail(consenting))
    assert [row.action_type for row in logged()] == ["unsubscribe"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "action"),
    [
        ("favorite", "favorite_add"),
        ("watchlist", "watchlist_add"),
        ("like", "like_add"),
        ("dislike", "dislike_add"),
        ("not_interested", "not_interested_add"),
        ("view", "seen_add"),
    ],
)
def test_a_mark_is_logged_when_it_is_set_and_not_when_it_is_taken_away(
    consenting, kind, action, django_capture_on_commit_callbacks
):
    movie = factories.movie()
    with django_capture_on_commit_callbacks(execute=True):
        interactions.mark(user=consenting, movie=movie, kind=kind, on=True)
        interactions.mark(user=consenting, movie=movie, kind=kind, on=False)
    assert [row.action_type for row in logged()] == [action]


@pytest.mark.django_db
def test_an_act_that_was_rolled_back_is_not_logged(consenting, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        interactions.rate(user=consenting, movie=factories.movie(), rating=3)
        transaction.set_rollback(True)
    assert logged() == []


@pytest.mark.django_db
def test_what_people_bring_from_elsewhere_did_not_happen_here(consenting, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        interactions.rate(user=consenting, movie=factories.movie(), rating=3, source="import")
    assert logged() == []


@pytest.mark.django_db
def test_an_act_of_somebody_who_has_not_consented_is_counted_without_them(viewer, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        interactions.rate(user=viewer, movie=factories.movie(), rating=3)
    (row,) = logged()
    assert (row.action_type, row.user_id) == ("rating_submit", None)


@pytest.mark.django_db
@pytest.mark.parametrize("loaded_before", [True, False])
def test_a_closed_account_is_forgotten_in_the_table_and_in_the_spool(consenting, loaded_before):
    leave_a_trace(consenting)
    if loaded_before:
        assert [row.user_id for row in logged()] == [consenting.pk]
    closing.close(user=consenting)
    (row,) = logged()
    assert [getattr(row, name) for name in TRACES] == [None] * 6
    assert (row.action_type, row.movie_id is None) == ("movie_view", False)


@pytest.mark.django_db
@pytest.mark.parametrize("loaded_before", [True, False])
def test_who_withdraws_their_consent_is_forgotten_in_the_table_and_in_the_spool(consenting, loaded_before):
    leave_a_trace(consenting)
    if loaded_before:
        logged()
    client = Client()
    client.force_login(consenting)
    assert client.post(reverse("accounts:privacy"), {"allow_demographic_targeting": "on"}).status_code == 302
    (row,) = logged()
    assert [getattr(row, name) for name in TRACES] == [None] * 6


@pytest.mark.django_db
def test_who_only_changes_something_else_stays_known(consenting):
    leave_a_trace(consenting)
    consent.save(user=consenting, changed=["allow_demographic_targeting"])
    (row,) = logged()
    assert row.user_id == consenting.pk


@pytest.mark.django_db(transaction=True)
def test_an_account_closed_while_a_spool_is_loaded_is_forgotten_and_closes(monkeypatch, consenting):
    leave_a_trace(consenting)
    loading, copied = threading.Event(), ingest._copy

    def slow(rows: object) -> int:
        loading.set()
        closer.join(timeout=1)  # it waits for the lock of this load
        return copied(rows)

    def close() -> None:
        loading.wait(5)
        closing.close(user=User.objects.get(pk=consenting.pk))
        connection.close()

    closer = threading.Thread(target=close)
    monkeypatch.setattr(ingest, "_copy", slow)
    closer.start()
    assert flusher.mine().flush() == 1
    closer.join(timeout=10)
    (row,) = ActivityLog.objects.all()
    assert [getattr(row, name) for name in TRACES] == [None] * 6
    assert not User.objects.filter(pk=consenting.pk).exists()
