"""Who takes part in which experiment, and from when: docs/experiments.md.

The hash proposes an arm, the first row written stands. Only people who are signed in and active, let themselves be
counted, have not left and have chosen no algorithm of their own are let in; staff, simulated people and programs are
kept out before they are drawn, so that they are missing in both arms alike.
"""

import datetime
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from django.core.cache import caches
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from recs import taste
from recs.experiments import bucketing
from recs.models import Assignment, Experiment, ExperimentOptOut
from web.cache import get_or_build
from web.visits import is_program

logger = logging.getLogger(__name__)
Status = Experiment.Status
Kind = Experiment.Kind

KEY = "recs:experiments"
KNOWN_SECONDS = 20  # other processes hear of a stop this late; this one hears at once
NAMESPACE = "recommendations"
# Every training makes all picks anew: nothing older than this is left of an experiment that has ended.
# What `eligible` reads of a person.
COLUMNS = ("is_active", "is_staff", "is_superuser", "is_simulated", "data_usage_consent", "algorithm_preference")
LATELY = datetime.timedelta(days=7)
OUT = "out"


@dataclass(frozen=True, slots=True)
class Arm:
    """What one person gets in one phase of an experiment. Interleaving shows both algorithms to everybody: `algorithm`
    is then A's, `rival` B's. `exposed`: whether they have seen it before; `preview`: nobody is counted."""

    experiment_id: int
    phase: int
    variant: str
    algorithm: str
    kind: str
    rival: str = ""
    seed: str = field(default="", repr=False)
    exposed: bool = False
    preview: bool = False

    @property
    def tag(self) -> str:
        """For keys of caches: what one arm is shown must never be shown to the other."""
        return f"{self.experiment_id}.{self.phase}.{self.variant}{'.preview' if self.preview else ''}"

    @property
    def mixes(self) -> bool:
        return self.kind == Kind.INTERLEAVING


class Standing(NamedTuple):
    """A person's arm, if any; and since when it is that, or the lack of one, which decides about their picks. Stored
    picks that are older may be those of another algorithm."""

    arm: Arm | None = None
    since: datetime.datetime | None = None


NOBODY = Standing()


class _Row(NamedTuple):
    experiment_id: int | None
    phase: int
    variant: str
    at: datetime.datetime
    exposed_at: datetime.datetime | None


def running() -> list[Experiment]:
    """Those that show something to people now. Remembered for a moment, and read anew once one changes here."""
    now = timezone.now()
    return [one for one in _known() if one.status == Status.RUNNING and one.is_active and one.start_date <= now]


def arm_for(user: User, *, agent: str | None = None) -> Arm | None:
    """This person's arm; drawn now if they have none yet. `agent`: the name that their browser gave, if it is known."""
    return standing(user, agent=agent).arm


def standing(user: User, *, draw: bool = True, agent: str | None = None) -> Standing:
    """One query while something runs or has ended lately, otherwise none. Without `draw` nobody new is let in."""
    known = _known()
    if not known or not eligible(user, agent=agent):
        return NOBODY
    rows = _rows([user.pk], [one.pk for one in known]).get(user.pk, [])
    return _standing(user, known, rows, draw=draw)


def eligible(user: User, *, agent: str | None = None) -> bool:
    """What can be told without asking the database."""
    return (
        user.is_authenticated
        and user.is_active
        and not (user.is_staff or user.is_superuser or user.is_simulated)
        and user.data_usage_consent
        and not taste.chosen(user)
        and not (agent is not None and is_program(agent))
    )


def algorithms_for(users: Iterable[User]) -> dict[int, str]:
    """Of many people at once: the algorithm of the arm that each has been drawn into; nobody is drawn here."""
    known = _known()
    people = {user.pk: user for user in users if eligible(user)} if known else {}
    rows = _rows(list(people), [one.pk for one in known]) if people else {}
    found = {pk: _standing(people[pk], known, said, draw=False).arm for pk, said in rows.items()}
    return {pk: arm.algorithm for pk, arm in found.items() if arm is not None and not arm.mixes}


def expose(*, user: User, arm: Arm, now: datetime.datetime | None = None) -> bool:
    """They see it now: their first time is kept, once. False when the experiment has ended since they were drawn."""
    if arm.preview:
        return False
    if arm.exposed:
        return True
    with connection.cursor() as cursor:
        now = now or timezone.now()
        cursor.execute(_EXPOSE, [now, user.pk, arm.experiment_id, arm.phase])
        return cursor.rowcount > 0


def preview(*, experiment: Experiment, variant: str) -> Arm:
    """What somebody in this arm would see, for those who look after experiments: it is neither kept nor counted."""
    return replace(_arm(experiment, variant), preview=True)


def leave(*, user: User, forget: bool = False) -> None:
    """Take part in nothing from the next request on. What was counted until now stays counted, unless it is to be
    forgotten: then the person is in no figure that is worked out from now on."""
    ExperimentOptOut.objects.get_or_create(user=user)
    if forget:
        undecided = [Status.RUNNING, Status.STOPPED]
        Assignment.objects.filter(user=user, experiment__status__in=undecided).delete()


