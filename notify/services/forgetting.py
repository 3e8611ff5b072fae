"""What stays of somebody who closes their account: that so many messages came back, and nothing that leads to them."""

from django.db import connection

from accounts.models import User
from notify.models import DeliveryEvent


def forget(*, user: User) -> None:
    """Their messages go with them. Of what others told of these messages the event, its time and the hash of the
    address stay; what a server said may quote the address, and a Message-ID holds the person's number."""
    theirs = user.deliveries.values("id")
    DeliveryEvent.objects.filter(delivery_id__in=theirs).update(detail={}, message_id="", delivery_id=None)
    with connection.cursor() as cursor:  # keys hold the person's number, too, and nobody gets that number again
        cursor.execute(
            "DELETE FROM notification_keys k USING notification_logs l "
            "WHERE l.user_id = %s AND k.idempotency_key = l.idempotency_key",
            [user.pk],
        )
