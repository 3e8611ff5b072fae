"""A provider's reports, signed as it signs them, through the real address."""

import hashlib
import hmac
import importlib
import itertools
import json
import os
import socket
import subprocess
import sys
import threading
from typing import Any

import pytest
from django.urls import clear_url_caches
from django.utils import timezone

from notify import webhooks
from notify.channels.email import as_django
from notify.models import Channel, Circuit, DeliveryEvent, Suppression
from notify.services import delivery
from tests import needs
from tests.config.test_env import PRODUCTION, ROOT
from tests.notify import outbox, webhook_urls
from tests.running import free_port

pytestmark = pytest.mark.django_db
KEY = "signing-key-of-this-test"
ADDRESS = "/webhooks/mail/mailgun/tracking/"


@pytest.fixture(autouse=True)
def _provider(settings):
    needs.package("anymail")
    settings.MAIL_PROVIDER, settings.MAIL_WEBHOOKS = "mailgun", True
    settings.ANYMAIL = {"MAILGUN_API_KEY": "key", "MAILGUN_WEBHOOK_SIGNING_KEY": KEY}
    importlib.reload(webhook_urls)
    settings.ROOT_URLCONF = "tests.notify.webhook_urls"
    clear_url_caches()
    webhooks.listen()
    yield
    from anymail.signals import tracking

    tracking.disconnect(dispatch_uid="notify.heard")
    clear_url_caches()


@pytest.fixture
def row():
    made = outbox.mail()
    delivery.send_batch(channel="email")
    return outbox.now(made)


