"""News of the site that the inbox tells by itself. Each line has a key, so that whatever is told again is told once:
the tasks that come here may be lost, be late, or run twice at once."""

import datetime
from collections.abc import Iterator, Mapping, Sequence

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from notify import kinds
from notify.kinds import KINDS
from notify.models import InboxNotification
from notify.services import inbox
from recs.models import Assignment, Experiment, ExperimentEvent, HistoryImport, Interaction, Recommendation

AT_ONCE = 1_000
TOP = 10
NOTABLE = 5  # of the first ten picks must be others than those that a person was last told of
LATEST = datetime.timedelta(days=7)  # what the site slept through is told so long afterwards
Picks = Mapping[int, list[int]]


def new_picks(*, day: datetime.date | None = None) -> int:
    """Tell whoever's first picks are notably others than those they were last told of; returns how many people.

    A line that was not read yet gives way to the new one, and there is one a day at most.
    """
    day = day or timezone.localdate()
    top = Recommendation.objects.filter(user=OuterRef("pk"), rank__lte=TOP)
    return sum(_tell_picks(people, day) for people in _pieces(inbox.wanting(kinds.PICKS).filter(Exists(top))))


def releases(*, today: datetime.date | None = None) -> int:
    """Tell whoever put a film on their watchlist before it came out, when it comes out; returns how many lines."""
    today = today or timezone.localdate()
    waiting = Interaction.objects.filter(
        interaction_type=Interaction.Type.WATCHLIST,
        movie__release_date__range=(today - LATEST, today),
        movie__adult=False,
        timestamp__date__lt=F("movie__release_date"),
        user__in=inbox.wanting(kinds.WATCHLIST_RELEASE),
    ).select_related("movie")
    told, last = 0, 0
    while some := list(waiting.filter(pk__gt=last).order_by("pk")[:AT_ONCE]):
        last = some[-1].pk
        lines = [_release(one, today) for one in some]
        known = set(
            InboxNotification.objects.filter(
                user__in={line.user_id for line in lines}, key__in={line.key for line in lines}
            ).values_list("user_id", "key")
        )
        fresh = [line for line in lines if (line.user_id, line.key) not in known]
        InboxNotification.objects.bulk_create(fresh, ignore_conflicts=True)
        told += len(fresh)
    return told


def imported(*, run: HistoryImport) -> None:
    """Tell its owner that a history has been taken over."""
    inbox.tell(
        user=run.user,
        kind=kinds.FINISHED,
        key=f"import:{run.pk}",
        data={"count": int(run.counts.get("films", 0))},
        action_url=reverse("recs:history", args=[run.pk]),
    )


def experiment_ended(*, experiment_id: int) -> int:
    """Tell everybody who saw an arm of it; returns to how many people that was said, told before or not."""
    ended = Experiment.objects.filter(
        pk=experiment_id, status__in=[Experiment.Status.CONCLUDED, Experiment.Status.SHIPPED]
    ).exclude(Experiment.SHOWN_ONLY)
    experiment = ended.first()
    if experiment is None:
        return 0
    saw = Assignment.objects.filter(experiment=experiment, first_exposed_at__isnull=False)
    took_part = User.objects.filter(Exists(saw.filter(user=OuterRef("pk"))))
    key, data = f"experiment:{experiment.pk}", {"name": experiment.name}
    return sum(
        inbox.tell_all(people=people, kind=kinds.EXPERIMENT_ENDED, key=key, data=data) for people in _pieces(took_part)
    )


def experiments_ended(*, now: datetime.datetime | None = None) -> None:
    """All that ended lately: the task that should have told of one may have been lost."""
    since = (now or timezone.now()) - LATEST
    ended = ExperimentEvent.objects.filter(action="conclude", at__gte=since).values_list("experiment_id", flat=True)
    for experiment_id in sorted(set(ended)):
        experiment_ended(experiment_id=experiment_id)


def _pieces(people: QuerySet[User, User]) -> Iterator[list[int]]:
    last = 0
    while some := list(people.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:AT_ONCE]):
        yield some
        last = some[-1]


@transaction.atomic
def _tell_picks(people: Sequence[int], day: datetime.date) -> int:
    now, key = timezone.now(), f"picks:{day}"
    tops, told = _tops(people), _told(people)
    lines = [
        InboxNotification(
            user_id=user_id,
            category=KINDS[kinds.PICKS].category,
            kind=kinds.PICKS,
            key=key,
            action_data={"films": fresh, "top": top},
            created_at=now,
            expires_at=now + inbox.KEPT,
        )
        for user_id, top in tops.items()
        if len(fresh := [film for film in top if film not in told.get(user_id, ())]) >= NOTABLE
    ]
    theirs = InboxNotification.objects.filter(user__in=[line.user_id for line in lines], kind=kinds.PICKS)
    theirs.filter(is_read=False).delete()
    there = set(theirs.filter(key=key).values_list("user_id", flat=True))
    lines = [line for line in lines if line.user_id not in there]
    InboxNotification.objects.bulk_create(lines, ignore_conflicts=True)
    return len(lines)


def _tops(people: Sequence[int]) -> Picks:
    tops: dict[int, list[int]] = {}
    rows = Recommendation.objects.filter(user__in=people, rank__lte=TOP, movie__adult=False).order_by("user", "rank")
    for user_id, movie_id in rows.values_list("user_id", "movie_id"):
        tops.setdefault(user_id, []).append(movie_id)
    return tops


def _told(people: Sequence[int]) -> Picks:
    """The first picks that each of them was last told of."""
    newest = InboxNotification.objects.filter(user__in=people, kind=kinds.PICKS).order_by("user", "-pk")
    rows = newest.distinct("user").values_list("user_id", "action_data__top")
    return {user_id: top for user_id, top in rows if isinstance(top, list)}


def _release(wish: Interaction, today: datetime.date) -> InboxNotification:
    now = timezone.now()
    return InboxNotification(
        user_id=wish.user_id,
        category=KINDS[kinds.WATCHLIST_RELEASE].category,
        kind=kinds.WATCHLIST_RELEASE,
        key=f"released:{wish.movie_id}",
        group_key=f"released {today}",
        action_url=wish.movie.get_absolute_url()[:200],
        action_data={"films": [wish.movie_id]},
        created_at=now,
        expires_at=now + inbox.KEPT,
    )
