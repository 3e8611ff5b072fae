"""Does everything run that nobody sees? Models, stored picks, worker, queue, spool and mail."""

import datetime
import logging
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.timesince import timesince
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from insights import words
from insights.dashboards.figures import Column, Figure
from insights.dashboards.spans import Span
from notify import mail_health
from notify.mail_health import LEVELS, Check
from notify.models import Channel, DeliveryStatus
from recs import artefacts
from recs.algorithms import MODELS
from web import failures, heartbeat

logger = logging.getLogger(__name__)
DAY = datetime.timedelta(days=1)
OLD_MODEL, VERY_OLD_MODEL = 2 * DAY, 7 * DAY
LONG_QUEUE, VERY_LONG_QUEUE = 100, 1_000
OLD_SPOOL = datetime.timedelta(minutes=5)
BAD_MAIL, VERY_BAD_MAIL = 2, 10  # per cent that failed or bounced


def checks() -> list[Check]:
    """All of them, the worst first."""
    now = timezone.now()
    said = _measured()
    found = [_worker(), _queue(), _failed(), _models(now), _spool(now)]
    found += [
        _picks(said["known"], said["fresh"]),
        _loaded(said["rows"], said["bad"], said["dropped"]),
        _mail(said["tried"], said["failed"], said["late"]),
    ]
    if said["stuck"]:
        found += [check for check in mail_health.ways_out() if check.level != "green"]
    return sorted(found, key=lambda check: LEVELS.index(check.level))


def figures(span: Span) -> list[Figure]:
    return [_model_figure(), _failure_figure(), _mail_figure(span)]


def _worker() -> Check:
    name, silence = _("Worker"), heartbeat.seconds_since()
    if silence is not None and silence < heartbeat.SILENT_SECONDS:
        return Check(name, "green", _("It gave a sign of life in the last three minutes."))
    todo = _("Start it again: without it nothing is trained, sent or tidied. “manage.py run” starts site and worker.")
    if silence is None:
        return Check(name, "red", _("No sign of life within the last hour."), todo)
    minutes = round(silence / 60)
    said = ngettext("Silent for %(count)s minute.", "Silent for %(count)s minutes.", minutes) % {"count": minutes}
    return Check(name, "red", said, todo)


def _queue() -> Check:
    name = _("Queue")
    try:
        waiting = settings.HUEY.pending_count()
    except Exception as problem:  # whichever store it is, and whatever ails it
        logger.warning("the queue cannot be counted: %s", problem)
        return Check(name, "red", _("The queue cannot be reached."), _("See whether its server runs."))
    said = ngettext("%(count)s task is waiting.", "%(count)s tasks are waiting.", waiting) % {"count": waiting}
    if waiting < LONG_QUEUE:
        return Check(name, "green", said)
    level = "red" if waiting >= VERY_LONG_QUEUE else "amber"
    return Check(name, level, said, _("See whether the worker keeps up; it may need more processes."))


def _failed() -> Check:
    since = timezone.now().timestamp() - DAY.total_seconds()
    count = sum(1 for one in failures.recent() if one.at >= since)
    said = ngettext(
        "%(count)s task failed in the last 24 hours.", "%(count)s tasks failed in the last 24 hours.", count
    )
    if not count:
        return Check(_("Failed tasks"), "green", _("No task failed in the last 24 hours."))
    todo = _("Look for the task in the worker's log; the list below says which one and when.")
    return Check(_("Failed tasks"), "amber", said % {"count": count}, todo)


def _models(now: datetime.datetime) -> Check:
    name, made = _("Models"), {model: _trained(artefacts.manifest(model)) for model in MODELS}
    missing = [str(words.ALGORITHMS.get(model, model)) for model, when in made.items() if when is None]
    todo = _("Run “manage.py train”, or see why the nightly training failed.")
    if len(missing) == len(made):
        return Check(name, "red", _("Nothing has been trained yet: everybody sees popular films."), todo)
    oldest = min(when for when in made.values() if when)
    said = gettext("The oldest model was trained %(age)s ago.") % {"age": timesince(oldest, now, depth=1)}
    if missing:
        said = gettext("Without a model: %(names)s.") % {"names": ", ".join(missing)}
    if now - oldest > VERY_OLD_MODEL:
        return Check(name, "red", said, todo)
    return Check(name, "amber", said, todo) if missing or now - oldest > OLD_MODEL else Check(name, "green", said)


def _trained(manifest: Mapping[str, Any] | None) -> datetime.datetime | None:
    try:
        return datetime.datetime.fromisoformat(manifest["trained_at"]) if manifest else None
    except (KeyError, TypeError, ValueError):
        return None


def _picks(known: int, fresh: int) -> Check:
    """Picks wait for everybody whom the recommender knows anything about."""
    name = _("Stored picks")
    if not known:
        return Check(name, "green", _("Nobody has told us anything yet, so there are none to make."))
    part = round(100 * fresh / known)
    said = gettext("%(percent)s %% of the people have picks from the last week.") % {"percent": part}
    if part >= 90:
        return Check(name, "green", said)
    level = "red" if part < 50 else "amber"
    return Check(name, level, said, _("Run “manage.py train”: it makes everybody's picks anew."))


