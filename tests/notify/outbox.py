"""Rows of the outbox to send, and people who want to hear from us."""

import datetime
import itertools
from email.message import EmailMessage
from typing import Any

from allauth.account.models import EmailAddress
from django.utils import timezone

from accounts.models import User
from notify.models import Delivery, Preference
from notify.services import outbox
from tests import factories

_numbers = itertools.count(1)


def reader(*, email: str | None = None, verified: bool = True, **wishes: Any) -> User:
    """Somebody with a confirmed address who wants every kind of mail."""
    user = factories.user(email=email)
    EmailAddress.objects.create(user=user, email=user.email, verified=verified, primary=True)
    wanted = {"weekly_digest": True, "recommendation_alerts": True, "trending_alerts": True, "timezone": "UTC"}
    Preference.objects.create(user=user, **{**wanted, **wishes})
    return user


def message(recipient: str, message_id: str, text: str = "Six films for you.\n") -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "films@example.org", recipient, "Your week"
    mail["Message-ID"] = message_id
    mail.set_content(text)
    return mail.as_bytes()


def mail(user: User | None = None, *, kind: str = "digest", key: str = "", **fields: Any) -> Delivery:
    """A mail in the outbox, due now."""
    user = user or reader()
    key = key or f"{kind}:{next(_numbers)}"
    recipient = fields.pop("recipient", user.email)
    message_id = f"<{key.replace(':', '.')}@example.org>"
    row = outbox.enqueue(
        user=user,
        kind=kind,
        channel=fields.pop("channel", "email"),
        key=key,
        recipient=recipient,
        subject="Your week",
        content="Six films for you.",
        message=fields.pop("message", None) or message(recipient, message_id),
        message_id=message_id,
        not_before=fields.pop("not_before", None) or timezone.now() - datetime.timedelta(seconds=1),
        **fields,
    )
    assert row is not None
    return row


def now(row: Delivery) -> Delivery:
    """The row as it stands."""
    return Delivery.objects.get(id=row.id)
