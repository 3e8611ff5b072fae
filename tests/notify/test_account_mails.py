"""Mails about the account: they go through the outbox, come whatever was chosen, and their links are for one reader."""

import datetime as dt
import re
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.services import closing
from notify import kinds, letters, reasons, tasks, tokens, why
from notify.models import Circuit, Delivery, Preference, SuppressionReason, SuppressionScope
from notify.services import delivery, doubts, events, leases, preferences, resending, suppressions
from tests import factories
from tests.browsers import CommittingClient
from tests.notify import outbox, smtp
from tests.notify.outbox import now, reader

pytestmark = pytest.mark.django_db
PASSWORD = "open sesame 42"
NEW = "a lantern in the fog"
QUIET = {"quiet_start": dt.time(0), "quiet_end": dt.time(23, 59)}


@pytest.fixture
def client() -> Client:
    return CommittingClient()


@pytest.fixture
def person() -> User:
    return reader(email="viewer@example.org")


def forget(client: Client, email: str = "viewer@example.org"):
    """Ask for a new password."""
    return client.post(reverse("account_reset_password"), {"email": email}, follow=True)


def waiting(person: User) -> Delivery:
    """A row whose request has not committed yet."""
    forget(Client(), person.email)
    return person.deliveries.latest("id")


def read(raw: bytes) -> EmailMessage:
    return message_from_bytes(bytes(raw), policy=policy.default)


def key_in(row: Delivery) -> str:
    """What opens the account."""
    return re.search(r"/(?:password/reset/key|confirm-email)/([^/\s]+)/", words(row))[1]


def words(row: Delivery) -> str:
    return str(read(row.message).get_body(("plain",)).get_content())


def test_the_row_stands_with_its_mail_before_anything_is_sent(person):
    row = waiting(person)
    assert (row.notification_type, row.status, row.recipient) == (kinds.ACCOUNT, "scheduled", person.email)
    assert f"Message-ID: {row.message_id}".encode() in bytes(row.message)
    assert mail.outbox == []


def test_its_subject_is_its_only_heading_and_its_title(person):
    mail = read(waiting(person).message)
    html = mail.get_body(("html",)).get_content()
    assert re.findall(r"<(h\d|title)>(.*?)</", html) == [("title", mail["Subject"]), ("h1", mail["Subject"])]


def test_it_goes_out_as_soon_as_the_request_has_committed(client, person):
    forget(client)
    assert person.deliveries.get().status == "sent"
    assert [message.to for message in mail.outbox] == [["viewer@example.org"]]


