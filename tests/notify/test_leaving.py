"""Unsubscribing by a link of a mail: what the story of that mail says of it afterwards."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from notify import tokens
from notify.models import Delivery, DeliveryEvent, DeliveryStatus, EventKind
from notify.services import digests, events, preferences
from tests import factories
from tests.notify import outbox, readers

pytestmark = pytest.mark.django_db
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def row() -> Delivery:
    """A digest that was sent."""
    return sent(outbox.mail(key="digest:7:2026-W47"))


def sent(row: Delivery, status: str = DeliveryStatus.SENT) -> Delivery:
    Delivery.objects.filter(id=row.id).update(status=status)
    return outbox.now(row)


def leave(user, key: str, scope: str = "digest", *, said=ONE_CLICK):
    there = reverse("notify:unsubscribe", args=[tokens.unsubscribe(user, scope, key)])
    return Client(enforce_csrf_checks=True).post(there, said)


def told(row: Delivery) -> list[str]:
    return list(DeliveryEvent.objects.filter(delivery_id=row.id).values_list("event", flat=True))


def gets(user) -> bool:
    return preferences.wants(user=user, kind="digest", channel="email")


def test_every_way_out_of_a_mail_names_that_mail(settings):
    settings.UNSUBSCRIBE_EMAIL = "out@example.org"
    reader = readers.reader()
    row = digests.compose(reader, readers.told(reader), f"digest:{reader.pk}:2026-W47")
    head = re.search(rb"List-Unsubscribe:(.*?)List-Unsubscribe-Post", bytes(row.message), re.DOTALL)[1].decode()
    found = re.findall(r"/u/([^/]+)/", row.content) + re.findall(r"/u/([^/]+)/|unsubscribe%20([^>]+)>", head)
    read = [tokens.read_unsubscribe(one if isinstance(one, str) else "".join(one)) for one in found]
    assert {one.key for one in read} == {row.idempotency_key}
    assert sorted(one.scope for one in read) == ["all", "digest", "digest", "digest"]


@pytest.mark.parametrize("key", ["digest:7:2026-W47", "a.b/c:ü ☃", "k" * 200])
def test_any_key_comes_back_from_the_token_as_it_was(key):
    user = factories.user()
    assert tokens.read_unsubscribe(tokens.unsubscribe(user, "digest", key)) == tokens.Unsubscribe(
        user.pk, "digest", key
    )


def test_it_leaves_one_line_however_often_it_is_pressed(row):
    for _ in range(3):
        assert leave(row.user, row.idempotency_key).status_code == 200
    assert told(row) == [EventKind.UNSUBSCRIBED]
    assert not gets(row.user)


def test_staff_read_it_in_the_story_of_the_mail(row, admin):
    leave(row.user, row.idempotency_key)
    desk = Client()
    desk.force_login(admin)
    assert "Unsubscribed</strong>" in desk.get(reverse("notify:mail", args=[row.id])).content.decode()


@pytest.mark.parametrize("status", [DeliveryStatus.SENT, DeliveryStatus.IN_DOUBT, DeliveryStatus.CLICKED, "bounced"])
def test_it_moves_no_state(row, status):
    sent(row, status)
    leave(row.user, row.idempotency_key)
    assert (told(row), outbox.now(row).status) == ([EventKind.UNSUBSCRIBED], status)


def test_leaving_everything_stops_everything_and_tells_it_once(row):
    leave(row.user, row.idempotency_key, said={"scope": tokens.ALL})
    leave(row.user, row.idempotency_key, tokens.ALL)
    assert told(row) == [EventKind.UNSUBSCRIBED]
    assert not preferences.wants(user=row.user, kind="picks", channel="email")


def test_whoever_came_back_is_not_thrown_out_by_the_report_of_the_same_press(row):
    page = leave(row.user, row.idempotency_key, said={"scope": "digest"})
    leave(row.user, row.idempotency_key, said={"undo": page.context["way_back"]})
    events.record(event="unsubscribed", delivery=row)
    assert gets(row.user)


def test_links_of_old_mails_name_no_mail_and_still_unsubscribe(row):
    old = tokens._signer(tokens._UNSUBSCRIBE).sign(f"{row.user_id}.digest")
    assert old == tokens.unsubscribe(row.user, "digest")
    assert Client().post(reverse("notify:unsubscribe", args=[old]), ONE_CLICK).status_code == 200
    assert (told(row), gets(row.user)) == ([], False)


def test_a_mail_that_is_gone_or_never_was_changes_nothing(row):
    key, user = row.idempotency_key, row.user
    row.delete()
    for gone in (key, "digest:never"):
        assert leave(user, gone).status_code == 200
    assert not gets(user)
    assert not DeliveryEvent.objects.exists()


def test_somebody_elses_mail_keeps_its_story(row):
    other = outbox.reader()
    assert leave(other, row.idempotency_key).status_code == 200
    assert (told(row), gets(other), gets(row.user)) == ([], False, True)
