"""What recs does when others speak: each receiver calls a service or enqueues a task."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.models import User
from recs import sentences
from recs.mine import Mine
from recs.services import pending


@receiver(user_logged_in, dispatch_uid="recs.do_what_was_asked_before_log_in")
def do_what_was_asked_before_log_in(request: HttpRequest | None, user: User, **_kwargs: Any) -> None:
    """A visitor pressed a button on a card: now it can be done."""
    if request is None or not hasattr(request, "session"):
        return
    request.mine = Mine(user)  # type: ignore[attr-defined]
    if kept := pending.take(session=request.session):
        movie, act = kept
        undo = pending.perform(user=user, movie=movie, act=act)
        messages.success(request, sentences.with_undo(sentences.said(movie, act), movie, undo), fail_silently=True)
