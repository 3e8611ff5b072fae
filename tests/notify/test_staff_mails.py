"""The delivery log, one message, and sending it again."""

import datetime as dt
import uuid
from email.message import EmailMessage

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from notify import letters, reasons
from notify.models import Delivery, DeliveryEvent, DeliveryStatus, EventKind, Preference
from notify.services import delivery, digests, events, outbox, resending
from tests import factories
from tests.notify.outbox import mail, now, reader

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
TOKEN = "https://films.example/u/3.digest.secretsignature/"


def words(answer) -> str:
    return answer.content.decode()


def log(desk: Client, **said) -> str:
    return words(desk.get(reverse("notify:mails"), said))


def became(row: Delivery, status: str, **fields) -> Delivery:
    Delivery.objects.filter(id=row.id).update(status=status, **fields)
    return now(row)


def letter(recipient: str, html: str = "") -> bytes:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "films@example.org", recipient, "Your week"
    made["Message-ID"] = "<digest.1@films.example>"
    made["List-Unsubscribe"] = f"<{TOKEN}>, <mailto:out@films.example?subject=unsubscribe%203.digest.secretsignature>"
    made.set_content(f"Six films for you. {TOKEN}")
    made.add_alternative(html or f'<html><head></head><body><a href="{TOKEN}">Leave</a></body></html>', subtype="html")
    return made.as_bytes()


def again(row: Delivery, actor, reason: str = "They asked for it.", nonce: str = "a" * 32) -> Delivery:
    return resending.resend(delivery=row, actor=actor, reason=reason, nonce=nonce)


def test_the_log_is_empty_with_a_word_on_what_will_stand_there(desk):
    assert "Nothing was sent yet" in log(desk)


def test_each_row_leads_to_its_message(desk):
    row = mail()
    assert f'href="{reverse("notify:mail", args=[row.id])}"' in log(desk)


@pytest.mark.parametrize(
    "asked",
    [
        {"status": "failed"},
        {"reason": "gave_up"},
        {"kind": "picks"},
        {"channel": "push"},
        {"q": "ada@example.org"},
        {"q": "Ada"},
        {"q": "lovelace"},
        {"since": "2030-01-02"},
    ],
)
def test_each_filter_shows_what_it_says_and_nothing_else(desk, asked):
    other = mail()
    ada = reader(email="ada@example.org", recommendation_alerts=True)
    type(ada).objects.filter(pk=ada.pk).update(first_name="Ada", last_name="Lovelace")
    row = became(mail(ada, kind="picks", channel="push"), "failed", reason="gave_up")
    Delivery.objects.filter(id=row.id).update(created_at=dt.datetime(2030, 1, 3, tzinfo=dt.UTC))
    page = log(desk, **asked)
    assert reverse("notify:mail", args=[row.id]) in page
    assert reverse("notify:mail", args=[other.id]) not in page


def test_a_person_is_found_by_number(desk):
    row, other = mail(), mail()
    type(other.user).objects.filter(pk=other.user_id).update(username="no-number")
    page = log(desk, q=row.user_id)
    assert reverse("notify:mail", args=[row.id]) in page
    assert reverse("notify:mail", args=[other.id]) not in page


@pytest.mark.parametrize(
    "asked",
    [
        {"status": "lost"},
        {"since": "yesterday"},
        {"q": "\x00"},
        {"q": "9" * 40},
        {"q": "%_'\"<script>"},
        {"sort": "message"},
        {"page": "-4"},
        {"page": "9" * 30},
        {"kind": ["picks", "digest"]},
    ],
)
def test_nonsense_in_the_address_breaks_nothing(desk, asked):
    mail()
    assert desk.get(reverse("notify:mails"), asked).status_code == 200


def test_the_list_keeps_filters_while_sorting_and_turning_pages(desk):
    person = reader()
    for _ in range(31):
        mail(person)
    page = log(desk, status="scheduled", sort="attempts")
    assert "status=scheduled&amp;sort=attempts&amp;page=2" in page
    assert "sort=-attempts" in page


def test_by_htmx_the_list_comes_alone(desk):
    page = words(desk.get(reverse("notify:mails"), headers=HTMX))
    assert page.lstrip().startswith('<div id="results"')


