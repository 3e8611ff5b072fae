"""Why somebody did not get it, what their digest would be, and who is next."""

import datetime as dt

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from notify import dry_run, reasons, why
from notify.kinds import KINDS
from notify.models import Delivery, Device, Preference, SuppressionReason, SuppressionScope
from notify.services import circuits, gate, outbox, suppressions
from tests import factories
from tests.notify.outbox import mail, reader
from web import heartbeat

pytestmark = pytest.mark.django_db

SQUARES = [(kind.slug, channel) for kind in KINDS.values() for channel in kind.channels]


@pytest.fixture
def films() -> None:
    """Enough that a newcomer has something to be told of."""
    for _ in range(8):
        factories.movie(popularity_score=50)


@pytest.fixture(autouse=True)
def _worker_is_alive() -> None:
    heartbeat.beat()


def words(answer) -> str:
    return answer.content.decode()


def obstacle(user: User, kind: str = "digest", channel: str = "email") -> str:
    found = why.look(user=user, kind=kind, channel=channel).obstacle
    return found.reason or str(found.said) if found else ""


def closed(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def simulated(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_simulated=True)


def unconfirmed(user: User) -> None:
    EmailAddress.objects.filter(user=user).update(verified=False)


def unwilling(user: User) -> None:
    Preference.objects.filter(user=user).update(weekly_digest=False)


def on_holiday(user: User) -> None:
    Preference.objects.filter(user=user).update(paused_until=timezone.now() + dt.timedelta(days=9))


def on_the_list(user: User) -> None:
    suppressions.add(address=user.email, reason=SuppressionReason.COMPLAINT, scope=SuppressionScope.BULK)


STATES = [closed, simulated, unconfirmed, unwilling, on_holiday, on_the_list]


@pytest.mark.parametrize("state", STATES)
def test_the_page_and_the_gate_give_the_same_reason(films, state):
    person = reader()
    row = mail(person)
    state(person)
    person.refresh_from_db()
    assert obstacle(person) == gate.reason_not_to_send(row) != ""


def test_where_the_gate_lets_a_mail_pass_the_page_finds_nothing_either(films):
    person = reader(next_due_at=timezone.now() + dt.timedelta(days=2))
    assert gate.reason_not_to_send(mail(person)) == ""
    assert obstacle(person) == ""


def test_too_few_films_stand_in_the_way():
    assert obstacle(reader(next_due_at=timezone.now())) == reasons.NOTHING_TO_SAY


def test_a_date_that_was_never_set_is_found(films):
    assert "None is set" in obstacle(reader())


def test_a_worker_that_stands_still_is_found(films):
    cache.delete(heartbeat.KEY)
    assert "no sign of life" in obstacle(reader(next_due_at=timezone.now()))


def test_a_push_needs_a_device():
    person = reader(push_recommendations=True)
    assert obstacle(person, "picks", "push") == reasons.NO_DEVICE
    Device.objects.create(user=person, device_type="web", token="https://push.example/1")
    assert obstacle(person, "picks", "push") == ""


def test_a_closed_way_out_and_quiet_hours_delay_and_are_told_as_such():
    person = reader(quiet_start=dt.time(0), quiet_end=dt.time(23, 59))
    circuits.failed(name="email", error="refused")
    found = why.look(user=person, kind="picks", channel="email", now=dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC))
    assert [str(step.name) for step in found.steps if step.ok is None] == ["Quiet hours", "Way out"]
    assert found.obstacle is None


@pytest.mark.parametrize(("kind", "channel"), SQUARES)
def test_every_square_of_the_matrix_can_be_asked_about(desk, kind, channel):
    person = reader()
    answer = desk.get(reverse("notify:mail_why"), {"person": person.email, "message": f"{kind}:{channel}"})
    assert answer.status_code == 200
    assert answer.context["verdict"].steps


def test_the_page_shows_the_last_rows_with_their_reasons(desk):
    person = reader()
    outbox.skip(user=person, kind="digest", channel="email", key="digest:x", reason=reasons.LATE)
    for number in range(11):
        mail(person, key=f"digest:{number}")
    page = words(desk.get(reverse("notify:mail_why"), {"person": person.pk}))
    assert page.count('class="tag">Scheduled') == 10
    outbox.skip(user=person, kind="digest", channel="email", key="digest:y", reason=reasons.LATE)
    assert str(reasons.SENTENCES[reasons.LATE]) in words(desk.get(reverse("notify:mail_why"), {"person": person.pk}))