def report(client, event: str, row=None, *, key: str = KEY, token: str = "token", **data: Any):
    stamp = str(int(timezone.now().timestamp()))
    signature = hmac.new(key.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()
    body = {
        "signature": {"timestamp": stamp, "token": token, "signature": signature},
        "event-data": {"event": event, "timestamp": timezone.now().timestamp() + 60, **data},
    }
    if row:
        body["event-data"]["message"] = {"headers": {"message-id": row.message_id.strip("<>")}}
        body["event-data"].setdefault("recipient", row.recipient)
    return client.post(ADDRESS, json.dumps(body), content_type="application/json")


def test_a_signed_report_is_heard_without_a_log_in(client, row):
    assert report(client, "delivered", row).status_code == 200
    assert outbox.now(row).status == "delivered"


@pytest.mark.parametrize("fault", [{"key": "somebody-else"}, {"token": "tökén"}])
def test_a_report_with_a_bad_signature_is_refused(client, row, fault):
    if "token" in fault:
        answer = client.post(ADDRESS, json.dumps({"event-data": {"event": "delivered"}}), "application/json")
    else:
        answer = report(client, "delivered", row, **fault)
    assert answer.status_code == 400
    assert (outbox.now(row).status, DeliveryEvent.objects.count()) == ("sent", 0)


def test_a_report_that_comes_again_under_another_id_counts_once(client, row):
    for number in range(5):
        report(client, "complained", row, token=f"token-{number}")
    assert DeliveryEvent.objects.count() == 1


@pytest.mark.parametrize(
    "body", ["{", "[1]", "null", '{"signature": [1]}', "[" * 100_000, b"\xff", b"x" * 3_000_000, b""]
)
def test_what_is_no_report_is_refused_and_breaks_nothing(client, body):
    answer = client.post(ADDRESS, body, content_type="application/json")
    assert (answer.status_code, DeliveryEvent.objects.count()) == (400, 0)


@pytest.mark.parametrize(
    "said",
    [
        {"timestamp": "soon"},
        {"timestamp": 1e18},
        {"user-variables": "x"},
        {"client-info": {"user-agent": ["x"]}},
        {"message": {"headers": {"message-id": ["x"]}}},
    ],
)
def test_a_signed_report_in_another_shape_is_refused_and_breaks_nothing(client, row, said):
    answer = report(client, "opened", None if "message" in said else row, **said)
    assert (answer.status_code, outbox.now(row).status) == (400, "sent")


@pytest.mark.parametrize("said", ["550 5.1.1 no\0body", "550 5.1.1 \ud800"])
def test_letters_that_the_database_does_not_take_lose_no_report(client, row, said):
    about = {"severity": "permanent", "reason": "bounce", "delivery-status": {"message": said}}
    assert report(client, "failed", row, **about).status_code == 200
    assert DeliveryEvent.objects.get().detail["said"].startswith("550 5.1.1")
    assert report(client, "delivered", message={"headers": {"message-id": "a\0b"}}).status_code == 200


@pytest.mark.parametrize("order", list(itertools.permutations(["delivered", "opened", "complained"])))
def test_reports_may_come_in_any_order(client, row, order):
    for event in order:
        report(client, event, row)
    assert outbox.now(row).status == "complained"


def test_a_report_about_a_message_that_is_not_ours_is_taken_and_forgotten(client):
    data = {"message": {"headers": {"message-id": "x@elsewhere.org"}}, "recipient": "x@elsewhere.org"}
    assert report(client, "delivered", **data).status_code == 200
    assert not DeliveryEvent.objects.exists()


def test_our_number_finds_a_message_whose_id_the_provider_replaced(client, row):
    data = {"message": {"headers": {"message-id": "x@provider.org"}}, "user-variables": {"delivery": str(row.id)}}
    report(client, "delivered", recipient=row.recipient, **data)
    assert outbox.now(row).status == "delivered"


@pytest.mark.parametrize(
    ("said", "event", "counts"),
    [
        ("550 5.1.1 nobody here", "hard_bounce", True),
        ("552 5.2.2 mailbox full", "soft_bounce", True),
        ("550 5.7.1 policy", "soft_bounce", False),
        ("550 5.4.4 cannot be routed", "soft_bounce", False),
    ],
)
def test_a_refusal_counts_against_the_address_only_where_it_is_about_it(client, row, said, event, counts):
    report(client, "failed", row, severity="permanent", reason="bounce", **{"delivery-status": {"message": said}})
    made = DeliveryEvent.objects.get()
    assert (made.event, bool(made.address_hash), outbox.now(row).status) == (event, counts, "bounced")


def test_a_complaint_suppresses_digests(client, row):
    report(client, "complained", row)
    assert Suppression.objects.get().scope == "bulk"


@pytest.mark.parametrize("agent", ["GoogleImageProxy", "Barracuda Link Scanner", "SomeBot"])
def test_what_a_scanner_opens_moves_nothing(client, row, agent):
    report(client, "opened", row, **{"client-info": {"user-agent": f"Mozilla/5.0 {agent}"}})
    assert (DeliveryEvent.objects.get().is_machine, outbox.now(row).status) == (True, "sent")


def test_get_is_not_answered_and_head_changes_nothing(client, row):
    assert client.get(ADDRESS).status_code == 405
    assert client.head(ADDRESS).status_code == 200
    assert outbox.now(row).status == "sent"


def test_no_other_providers_address_is_there(client):
    assert client.post("/webhooks/mail/postmark/tracking/").status_code == 404


def test_a_provider_is_given_our_headers_and_our_number():
    row = outbox.mail()
    message = as_django(row)
    assert message.extra_headers["Message-ID"] == row.message_id
    assert message.metadata == {"delivery": str(row.id)}
    assert row.channel == Channel.EMAIL


QUESTION = """
import django; django.setup()
from django.conf import settings
from django.urls import Resolver404, resolve
try: found = resolve("/webhooks/mail/mailgun/tracking/").url_name
except Resolver404: found = "none"
print(found, settings.EMAIL_BACKEND, settings.MAIL_EVENT_SOURCE)
"""


def asked(**changes: str | None) -> "subprocess.CompletedProcess[str]":
    values = {**PRODUCTION, "DJANGO_SETTINGS_MODULE": "config.settings", "PYTHONPATH": f"{ROOT}/site:{ROOT}", **changes}
    environment = {name: value for name, value in values.items() if value is not None}
    return subprocess.run(
        [sys.executable, "-c", QUESTION],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("place", ["http://127.0.0.1:{port}", "https://127.0.0.1:{port}", "http://nowhere.invalid"])
def test_a_provider_that_is_not_there_leaves_no_doubt_and_costs_no_attempt(settings, place):
    settings.EMAIL_BACKEND = "anymail.backends.mailgun.EmailBackend"
    settings.ANYMAIL |= {"MAILGUN_API_URL": place.format(port=free_port()), "MAILGUN_SENDER_DOMAIN": "example.org"}
    row = outbox.mail()
    delivery.send_batch(channel="email")
    assert (outbox.now(row).status, outbox.now(row).attempts) == ("scheduled", 0)
    assert Circuit.objects.get().failures == 1


def hang_up(listener: socket.socket) -> None:
    listener.accept()[0].close()


def test_a_provider_that_breaks_off_leaves_a_doubt(settings):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=hang_up, args=(listener,), daemon=True).start()
        settings.EMAIL_BACKEND = "anymail.backends.mailgun.EmailBackend"
        place = f"http://127.0.0.1:{listener.getsockname()[1]}"
        settings.ANYMAIL |= {"MAILGUN_API_URL": place, "MAILGUN_SENDER_DOMAIN": "example.org"}
        row = outbox.mail()
        delivery.send_batch(channel="email")
    assert outbox.now(row).status == "in_doubt"


def test_without_a_provider_there_is_no_address_to_call():
    assert asked().stdout.split() == ["none", "django.core.mail.backends.smtp.EmailBackend", "none"]


def test_a_provider_with_a_secret_is_called_back_and_needs_no_mail_server():
    done = asked(MAIL_PROVIDER="mailgun", EMAIL_URL=None, ANYMAIL_MAILGUN_WEBHOOK_SIGNING_KEY=KEY)
    backend = "anymail.backends.mailgun.EmailBackend"
    assert done.stdout.split() == ["mailgun_tracking_webhook", backend, "provider"], done.stderr


def test_a_provider_without_a_secret_is_not_believed():
    done = asked(MAIL_PROVIDER="mailgun", ANYMAIL_MAILGUN_API_KEY="key")
    assert done.stdout.split() == ["none", "anymail.backends.mailgun.EmailBackend", "none"], done.stderr


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("MAIL_PROVIDER", {"MAIL_PROVIDER": "pigeon"}),
        ("MAIL_EVENT_SOURCE", {"MAIL_EVENT_SOURCE": "provider"}),
        ("MAIL_EVENT_SOURCE", {"MAIL_EVENT_SOURCE": "gossip"}),
        ("MAIL_PER_MINUTE", {"MAIL_PER_MINUTE": "0"}),
        ("ANYMAIL_WEBHOOK_SECRET", {"MAIL_PROVIDER": "postmark", "ANYMAIL_WEBHOOK_SECRET": "secret"}),
    ],
)
def test_a_bad_value_stops_the_start_with_one_line_that_names_it(name, changes):
    done = asked(**changes)
    assert (done.returncode, done.stderr.startswith(f"marquee: {name} ")) == (1, True), done.stderr
