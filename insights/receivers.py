"""What insights does when others speak: each receiver calls a service or enqueues a task."""

from typing import Any

from django.dispatch import receiver

from accounts.models import User
from accounts.signals import account_closing
from insights.services import activity


@receiver(account_closing, dispatch_uid="insights.forget_who_did_it")
def forget_who_did_it(user: User, **_kwargs: Any) -> None:
    activity.anonymise(user=user)