def test_the_list_costs_the_same_with_ten_more_rows(desk, django_assert_max_num_queries):
    for _ in range(3):
        mail()
    with django_assert_max_num_queries(12) as few:
        log(desk)
    for _ in range(10):
        mail()
    with django_assert_max_num_queries(len(few)):
        log(desk)


def test_addresses_are_read_by_administrators_alone(desk, client):
    row = mail(reader(email="ada@example.org"), message=letter("ada@example.org"))
    client.force_login(factories.user(is_staff=True))
    for address in (reverse("notify:mails"), reverse("notify:mail", args=[row.id])):
        assert "ada@example.org" in words(desk.get(address))
        assert "ada@example.org" not in words(client.get(address))
        assert "a…@example.org" in words(client.get(address))


def test_a_skipped_row_says_why(desk):
    person = reader()
    outbox.skip(user=person, kind="digest", channel="email", key="digest:1", reason=reasons.NOTHING_TO_SAY)
    row = Delivery.objects.get()
    assert str(reasons.SENTENCES[reasons.NOTHING_TO_SAY]) in log(desk)
    page = words(desk.get(reverse("notify:mail", args=[row.id])))
    assert str(reasons.SENTENCES[reasons.NOTHING_TO_SAY]) in page
    assert "Nothing was made that could be sent" in page


@pytest.mark.parametrize("number", [1, 2**63, 10**40])
@pytest.mark.parametrize("name", ["mail", "mail_preview"])
def test_a_message_that_does_not_exist_is_not_found(desk, number, name):
    assert desk.get(reverse(f"notify:{name}", args=[number])).status_code == 404


def test_the_story_is_told_in_order_with_what_the_other_side_said(desk):
    row = mail()
    events.record(event=EventKind.DEFERRED, delivery=row, provider_key="1", detail={"said": "450 greylisted"})
    events.record(event=EventKind.OPENED, delivery=row, is_machine=True, at=timezone.now() + dt.timedelta(minutes=1))
    page = words(desk.get(reverse("notify:mail", args=[row.id])))
    assert page.index("Made</strong>") < page.index("Deferred</strong>") < page.index("Opened</strong>")
    assert "450 greylisted" in page
    assert "by a machine" in page


def test_links_that_act_for_the_person_are_cut_short_wherever_the_mail_is_shown(desk):
    row = mail(message=letter("ada@example.org"))
    shown = words(desk.get(reverse("notify:mail", args=[row.id])))
    shown += words(desk.get(reverse("notify:mail_preview", args=[row.id])))
    assert "secretsignature" not in shown
    assert "subject=unsubscribe%20…" in shown
    assert "https://films.example/u/…" in shown


def test_the_preview_runs_no_script_sends_no_form_and_stays_in_its_frame(desk):
    row = mail(message=letter("ada@example.org"))
    answer = desk.get(reverse("notify:mail_preview", args=[row.id]))
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox;")
    assert "script-src" not in policy
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert '<base target="_blank">' in words(answer)
    page = desk.get(reverse("notify:mail", args=[row.id]))
    assert "frame-src 'self'" in page.headers["Content-Security-Policy"]
    assert '<iframe class="letter" sandbox ' in words(page)


@pytest.mark.parametrize(("scheme", "rule"), [("dark", "@media all"), ("light", "@media not all"), ("x", "not all")])
def test_the_preview_is_light_or_dark_as_asked(desk, scheme, rule):
    html = "<html><head><style>@media (prefers-color-scheme: dark) { p { color: #fff } }</style></head></html>"
    row = mail(message=letter("ada@example.org", html))
    assert rule in words(desk.get(reverse("notify:mail_preview", args=[row.id]), {"scheme": scheme}))


@pytest.mark.parametrize(
    "raw", [b"", b"\x00\xff", b"Subject: x", b"Content-Type: text/html; charset=klingon\n\n<p>x", b"\n\n", b"a" * 9000]
)
def test_a_broken_mail_is_shown_as_far_as_it_goes(desk, raw):
    row = mail()
    Delivery.objects.filter(id=row.id).update(message=raw)
    assert desk.get(reverse("notify:mail", args=[row.id])).status_code == 200
    assert desk.get(reverse("notify:mail_preview", args=[row.id])).status_code == 200