def test_a_request_that_is_rolled_back_leaves_no_row_and_sends_nothing(person, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        forget(Client())
        transaction.set_rollback(True)
    assert (Delivery.objects.count(), mail.outbox) == (0, [])


def test_its_headers_say_that_a_machine_wrote_it_and_nothing_of_unsubscribing(person, settings):
    settings.DEFAULT_FROM_EMAIL = "Marquee <marquee@example.org>"
    made = read(waiting(person).message)
    assert (made["From"], made["To"]) == ("Marquee <marquee@example.org>", "viewer@example.org")
    assert (made["Auto-Submitted"], made["Content-Language"]) == ("auto-generated", "en")
    assert made["Subject"] == "Choose a new password"
    assert not {"List-Unsubscribe", "List-Unsubscribe-Post", "Precedence", "Bcc"} & set(made.keys())
    assert [part.get_content_type() for part in made.iter_parts()] == ["text/plain", "text/html"]


@pytest.mark.parametrize("name", ["Evil\r\nBcc: victim@example.org", "Win at https://evil.example", "=?utf-8?q?x?="])
def test_no_name_gets_into_the_headers_of_a_mail_to_whatever_address(person, name):
    type(person).objects.filter(pk=person.pk).update(first_name=name)
    head = bytes(waiting(person).message).partition(b"\r\n\r\n")[0].decode()
    assert "\r\nTo: viewer@example.org\r\n" in head
    assert not any(evil in head for evil in ("Bcc", "evil", "=?"))


@pytest.mark.parametrize(("language", "code"), [("de", "de"), ("zh", "zh-hans"), ("ar", "ar")])
def test_it_is_in_the_language_of_its_reader_whoever_asked_for_it(person, language, code):
    type(person).objects.filter(pk=person.pk).update(preferred_language=language)
    made = read(waiting(person).message)
    assert made["Content-Language"] == code
    assert f'<html lang="{code}"' in made.get_body(("html",)).get_content()


def test_nothing_is_lost_while_the_mail_server_is_away(client, person, sink):
    sink.stop()
    page = forget(client)
    assert page.status_code == 200
    assert "does not answer" not in page.content.decode()
    assert (person.deliveries.get().status, person.deliveries.get().attempts) == ("scheduled", 0)
    sink.start()
    Circuit.objects.all().delete()
    tasks.pump_outbox()
    assert (person.deliveries.get().status, sink.recipients) == ("sent", [person.email])


def test_who_asks_learns_nothing_of_accounts_from_a_mail_server_that_is_away(client, person, sink):
    sink.stop()
    known, unknown = (forget(client, email) for email in (person.email, "nobody@example.org"))
    token = re.compile(r"\b\w{64}\b")
    assert token.sub("", known.content.decode()) == token.sub("", unknown.content.decode())


def test_nothing_is_lost_while_the_queue_is_away(client, person, monkeypatch):
    def gone(_delivery_id: int) -> None:
        raise ConnectionError

    monkeypatch.setattr(tasks, "send_soon", gone)
    assert forget(client).status_code == 200
    assert person.deliveries.get().status == "scheduled"
    tasks.pump_outbox()
    assert person.deliveries.get().status == "sent"


def test_no_choice_no_pause_no_quiet_hours_and_no_complaint_keep_it_back(client):
    until = timezone.now() + dt.timedelta(days=9)
    person = reader(email="viewer@example.org", verified=False, weekly_digest=False, paused_until=until, **QUIET)
    suppressions.complained(address=person.email, user=person)
    forget(client)
    assert person.deliveries.get().status == "sent"


def test_a_flood_of_digests_does_not_delay_it(person):
    for _ in range(8):
        outbox.mail(person)
    row = waiting(person)
    assert delivery.claim(channel="email", limit=3)[0].id == row.id


def test_a_mailbox_that_does_not_exist_keeps_it_back_and_staff_are_told(client, person, desk):
    suppressions.add(address=person.email, reason=SuppressionReason.HARD_BOUNCE, scope=SuppressionScope.ALL)
    page = forget(client)
    assert page.status_code == 200
    row = person.deliveries.get()
    assert (row.status, row.reason, row.message) == ("skipped", reasons.SUPPRESSED, None)
    assert why.look(user=person, kind=kinds.ACCOUNT, channel="email").obstacle.reason == reasons.SUPPRESSED
    shown = desk.get(reverse("notify:mail_why"), {"person": person.email, "message": "account:email"}).content.decode()
    assert "On the list since" in shown
    assert "Quiet hours" not in shown


def in_doubt(person: User, sink: smtp.Sink) -> Delivery:
    """The server took it and said nothing any more."""
    row = waiting(person)
    sink.says("DATA", smtp.TAKE_AND_CLOSE)
    delivery.send(delivery=row)
    sink.script = lambda _step, _address: ""
    assert now(row).status == "in_doubt"
    return now(row)


def test_in_doubt_it_is_sent_again_after_a_quarter_of_an_hour(person, sink):
    row = in_doubt(person, sink)
    with time_machine.travel(timezone.now() + doubts.WAIT + leases.LEASE):
        tasks.pump_outbox()
    assert (now(row).status, now(row).message) == ("sent", None)
    assert sink.taken == [row.message_id] * 2


def shown(desk: Client, row: Delivery) -> str:
    """Everything that staff see of a message."""
    pages = [desk.get(reverse(f"notify:{name}", args=[row.id])) for name in ("mail", "mail_preview")]
    return "".join(page.content.decode() for page in [*pages, desk.get(reverse("notify:mails"))])


def test_staff_never_see_a_link_that_works(person, desk, sink):
    doubtful = in_doubt(person, sink)
    row = waiting(person)
    assert key_in(row) not in shown(desk, row)
    assert key_in(doubtful) not in shown(desk, doubtful)
    assert "Open this link to choose a new password" in shown(desk, row)
    delivery.send(delivery=row)
    assert key_in(row) not in shown(desk, now(row))
    assert "Open this link to choose a new password" in shown(desk, now(row))


def test_the_row_of_a_sent_one_has_neither_the_bytes_nor_the_link(person):
    row = waiting(person)
    key = key_in(row)
    assert delivery.send(delivery=row).status == "sent"
    left = Delivery.objects.filter(id=row.id).values().get()
    assert left["message"] is None
    assert key not in str(left)
    assert "/password/reset/key/" not in left["content"]


@pytest.mark.parametrize(
    ("step", "answer", "status"),
    [("RCPT", "550 5.1.1 nobody here", "bounced"), ("DATA", "554 5.6.0 not this", "failed")],
)
def test_one_that_is_refused_keeps_no_bytes_either(person, sink, step, answer, status):
    row = waiting(person)
    sink.says(step, answer)
    delivery.send(delivery=row)
    assert (now(row).status, now(row).message) == (status, None)


def test_one_that_failed_too_often_keeps_no_bytes_either(person, sink):
    row = waiting(person)
    Delivery.objects.filter(id=row.id).update(attempts=5)
    sink.says("DATA", "450 4.3.0 not now")
    delivery.send(delivery=now(row))
    assert (now(row).status, now(row).reason, now(row).message) == ("failed", reasons.GAVE_UP, None)


@pytest.mark.parametrize("event", ["accepted", "delivered", "hard_bounce", "confirmed"])
def test_a_doubtful_one_loses_its_bytes_when_a_report_settles_it(person, sink, event):
    row = in_doubt(person, sink)
    assert row.message is not None
    events.record(event=event, message_id=row.message_id)
    assert now(row).status != "in_doubt"
    assert now(row).message is None


def test_other_mails_keep_their_bytes():
    assert delivery.send(delivery=outbox.mail()).message


def test_staff_cannot_send_a_sent_one_again_and_are_told_why(person, desk, admin):
    row = delivery.send(delivery=waiting(person))
    assert "Mails about an account are not kept" in shown(desk, row)
    with pytest.raises(resending.Refused):
        resending.resend(delivery=row, actor=admin, reason="x", nonce="a" * 32)


def test_a_doubtful_one_can_be_sent_again_by_staff_and_loses_its_bytes_then(person, admin, sink):
    row = in_doubt(person, sink)
    Circuit.objects.all().delete()
    made = resending.resend(delivery=row, actor=admin, reason="x", nonce="a" * 32)
    assert delivery.send(delivery=made).status == "sent"
    assert now(made).message is None


def test_every_address_of_a_link_that_acts_for_its_reader_is_cut(person):
    reset = reverse("account_reset_password_from_key", kwargs={"uidb36": "1", "key": "secret-key"})
    for path in (reset, reverse("account_confirm_email", args=["MQ:secret:key"])):
        assert "secret" not in letters.cut(f"Open http://testserver{path} now")


def signed_in(person: User) -> Client:
    person.set_password(PASSWORD)
    person.save()
    client = CommittingClient()
    client.force_login(person)
    return client


ACTS = {
    "added": ("account_email", {"action_add": "1", "email": "third@example.org"}, "third@example.org"),
    "main": ("account_email", {"action_primary": "1", "email": "second@example.org"}, "viewer@example.org"),
    "removed": ("account_email", {"action_remove": "1", "email": "second@example.org"}, "viewer@example.org"),
    "changed": ("account_change_password", {"oldpassword": PASSWORD, "password1": NEW}, "viewer@example.org"),
    "asked": ("account_reset_password", {"email": "second@example.org"}, "second@example.org"),
}


@pytest.mark.parametrize("act", ACTS)
def test_each_mail_is_a_row_of_whoever_it_is_about_and_says_no_more_to_staff_than_they_need(person, act):
    EmailAddress.objects.create(user=person, email="second@example.org", verified=True)
    page, said, recipient = ACTS[act]
    signed_in(person).post(reverse(page), said, headers={"user-agent": "Netscape"})
    row = person.deliveries.get()
    assert (row.recipient, row.status) == (recipient, "sent")
    assert not any(word in row.content for word in ("127.0.0.1", "Netscape", "d@example.org", "r@example.org", "http"))


def test_who_joins_is_written_to(client):
    client.post(reverse("account_signup"), {"email": "new@example.org", "password1": NEW})
    row = User.objects.get(email="new@example.org").deliveries.get()
    assert (row.recipient, row.subject, row.status) == ("new@example.org", "Confirm your e-mail address", "sent")


def test_who_joins_a_second_time_is_written_to_as_the_person_they_are(client, person):
    client.post(reverse("account_signup"), {"email": person.email, "password1": NEW})
    assert person.deliveries.get().subject.startswith("You already have an account")


def test_an_address_of_nobodys_gets_its_mail_without_a_row(client):
    forget(client, "nobody@example.org")
    (sent,) = mail.outbox
    assert (sent.to, sent.extra_headers) == (["nobody@example.org"], {"Auto-Submitted": "auto-generated"})
    assert "There is no account with this address" in sent.alternatives[0].content
    assert not Delivery.objects.exists()


def test_somebody_whose_account_is_switched_off_is_told_as_before_that_there_is_none(client):
    factories.user(email="gone@example.org", is_active=False)
    forget(client, "gone@example.org")
    assert "There is no account with this address" in mail.outbox[0].body
    assert not Delivery.objects.exists()


def test_an_address_that_only_a_mail_server_can_love_is_written_to_all_the_same(client):
    factories.user(email='"a\\ b"@example.org')
    assert forget(client, '"a\\ b"@example.org').status_code == 200
    assert mail.outbox[0].subject == "Choose a new password"


def test_a_mail_without_a_row_goes_to_the_domain_that_was_typed(sink):
    tasks.send_apart.call_local("nobody@straße.example", "No account", "There is none.", "")
    assert sink.recipients == ["nobody@xn--strae-oqa.example"]


def test_it_is_no_choice_anywhere(person, desk):
    client = signed_in(person)
    assert 'value="account:' not in client.get(reverse("notify:preferences")).content.decode()
    refused = client.post(reverse("notify:preferences_kinds"), {"squares": ["account:email"]})
    assert refused.status_code == 422
    client.post(reverse("notify:unsubscribe", args=[tokens.unsubscribe(person, kinds.ACCOUNT)]))
    with pytest.raises(KeyError):
        preferences.choose(user=person, kind=kinds.ACCOUNT, channel="email", enabled=False)
    assert Preference.objects.get(user=person).weekly_digest
    assert '<option value="account"' not in client.get(reverse("notify:inbox")).content.decode()
    assert '<option value="account"' in desk.get(reverse("notify:mails")).content.decode()


def test_closing_the_account_takes_them_along(person):
    delivery.send(delivery=waiting(person))
    waiting(person)
    closing.close(user=person)
    assert not Delivery.objects.exists()