@pytest.mark.parametrize("name", ["mail_why", "digest_preview"])
def test_a_name_of_several_people_asks_who_is_meant_and_keeps_the_question(desk, name):
    for _ in range(2):
        User.objects.filter(pk=reader().pk).update(first_name="Ada")
    answer = desk.get(reverse(f"notify:{name}"), {"person": "ada", "message": "picks:push"})
    assert len(answer.context["many"]) == 2
    assert "Who is meant?" in words(answer)
    if name == "mail_why":
        assert "message=picks%3Apush" in words(answer)


@pytest.mark.parametrize("name", ["mail_why", "digest_preview"])
@pytest.mark.parametrize("person", ["nobody@example.org", "\x00", "%", "", "x" * 300, "9" * 30])
def test_nobody_and_nonsense_break_nothing(desk, name, person):
    assert desk.get(reverse(f"notify:{name}"), {"person": person, "message": "x"}).status_code == 200


def test_addresses_are_read_by_administrators_alone(desk, client, films):
    person = reader(email="ada@example.org")
    client.force_login(factories.user(is_staff=True))
    for name in ("mail_why", "digest_preview"):
        asked = {"person": str(person.pk)}
        assert "ada@example.org" in words(desk.get(reverse(f"notify:{name}"), asked))
        assert "ada@example.org" not in words(client.get(reverse(f"notify:{name}"), asked))


def test_a_digest_is_shown_with_size_links_text_and_headers(desk, films):
    person = reader()
    page = words(desk.get(reverse("notify:digest_preview"), {"person": person.email}))
    assert "List-Unsubscribe" in page
    assert "KB" in page
    assert "all of them lead somewhere" in page
    frame = desk.get(reverse("notify:digest_frame", args=[person.pk]), {"scheme": "dark"})
    assert frame.headers["Content-Security-Policy"].startswith("sandbox;")
    assert "prefers-color-scheme" not in words(frame)


def test_looking_at_a_digest_writes_nothing(desk, films):
    desk.get(reverse("notify:digest_preview"), {"person": reader().email})
    assert not Delivery.objects.exists()


def test_too_few_films_make_no_preview(desk):
    person = reader()
    assert "too little to say" in words(desk.get(reverse("notify:digest_preview"), {"person": person.email}))
    assert desk.get(reverse("notify:digest_frame", args=[person.pk])).status_code == 404
    desk.post(reverse("notify:digest_test", args=[person.pk]))
    assert not Delivery.objects.exists()


def test_staff_send_a_digest_to_themselves_and_it_is_marked_as_a_test(desk, admin, films, sink):
    person = reader()
    desk.post(reverse("notify:digest_test", args=[person.pk]))
    made = Delivery.objects.get()
    assert (made.recipient, made.user, made.is_test) == (admin.email, person, True)
    assert made.status == "sent"


@pytest.mark.parametrize("pk", [404, 2**63])
def test_a_person_who_does_not_exist_is_not_found(desk, pk):
    assert desk.get(reverse("notify:digest_frame", args=[pk])).status_code == 404
    assert desk.post(reverse("notify:digest_test", args=[pk])).status_code == 404


def test_the_dry_run_counts_each_by_their_reason(films):
    for state in STATES:
        state(reader())
    reader()
    factories.user()  # never asked for a digest
    assert dict(dry_run.run().counts) == {
        "": 1,
        reasons.INACTIVE: 1,
        reasons.SIMULATED: 1,
        reasons.UNVERIFIED: 1,
        reasons.UNWANTED: 2,
        reasons.PAUSED: 1,
        reasons.SUPPRESSED: 1,
    }


def test_the_dry_run_looks_for_films_of_those_who_are_due_first(desk):
    later, sooner = (reader(next_due_at=timezone.now() + dt.timedelta(days=days)) for days in (3, 1))
    found = dry_run.run()
    assert [line.user for line in found.lines] == [sooner, later]
    assert {line.reason for line in found.lines} == {reasons.NOTHING_TO_SAY}
    page = words(desk.get(reverse("notify:mail_dry_run")))
    assert "2 of them have too few." in page
    assert not Delivery.objects.exists()


def test_the_dry_run_costs_the_same_with_more_people_than_it_shows(films, monkeypatch, django_assert_max_num_queries):
    monkeypatch.setattr(dry_run, "SHOWN", 1)
    reader()
    with django_assert_max_num_queries(30) as few:
        dry_run.run()
    for _ in range(5):
        reader()
    with django_assert_max_num_queries(len(few)):
        dry_run.run()
