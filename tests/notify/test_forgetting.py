"""What of somebody's messages stays when they close their account, and what moves when they move."""

import datetime as dt

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.services import closing
from notify import addresses, schedule
from notify.models import (
    Choice,
    Delivery,
    DeliveryEvent,
    Device,
    EventKind,
    InboxNotification,
    Preference,
    Suppression,
    SuppressionReason,
    SuppressionScope,
)
from notify.services import events, inbox, preferences, suppressions, zones
from tests.notify.outbox import mail, reader

pytestmark = pytest.mark.django_db

ADDRESS = "ada.lovelace@example.org"
KEPT = {"DeliveryEvent", "Suppression"}


def everything(person) -> None:
    """One of each row that notify keeps about somebody."""
    row = mail(person, key=f"digest:{person.pk}:2026-W40")
    said = {"said": f"550 <{person.email}>: no such user"}
    events.record(event=EventKind.HARD_BOUNCE, delivery=row, provider_key="1", detail=said)
    suppressions.add(address=person.email, reason=SuppressionReason.HARD_BOUNCE, scope=SuppressionScope.ALL)
    inbox.tell(user=person, kind="picks", key="picks:1")
    Choice.objects.create(user=person, kind="watchlist_release", channel="push", enabled=True)
    Device.objects.create(user=person, device_type="web", token="https://push.example/1")


def test_of_a_closed_account_only_the_hash_of_a_suppressed_address_stays():
    person = reader(email=ADDRESS)
    everything(person)
    closing.close(user=person)
    for model in apps.get_app_config("notify").get_models():
        assert model.__name__ in KEPT or not model.objects.exists(), model.__name__
    for row in [*DeliveryEvent.objects.all(), *Suppression.objects.all()]:
        said = repr({name: value for name, value in vars(row).items() if name != "_state"})
        assert "lovelace" not in said
        assert row.address_hash == addresses.hashed(ADDRESS)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM notification_keys")
        assert cursor.fetchone() == (0,)
    event = DeliveryEvent.objects.get()
    assert (event.delivery_id, event.message_id, event.detail) == (None, "", {})


def test_the_messages_of_others_stay_as_they_are():
    other, person = mail(), reader(email=ADDRESS)
    events.record(event=EventKind.DEFERRED, delivery=other, provider_key="1", detail={"said": "450 later"})
    everything(person)
    closing.close(user=person)
    assert Delivery.objects.get().id == other.id
    assert DeliveryEvent.objects.get(delivery_id=other.id).detail == {"said": "450 later"}
    assert Preference.objects.get().user == other.user


def test_an_address_that_was_suppressed_stays_so_for_whoever_joins_with_it_next():
    person = reader(email=ADDRESS)
    everything(person)
    closing.close(user=person)
    assert suppressions.of(address=ADDRESS.upper())


def test_the_settings_of_language_and_region_move_the_digest():
    person = reader(timezone="UTC", next_due_at=dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC))
    client = Client()
    client.force_login(person)
    said = {"preferred_language": "en", "preferred_timezone": "Asia/Tokyo", "theme": "system"}
    client.post(reverse("accounts:region"), said)
    kept = preferences.of(person)
    assert kept.timezone == "Asia/Tokyo"
    there = (kept.next_due_at - schedule.jitter(person.pk)).astimezone(schedule.zone("Asia/Tokyo"))
    assert (there.weekday(), there.hour) == (0, 9)


def test_saving_another_language_leaves_a_zone_chosen_for_the_digest():
    person = reader(timezone="America/Lima")
    client = Client()
    client.force_login(person)
    said = {"preferred_language": "fr", "preferred_timezone": "UTC", "theme": "system"}
    client.post(reverse("accounts:region"), said)
    assert preferences.of(person).timezone == "America/Lima"


def test_who_lived_in_a_zone_that_is_gone_is_told_once():
    now = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
    person = reader(timezone="Mars/Base", next_due_at=now + dt.timedelta(days=3))
    assert zones.mend(now=now) == 1
    assert zones.mend(now=now) == 0
    line = InboxNotification.objects.get(user=person)
    assert "Mars/Base" in line.message
    assert line.action_url == reverse("notify:preferences")
