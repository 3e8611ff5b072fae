""" "Send me one now": a digest for somebody who would rather see one than read about it."""

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from notify import reasons
from notify.kinds import DIGEST
from notify.models import Delivery, DeliveryStatus
from notify.services import digests, preferences, suppressions

REST = dt.timedelta(hours=1)
SENTENCES = {
    reasons.UNVERIFIED: _("We write only to addresses that were confirmed."),
    reasons.SUPPRESSED: _("Mails to your address came back, so we have stopped writing to it. Please ask the staff."),
    reasons.NOTHING_TO_SAY: _("There are not enough films to suggest yet. Rate a few, and try again."),
}


class Refused(Exception):
    """`sentence` is for the person who asked; `until` is when they may ask again, if that is what stands against it."""

    def __init__(self, sentence: str | Promise, until: dt.datetime | None = None) -> None:
        super().__init__(str(sentence))
        self.sentence, self.until = sentence, until


def send_me_one(*, user: User, now: dt.datetime | None = None) -> Delivery:
    """Once an hour; the weekly one comes all the same. Raises Refused. Sending it soon is the caller's task."""
    now = now or timezone.now()
    with transaction.atomic():
        User.objects.select_for_update(of=("self",)).get(pk=user.pk)  # two presses at once are one after the other
        if last := _last(user, now - REST):
            raise Refused(_("You had one just now."), until=last + REST)
        if not preferences.is_verified(user):
            raise Refused(SENTENCES[reasons.UNVERIFIED])
        if suppressions.of(address=user.email):
            raise Refused(SENTENCES[reasons.SUPPRESSED])
        made = digests.send_now(user)
    if made is None:
        raise Refused(SENTENCES[reasons.NOTHING_TO_SAY])
    return made


def _last(user: User, since: dt.datetime) -> dt.datetime | None:
    """When the newest digest to the person's own address was made, if that was after `since`."""
    made = user.deliveries.filter(notification_type=DIGEST, recipient__iexact=user.email, created_at__gt=since)
    newest = made.exclude(status=DeliveryStatus.SKIPPED).order_by("-created_at")
    return newest.values_list("created_at", flat=True).first()
