"""Sending a message once more, because somebody of the staff has a reason to."""

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from notify import kinds, letters, mime, reasons
from notify.models import Channel, Delivery, DeliveryStatus, EventKind
from notify.services import events, gate, outbox

WAITING = {DeliveryStatus.SCHEDULED, DeliveryStatus.SENDING}


class Refused(Exception):
    """`sentence` says why it cannot be sent again."""

    def __init__(self, sentence: str | Promise) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


def obstacle(*, delivery: Delivery) -> str | Promise:
    """Why this message cannot be sent again; nothing when it can."""
    if delivery.status in WAITING:
        return _("It is still on its way.")
    if not delivery.message and kinds.is_account(delivery.notification_type):
        return _(
            "Mails about an account are not kept: the link in one can be a key to it. The person can ask for a new one."
        )
    if not delivery.message:
        return _("Nothing was made that could be sent.")
    again = Delivery(
        user=delivery.user,
        notification_type=delivery.notification_type,
        channel=delivery.channel,
        recipient=delivery.recipient,
        data=delivery.data,
        is_test=delivery.is_test,
    )
    reason = gate.reason_not_to_send(again)
    return reasons.SENTENCES.get(reason, reason)


def resend(*, delivery: Delivery, actor: User, reason: str, nonce: str) -> Delivery:
    """A new row with a key and a Message-ID of its own, and a line in the story of the old one that says who and why.

    The same `nonce` a second time gives the row that stands already. Raises Refused.
    """
    key = f"resend:{delivery.id}:{nonce}"
    if done := Delivery.objects.filter(user=delivery.user, idempotency_key=key).first():
        return done
    if sentence := obstacle(delivery=delivery):
        raise Refused(sentence)
    message, message_id = bytes(delivery.message or b""), ""
    if delivery.channel == Channel.EMAIL:
        # Made of the key: should the mail be made again before it leaves, it has the same.
        message_id = mime.message_id_for(user=delivery.user, kind=delivery.notification_type, key=key)
        message = letters.renamed(message, message_id)
    with transaction.atomic():
        made = outbox.enqueue(
            user=delivery.user,
            kind=delivery.notification_type,
            channel=delivery.channel,
            key=key,
            recipient=delivery.recipient,
            subject=delivery.subject,
            content=delivery.content,
            message=message,
            message_id=message_id,
            data=delivery.data | {"resent_from": delivery.id},
            is_test=delivery.is_test,
        )
        if made is None:  # the other of two presses at once
            return Delivery.objects.get(user=delivery.user, idempotency_key=key)
        said = {"by": actor.pk, "reason": reason, "as": made.id}
        events.record(event=EventKind.RESENT, delivery=delivery, provider_key=key, detail=said)
    return made