def rejoin(*, user: User) -> None:
    """Take part again: in what still runs, in the arm from before."""
    ExperimentOptOut.objects.filter(user=user).delete()


def changed() -> None:
    """Ask the database again: now, and once what is under way is committed."""
    _forget()
    transaction.on_commit(_forget)


def _forget() -> None:
    caches["local"].delete(KEY)


def _known() -> list[Experiment]:
    """What runs, oldest first, and what ended lately; nothing of the demo's."""
    return get_or_build(KEY, _read, seconds=KNOWN_SECONDS)


def _read() -> list[Experiment]:
    real = Experiment.objects.exclude(Experiment.SHOWN_ONLY)
    ended = real.exclude(status__in=[Status.DRAFT, Status.RUNNING])
    recent = ended.filter(updated_at__gt=timezone.now() - LATELY)
    return list((real.filter(status=Status.RUNNING) | recent).order_by("start_date", "pk"))


def _standing(user: User, known: Sequence[Experiment], rows: Sequence[_Row], *, draw: bool) -> Standing:
    left = next((row.at for row in rows if row.variant == OUT), None)
    mine = {(row.experiment_id, row.phase): row for row in rows}
    if left is None:
        # Whoever is in one already is in no other.
        for experiment in sorted(running(), key=lambda one: (one.pk, one.phase) not in mine):
            row = mine.get((experiment.pk, experiment.phase)) or (_drawn(user, experiment) if draw else None)
            if row is not None:
                return Standing(_arm(experiment, row.variant, exposed=row.exposed_at is not None), row.at)
    ended = [one.updated_at for one in known if one.status != Status.RUNNING and (one.pk, one.phase) in mine]
    return Standing(None, max([*ended, *([left] if left else [])], default=None))


def _drawn(user: User, experiment: Experiment) -> _Row | None:
    """Let somebody in, unless the time for that is over or their place on the line is in another part."""
    unit, part = str(user.pk), (experiment.namespace_start, experiment.namespace_end)
    if not experiment.seed or experiment.end_date <= timezone.now():
        return None
    if part != (0.0, 1.0) and not bucketing.in_namespace(unit, NAMESPACE, part):
        return None
    place = bucketing.bucket(experiment.seed, unit)
    split = experiment.traffic_split
    variant = "ab"[bucketing.choose(place, bucketing.ranges(2, weights=[split, 1 - split]))]
    said: list[Any] = [
        experiment.phase,
        variant,
        round(place * bucketing.BUCKETS),
        timezone.now(),
        user.pk,
        experiment.pk,
    ]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_DRAW, [*said, experiment.phase])
        row = cursor.fetchone()
    # Somebody was quicker: their row is only seen by a statement that begins after it was committed.
    again = _rows([user.pk], [experiment.pk]).get(user.pk, []) if row is None else [_Row._make(row)]
    return next((one for one in again if one.phase == experiment.phase), None)


def _arm(experiment: Experiment, variant: str, *, exposed: bool = False) -> Arm:
    mixes = experiment.kind == Kind.INTERLEAVING
    return Arm(
        experiment_id=experiment.pk,
        phase=experiment.phase,
        variant=variant,
        algorithm=experiment.algorithm_b if variant == "b" and not mixes else experiment.algorithm_a,
        kind=experiment.kind,
        rival=experiment.algorithm_b if mixes else "",
        seed=experiment.seed,
        exposed=exposed,
    )


_ROWS = f"""
    SELECT user_id, experiment_id, phase, variant, assigned_at, first_exposed_at FROM {Assignment._meta.db_table}
    WHERE user_id = ANY(%s) AND experiment_id = ANY(%s)
    UNION ALL
    SELECT user_id, NULL, 0, '{OUT}', at, NULL FROM {ExperimentOptOut._meta.db_table} WHERE user_id = ANY(%s)
"""
# Written by what is true of the experiment and the person now, not by what was remembered of them.
_DRAW = """
    INSERT INTO experiment_assignments (experiment_id, user_id, phase, variant, bucket, assigned_at)
    SELECT e.id, u.id, %s, %s, %s, %s FROM recommendation_experiments e, users u
    WHERE u.id = %s AND u.is_active AND e.id = %s AND e.phase = %s AND e.status = 'running' AND e.is_active
    FOR KEY SHARE OF e, u
    ON CONFLICT (experiment_id, phase, user_id) DO NOTHING
    RETURNING experiment_id, phase, variant, assigned_at, first_exposed_at
"""
_EXPOSE = """
    UPDATE experiment_assignments s SET first_exposed_at = coalesce(s.first_exposed_at, %s)
    FROM recommendation_experiments e
    WHERE s.user_id = %s AND s.experiment_id = %s AND s.phase = %s
      AND e.id = s.experiment_id AND e.phase = s.phase AND e.status = 'running' AND e.is_active
"""


def _rows(people: list[int], experiments: list[int]) -> dict[int, list[_Row]]:
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, [people, experiments, people])
        found: list[tuple[Any, ...]] = cursor.fetchall()
    by_person: dict[int, list[_Row]] = {}
    for user_id, *said in found:
        by_person.setdefault(user_id, []).append(_Row._make(said))
    return by_person
