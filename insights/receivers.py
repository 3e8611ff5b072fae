"""What insights does when others speak: each receiver calls a service or enqueues a task."""

from typing import Any

from django.dispatch import receiver
from django.http import HttpRequest

from accounts.models import User
from accounts.signals import account_closing, consent_withdrawn
from catalog.models import Movie
from catalog.signals import movie_viewed, movies_searched
from insights.models import ActivityLog
from insights.services import activity, inspections
from notify.models import Delivery
from notify.signals import mail_clicked, mail_left, mail_opened, person_inspected, push_clicked
from recs.clicks import ArmSeen
from recs.services.enrolment import Arm
from recs.signals import interaction_recorded, pick_clicked, picks_shown


@receiver([account_closing, consent_withdrawn], dispatch_uid="insights.forget_who_did_it")
def forget_who_did_it(user: User, **_kwargs: Any) -> None:
    activity.anonymise(user=user)


@receiver(movie_viewed, dispatch_uid="insights.log_a_film_page")
def log_a_film_page(request: HttpRequest, movie: Movie, **_kwargs: Any) -> None:
    activity.viewed(request=request, movie_id=movie.pk)


@receiver(movies_searched, dispatch_uid="insights.log_a_search")
def log_a_search(request: HttpRequest, query: str, results: int, **_kwargs: Any) -> None:
    activity.searched(request=request, query=query, results=results)


@receiver(interaction_recorded, dispatch_uid="insights.log_an_act")
def log_an_act(
    *, user: User, movie_id: int, kind: str, on: bool, rating: float | None, source: str | None, **_kwargs: Any
) -> None:
    activity.acted(user=user, movie_id=movie_id, kind=kind, on=on, rating=rating, source=source)


@receiver(picks_shown, dispatch_uid="insights.log_a_row_of_picks")
def log_a_row_of_picks(
    *,
    request: HttpRequest,
    page_view: str,
    row: str,
    items: list[tuple[int, str, int]],
    arm: Arm | None,
    served: str | None,
    took_ms: float,
    teams: str = "",
    competitive: float | None = None,
    **_kwargs: Any,
) -> None:
    activity.picks_shown(
        request=request,
        page=page_view,
        row=row,
        films=[film for film, *_ in items],
        arm=arm,
        served=served,
        took_ms=took_ms,
        teams=teams,
        competitive=competitive,
    )


@receiver(pick_clicked, dispatch_uid="insights.log_a_followed_pick")
def log_a_followed_pick(
    *,
    request: HttpRequest,
    movie: Movie,
    row: str,
    rank: int,
    algorithm: str,
    page_view: str,
    arm: ArmSeen | None,
    team: str = "",
    **_kwargs: Any,
) -> None:
    activity.pick_clicked(
        request=request, movie_id=movie.pk, page=page_view, row=row, rank=rank, algorithm=algorithm, arm=arm, team=team
    )


@receiver(push_clicked, dispatch_uid="insights.log_a_followed_push")
def log_a_followed_push(*, user: User, **_kwargs: Any) -> None:
    activity.record(action=ActivityLog.Action.PUSH_CLICK, user=user)


@receiver(mail_clicked, dispatch_uid="insights.log_a_followed_mail")
def log_a_followed_mail(*, delivery: Delivery, user: User, **_kwargs: Any) -> None:
    said = {"kind": delivery.notification_type}
    activity.record(action=ActivityLog.Action.EMAIL_CLICK, user=user, source="email", metadata=said)


@receiver(mail_opened, dispatch_uid="insights.log_an_opened_mail")
def log_an_opened_mail(*, delivery: Delivery, user: User, **_kwargs: Any) -> None:
    said = {"kind": delivery.notification_type}
    activity.record(action=ActivityLog.Action.EMAIL_OPEN, user=user, source="email", metadata=said)


@receiver(mail_left, dispatch_uid="insights.log_who_unsubscribed")
def log_who_unsubscribed(*, user: User, **_kwargs: Any) -> None:
    activity.unsubscribed(user=user)


@receiver(person_inspected, dispatch_uid="insights.write_down_a_look")
def write_down_a_look(*, actor: User, person: User, what: str, **_kwargs: Any) -> None:
    inspections.record(actor=actor, person=person, algorithm=what)
