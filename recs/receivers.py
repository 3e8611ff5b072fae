"""What recs does when others speak: each receiver calls a service or enqueues a task."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.signals import user_logged_in
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.models import User
from accounts.signals import allowances_changed
from catalog.models import Movie
from catalog.signals import movie_viewed
from recs import exposure, sentences
from recs.http import Request
from recs.mine import Mine
from recs.models import Experiment, SiteDefault
from recs.services import defaults, enrolment, pending, picks


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


@receiver([post_save, post_delete], sender=Experiment, dispatch_uid="recs.ask_for_experiments_again")
def ask_for_experiments_again(**_kwargs: Any) -> None:
    enrolment.changed()


@receiver([post_save, post_delete], sender=SiteDefault, dispatch_uid="recs.ask_for_the_default_again")
def ask_for_the_default_again(**_kwargs: Any) -> None:
    defaults.changed()


@receiver(allowances_changed, dispatch_uid="recs.pick_by_what_they_allow_now")
def pick_by_what_they_allow_now(user: User, **_kwargs: Any) -> None:
    """They may be in no arm any more, or back in one that is older than the picks that were made meanwhile."""
    transaction.on_commit(lambda: picks.follow(user=user))


@receiver(movie_viewed, dispatch_uid="recs.count_a_followed_pick")
def count_a_followed_pick(request: Request, movie: Movie, **_kwargs: Any) -> None:
    exposure.followed(request, movie)
