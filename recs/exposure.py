"""What a page tells of the picks it shows: to the experiment whose row is among them, and to whoever counts."""

import logging
import secrets
import time
from collections import Counter
from typing import TYPE_CHECKING

from django.core.cache import caches
from django.utils import timezone

from accounts.models import User
from catalog.models import Movie
from recs import clicks, signals
from recs.clicks import Stamp
from recs.http import Request
from recs.models import Experiment, Recommendation
from recs.services import enrolment
from recs.services.enrolment import NOBODY, Arm, Standing
from web import visits

if TYPE_CHECKING:
    from recs.home import Row

logger = logging.getLogger(__name__)
TRIED = "top"  # the row that experiments are about; all others are the same in both arms
PREVIEW = "force_variant"


def standing(request: Request) -> Standing:
    """The arm of the person who asks. If experiments cannot be asked, the page comes as it would without them."""
    user: User = request.user  # type: ignore[assignment]
    try:
        forced = _forced(request, user)
        if forced is not None:
            return Standing(forced)
        return enrolment.standing(user, draw=visits.looks(request), agent=visits.agent(request))
    except Exception:
        logger.exception("the experiments of person %s could not be read", user.pk)
        return NOBODY


def _forced(request: Request, user: User) -> Arm | None:
    """`?force_variant=b` (and `&experiment=3` where it is not the one that runs) for those who look after them."""
    variant = request.GET.get(PREVIEW, "")
    if variant not in ("a", "b") or not user.has_perm("recs.view_experiment"):
        return None
    wanted = request.GET.get("experiment", "")
    if wanted.isdecimal() and len(wanted) < 19:
        experiment = Experiment.objects.filter(pk=int(wanted)).first()
    else:
        experiment = next(iter(enrolment.running()), None)
    return enrolment.preview(experiment=experiment, variant=variant) if experiment else None


def shown(request: Request, rows: "list[Row]", arm: Arm | None, *, took_ms: float) -> Stamp:
    """These rows are about to be seen; returns what their links are stamped with."""
    user: User = request.user  # type: ignore[assignment]
    looked = visits.looks(request) and not (arm and arm.preview)
    try:
        counted = arm if arm and looked and enrolment.expose(user=user, arm=arm) else None
    except Exception:
        logger.exception("the exposure of person %s could not be kept", user.pk)
        counted = None
    stamp = Stamp(user.pk, secrets.token_urlsafe(9), int(time.time()), counted)
    for row in rows if looked else []:
        if row.items or (row.key == TRIED and counted):
            _tell(request, row, stamp, took_ms)
    return stamp


def _tell(request: Request, row: "Row", stamp: Stamp, took_ms: float) -> None:
    engines = Counter(item.engine for item in row.items)
    signals.picks_shown.send_robust(
        None,
        request=request,
        page_view=stamp.page_view,
        row=row.key,
        items=[(item.card.id, item.engine, rank) for rank, item in enumerate(row.items, start=1)],
        arm=stamp.arm if row.key == TRIED else None,
        served=engines.most_common(1)[0][0] if engines else None,
        took_ms=round(took_ms, 1),
        teams="".join(item.team for item in row.items),
        competitive=row.competitive,
    )


def followed(request: Request, movie: Movie) -> None:
    """Somebody came to a film by the link of a pick: once a page view and film, however often they come back."""
    token = request.GET.get(clicks.PARAMETER, "")
    user = request.user
    if not token or not user.is_authenticated or not visits.looks(request):
        return
    found = clicks.read(token, user_id=user.pk, movie_id=movie.pk)
    if found is None or not _first(found.page_view, movie.pk):
        return
    Recommendation.objects.filter(user=user, movie=movie, clicked=False).update(clicked=True, clicked_at=timezone.now())
    signals.pick_clicked.send_robust(
        None,
        request=request,
        movie=movie,
        row=found.row,
        rank=found.rank,
        algorithm=found.algorithm,
        page_view=found.page_view,
        arm=found.arm,
        team=found.team,
    )


def _first(page_view: str, movie_id: int) -> bool:
    return caches["default"].add(f"recs:followed:{page_view}:{movie_id}", 1, clicks.VALID_SECONDS)