def _spool(now: datetime.datetime) -> Check:
    """Files of this machine that have not reached the database."""
    name, sizes, oldest = _("Activity waiting"), 0, now
    for path in settings.ACTIVITY_SPOOL_DIR.glob("*.jsonl"):
        try:
            found = path.stat()
        except OSError:  # it has just been taken in
            continue
        if found.st_size:
            sizes += found.st_size
            oldest = min(oldest, datetime.datetime.fromtimestamp(found.st_mtime, datetime.UTC))
    said = gettext("%(size)s MB wait to be taken into the database.") % {"size": number_format(sizes / 2**20, 1)}
    if sizes > settings.ACTIVITY_SPOOL_MB * 2**20 / 2:
        return Check(name, "red", said, _("Soon the oldest will be dropped. See whether the database is away."))
    if now - oldest > OLD_SPOOL:
        return Check(
            name, "amber", said, _("It should take seconds. See whether the worker runs and the folder is its own.")
        )
    return Check(name, "green", said)


def _loaded(rows: int, bad: int, dropped: int) -> Check:
    count = {"count": number_format(rows, force_grouping=True), "lost": number_format(bad + dropped)}
    name = _("Activity taken in")
    if bad or dropped:
        said = gettext("%(count)s rows in seven days; %(lost)s were lost.") % count
        todo = _("The server's log says when. A full disk or a database that was away does this.")
        return Check(name, "amber", said, todo)
    return Check(name, "green", gettext("%(count)s rows in seven days, none lost.") % count)


def _mail(tried: int, failed: int, late: bool) -> Check:
    name = _("Mail and messages")
    if late:
        todo = _("See whether the worker runs and the mail server takes mail.")
        return Check(name, "red", _("Messages have been waiting for more than an hour."), todo)
    if not tried:
        return Check(name, "green", _("Nothing was sent in the last seven days, so there is nothing to judge."))
    bad = 100 * failed / tried
    said = gettext("%(percent)s %% of the messages of seven days failed or bounced.")
    said %= {"percent": number_format(bad, 1)}
    if bad < BAD_MAIL:
        return Check(name, "green", said)
    level = "red" if bad >= VERY_BAD_MAIL else "amber"
    return Check(name, level, said, _("Look at the messages below, and at the mail server's own log."))


def _measured() -> dict[str, Any]:
    """What the database says of picks, spool and mail, in one query."""
    query = """
        WITH known AS (
            SELECT EXISTS (SELECT FROM user_recommendations r
                WHERE r.user_id = u.id AND r.generated_at > now() - interval '7 days') AS fresh
            FROM users u WHERE u.is_active AND (
                EXISTS (SELECT FROM user_movie_interactions i WHERE i.user_id = u.id)
                OR EXISTS (SELECT FROM favorite_genres g WHERE g.user_id = u.id))
        ), loads AS (
            SELECT coalesce(sum(rows), 0) AS rows, coalesce(sum(bad), 0) AS bad, coalesce(sum(dropped), 0) AS dropped
            FROM activity_spools WHERE loaded_at > now() - interval '7 days'
        ), mail AS (
            SELECT count(*) FILTER (WHERE status <> 'scheduled') AS tried,
                count(*) FILTER (WHERE status IN ('failed', 'bounced')) AS failed
            FROM notification_logs WHERE created_at > now() - interval '7 days'
        )
        SELECT (SELECT count(*) FROM known) AS known, (SELECT count(*) FROM known WHERE fresh) AS fresh,
            loads.*, mail.*, EXISTS (SELECT FROM notification_logs
                WHERE status = 'scheduled' AND scheduled_at < now() - interval '1 hour') AS late,
            EXISTS (SELECT FROM delivery_circuits WHERE failures > 0) AS stuck
        FROM loads, mail"""
    with connection.cursor() as cursor:
        cursor.execute(query)
        names = [column.name for column in cursor.description]
        return dict(zip(names, cursor.fetchone(), strict=True))


def _model_figure() -> Figure:
    rows = []
    for model in MODELS:
        said = artefacts.manifest(model) or {}
        counts = said.get("counts") or {}
        when = _trained(said)
        local = timezone.localtime(when) if when else None
        rows.append((words.ALGORITHMS.get(model, model), local, said.get("version"), counts.get("people")))
    columns = [
        Column(_("Model"), "text"),
        Column(_("Trained"), "moment"),
        Column(_("Version"), "code"),
        Column(_("People")),
    ]
    return Figure("models", _("Models"), columns, rows)


def _failure_figure() -> Figure:
    zone = timezone.get_current_timezone()
    rows = [(datetime.datetime.fromtimestamp(one.at, zone), one.task, one.error) for one in failures.recent()]
    columns = [Column(_("When"), "moment"), Column(_("Task"), "code"), Column(_("Error"), "code")]
    return Figure("failures", _("Failed tasks"), columns, rows, empty=_("No task failed in the last seven days."))


def _mail_figure(span: Span) -> Figure:
    query = """
        SELECT channel, status, count(*)::int, max(created_at) FROM notification_logs
        WHERE created_at >= %s AND created_at < %s GROUP BY 1, 2 ORDER BY 1, 3 DESC"""
    with connection.cursor() as cursor:
        cursor.execute(query, [span.start, span.end])
        found = cursor.fetchall()
    states, channels = dict(DeliveryStatus.choices), dict(Channel.choices)
    rows = [
        (channels.get(channel, channel), states.get(status, status), count, timezone.localtime(at))
        for channel, status, count, at in found
    ]
    columns = [
        Column(_("Channel"), "text"),
        Column(_("State"), "text"),
        Column(_("Messages"), "bar"),
        Column(_("Last"), "moment"),
    ]
    return Figure("mail", _("Messages"), columns, rows, empty=_("No message was sent in these days."))