def test_sending_again_makes_a_new_row_with_a_key_and_a_message_id_of_its_own(admin):
    row = became(mail(message=letter("ada@example.org")), DeliveryStatus.FAILED)
    made = again(row, admin)
    assert made.id != row.id
    assert made.status == DeliveryStatus.SCHEDULED
    assert made.idempotency_key != row.idempotency_key
    assert made.message_id not in ("", row.message_id)
    assert bytes(made.message).count(b"Message-ID: " + made.message_id.encode()) == 1
    assert bytes(made.message).lower().count(b"message-id:") == 1
    assert bytes(made.message).partition(b"\n\n")[2] == bytes(row.message).partition(b"\n\n")[2]
    assert now(row).status == DeliveryStatus.FAILED


def test_who_sent_it_again_and_why_stands_in_the_story_of_the_old_one(desk, admin):
    row = became(mail(), DeliveryStatus.BOUNCED)
    made = again(row, admin, reason="New mailbox.")
    told = DeliveryEvent.objects.get(delivery_id=row.id, event=EventKind.RESENT)
    assert told.detail == {"by": admin.pk, "reason": "New mailbox.", "as": made.id}
    page = words(desk.get(reverse("notify:mail", args=[row.id])))
    assert f"{admin.display_name}: New mailbox." in page
    assert reverse("notify:mail", args=[made.id]) in page
    assert reverse("notify:mail", args=[row.id]) in words(desk.get(reverse("notify:mail", args=[made.id])))


def test_two_presses_of_one_button_send_one_mail(desk):
    row = became(mail(), DeliveryStatus.FAILED)
    said = {"reason": "Asked for.", "nonce": uuid.uuid4().hex}
    first, second = (desk.post(reverse("notify:mail_resend", args=[row.id]), said) for _ in range(2))
    assert first.url == second.url
    assert Delivery.objects.count() == 2
    assert DeliveryEvent.objects.filter(event=EventKind.RESENT).count() == 1


@pytest.mark.parametrize("said", [{"reason": ""}, {"reason": "x" * 301}, {"nonce": "../x"}, {"reason": "\x00"}])
def test_without_a_reason_nothing_is_sent_and_the_form_says_so(desk, said):
    row = became(mail(), DeliveryStatus.FAILED)
    answer = desk.post(reverse("notify:mail_resend", args=[row.id]), {"reason": "x", "nonce": "a" * 32} | said)
    assert answer.status_code == 422
    assert Delivery.objects.count() == 1


@pytest.mark.parametrize("status", [DeliveryStatus.SCHEDULED, DeliveryStatus.SENDING])
def test_what_is_still_on_its_way_is_not_sent_again(desk, status):
    row = became(mail(), status)
    answer = desk.post(reverse("notify:mail_resend", args=[row.id]), {"reason": "x", "nonce": "a" * 32})
    assert answer.status_code == 422
    assert "still on its way" in words(answer)


def test_what_the_gate_would_stop_is_refused_with_its_sentence(desk):
    row = became(mail(), DeliveryStatus.FAILED)
    Preference.objects.filter(user=row.user).update(weekly_digest=False)
    answer = desk.post(reverse("notify:mail_resend", args=[row.id]), {"reason": "x", "nonce": "a" * 32})
    assert str(reasons.SENTENCES[reasons.UNWANTED]) in words(answer)
    assert Delivery.objects.count() == 1


def test_a_message_id_over_two_lines_is_replaced_as_a_whole():
    raw = b"Subject: a\r\nMessage-ID:\r\n <old@example.org>\r\nTo: b\r\n\r\nMessage-ID: in the text\r\n"
    made = letters.renamed(raw, "<new@example.org>")
    assert made == b"Subject: a\r\nTo: b\r\nMessage-ID: <new@example.org>\r\n\r\nMessage-ID: in the text\r\n"


def test_a_digest_that_is_made_again_before_it_leaves_keeps_the_message_id_of_its_row(admin, sink):
    person = reader()
    films = [factories.movie(popularity_score=50) for _ in range(8)]
    first = became(digests.compose(person, digests.content(person), f"digest:{person.pk}:x"), DeliveryStatus.FAILED)
    made = again(first, admin)
    factories.rating(person, next(film for film in films if film.pk in first.data["films"]), 4)
    delivery.send(delivery=made)
    assert now(made).status == DeliveryStatus.SENT
    assert len(now(made).data["films"]) == len(first.data["films"]) - 1
    assert b"Message-ID: " + made.message_id.encode() in bytes(now(made).message)
