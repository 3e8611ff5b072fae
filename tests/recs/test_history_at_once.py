"""Imports, uploads and acts on the site that happen at the same moment, each on a connection of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.models import User
from catalog.models import Movie
from recs.models import HistoryImport
from recs.services import history, history_rows, interactions
from tests import factories
from tests.recs.histories import letterboxd, table, zipped
from tests.running import wait_for

pytestmark = pytest.mark.django_db(transaction=True)
FILMS = 60


@pytest.fixture
def films(transactional_db) -> list[Movie]:
    return [factories.movie(title=f"Film No {number}", year=1990) for number in range(FILMS)]


def at_once(*works: Callable[[], Any]) -> list[Any]:
    def one(work: Callable[[], Any]) -> Any:
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(one, works))


def upload(user: User, stars: float, name: str = "r.csv") -> HistoryImport:
    rows = [f"2020-01-02,Film No {number},1990,u,{stars}" for number in range(FILMS)]
    return history.upload(user=user, name=name, data=letterboxd(*rows))


def begun(user: User, stars: float, *, theirs: bool = False) -> HistoryImport:
    run = upload(user, stars)
    history.start(run=run, take_theirs=theirs, listed="")
    return run


def test_the_same_upload_sent_at_once_is_one(viewer, films):
    found = at_once(*[lambda: upload(viewer, 4).pk] * 4)
    assert len(set(found)) == 1
    assert viewer.history_imports.count() == 1


def test_two_workers_on_one_import_do_not_do_it_twice(viewer, films, monkeypatch):
    monkeypatch.setattr(history_rows, "STEP", 7)
    run = begun(viewer, 4)
    at_once(*[lambda: history.carry_on(run.pk)] * 3)
    run.refresh_from_db()
    assert (run.status, run.counts) == ("done", {"added": FILMS, "films": FILMS})
    assert viewer.interactions.count() == FILMS


def test_two_imports_at_once_end_as_one_after_the_other(viewer, films, monkeypatch):
    monkeypatch.setattr(history_rows, "STEP", 7)
    first, second = begun(viewer, 4), begun(viewer, 2)
    at_once(lambda: history.carry_on(first.pk), lambda: history.carry_on(second.pk))
    counts = [HistoryImport.objects.get(pk=run.pk).counts for run in (first, second)]
    assert sum(count.get("added", 0) for count in counts) == FILMS
    assert sum(count.get("kept", 0) for count in counts) == FILMS
    history.undo(run=first)
    history.undo(run=second)
    assert viewer.interactions.count() == 0


def test_an_undo_during_an_import_leaves_nothing(viewer, films, monkeypatch):
    monkeypatch.setattr(history_rows, "STEP", 5)
    run = begun(viewer, 4)
    at_once(lambda: history.carry_on(run.pk), lambda: history.undo(run=run))
    run.refresh_from_db()
    if run.status == "done":
        history.undo(run=run)
    assert viewer.interactions.count() == 0


def test_pressing_dislike_while_likes_come_in_breaks_neither(viewer, films, monkeypatch):
    monkeypatch.setattr(history_rows, "STEP", 5)
    rows = [f"2020-01-02,Film No {number},1990,u" for number in range(FILMS)]
    data = zipped({"likes/films.csv": table("Date,Name,Year,Letterboxd URI", *rows)})
    run = history.upload(user=viewer, name="l.zip", data=data)
    history.start(run=run, take_theirs=False, listed="")

    def press() -> None:
        for film in films[::-1][:20]:
            interactions.mark(user=viewer, movie=film, kind="dislike", on=True)

    at_once(lambda: history.carry_on(run.pk), press)
    run.refresh_from_db()
    assert run.status == "done"
    assert viewer.interactions.of_type("dislike").count() == 20
    assert viewer.interactions.count() == FILMS


def test_an_act_waits_for_the_step_that_an_import_has_begun(viewer, films):
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"

    def is_waiting() -> bool:
        with connection.cursor() as cursor:
            cursor.execute(waiting)
            return cursor.fetchone()[0] == 1

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            interactions.hold_all(viewer.pk)
            pressed = pool.submit(at_once, lambda: interactions.mark(user=viewer, movie=films[0], kind="like", on=True))
            assert wait_for(is_waiting, 10)
            assert not viewer.interactions.exists()
        pressed.result(timeout=10)
    assert viewer.interactions.count() == 1
