"""Work that nobody waits for. The public functions decide, the tasks only do."""

import logging

from huey import crontab
from huey.contrib.djhuey import db_periodic_task, db_task

from recs import signals
from recs.services import history, training

logger = logging.getLogger(__name__)


@db_task()
def train_models() -> None:
    """Train everything; enqueued by whoever has brought many films or ratings in."""
    try:
        trained = training.train()
    except training.EngineFailed as problem:
        logger.error("not trained: %s", problem)
    except training.TrainingError as reason:
        logger.info("not trained: %s", reason)
    else:
        logger.info("trained on %s people, %s films, %s ratings", trained.people, trained.films, trained.ratings)
        signals.everybodys_picks_made.send(sender=None)


@db_periodic_task(crontab(hour="3", minute="30"))
def train_every_night() -> None:
    train_models()


def import_history(history_id: int) -> None:
    """Take a long history over while its owner goes on."""
    _import_history(history_id)


@db_task()
def _import_history(history_id: int) -> None:
    history.carry_on(history_id)


@db_periodic_task(crontab(minute="*/2"))
def go_on_with_imports() -> None:
    """A worker may have been killed, or its queue lost."""
    for history_id in history.stalled():
        import_history(history_id)


@db_periodic_task(crontab(hour="4", minute="10"))
def forget_old_imports() -> None:
    history.forget_old()
