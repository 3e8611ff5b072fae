"""What notify does when others say that something happened: each receiver calls a service or enqueues a task."""

from typing import Any

from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.models import User
from accounts.signals import account_closing, zone_changed
from notify import tasks
from notify.live import people
from notify.services import devices, forgetting, news, preferences
from recs.models import Experiment, HistoryImport
from recs.signals import everybodys_picks_made, experiment_concluded, history_imported


@receiver(everybodys_picks_made, dispatch_uid="notify.tell_of_new_picks")
def tell_of_new_picks(**_kwargs: Any) -> None:
    tasks.tell_of_new_picks()


@receiver(history_imported, dispatch_uid="notify.tell_of_an_import")
def tell_of_an_import(run: HistoryImport, **_kwargs: Any) -> None:
    news.imported(run=run)


@receiver(experiment_concluded, dispatch_uid="notify.tell_of_an_experiment")
def tell_of_an_experiment(experiment: Experiment, **_kwargs: Any) -> None:
    tasks.tell_of_an_experiment(experiment.pk)


@receiver(account_closing, dispatch_uid="notify.forget_what_was_told")
def forget_what_was_told(user: User, **_kwargs: Any) -> None:
    forgetting.forget(user=user)


@receiver(zone_changed, dispatch_uid="notify.move_the_digest")
def move_the_digest(user: User, before: str, **_kwargs: Any) -> None:
    preferences.follow_zone(user=user, before=before)


@receiver(user_logged_out, dispatch_uid="notify.end_streams")
def end_streams(request: HttpRequest, **_kwargs: Any) -> None:
    """Sent before the session is forgotten."""
    if session_key := getattr(getattr(request, "session", None), "session_key", None):
        people.say_over(session_key)


@receiver(user_logged_out, dispatch_uid="notify.forget_the_browser")
def forget_the_browser(request: HttpRequest, user: User | None, **_kwargs: Any) -> None:
    if user is not None:
        session = getattr(request, "session", {})
        devices.signed_out(user=user, device_pk=session.get(devices.IN_SESSION))
