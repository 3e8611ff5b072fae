"""Taking a history over: what comes in, what stays as it was, and the way back."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import caches
from django.utils import timezone

from accounts.models import User
from accounts.services import closing
from catalog.models import Movie
from recs.history.records import Refusal
from recs.models import HistoryImport, ImportChange, ImportedFilm, Interaction
from recs.services import history, history_rows, interactions
from tests import factories
from tests.recs.histories import imdb, letterboxd, table, zipped

FIELDS = (
    "movie_id",
    "interaction_type",
    "rating",
    "feedback_type",
    "feedback_comment",
    "metadata",
    "source",
    "timestamp",
)


@pytest.fixture
def heat(db) -> Movie:
    return factories.movie(title="Heat", year=1995, omdb_id="tt0113277")


@pytest.fixture
def ronin(db) -> Movie:
    return factories.movie(title="Ronin", year=1998)


def rows(user: User) -> list[tuple[Any, ...]]:
    return sorted(user.interactions.values_list(*FIELDS), key=str)


def said(user: User) -> dict[tuple[str, str], float | None]:
    found = user.interactions.values_list("movie__title", "interaction_type", "rating")
    return {(title, kind): rating for title, kind, rating in found}


def bring(
    user: User, data: bytes, *, name: str = "ratings.csv", theirs: bool = False, listed: str = "watchlist"
) -> Any:
    run = history.upload(user=user, name=name, data=data)
    history.start(run=run, take_theirs=theirs, listed=listed)
    history.carry_on(run.pk)
    run.refresh_from_db()
    return run


def test_matched_films_come_in_with_their_stars_and_dates(viewer, heat, ronin):
    run = bring(
        viewer, letterboxd("2020-01-02,Heat,1995,u,4.5", "2021-01-02,Ronin,1998,u,0", "2021-01-02,No Such,1998,u,2")
    )
    assert said(viewer) == {("Heat", "rating"): 4.5, ("Ronin", "view"): None}
    row = viewer.interactions.get(movie=heat)
    assert (row.source, row.feedback_type) == ("import", "positive")
    assert row.timestamp == datetime.datetime(2020, 1, 2, 12, tzinfo=datetime.UTC)
    assert (run.status, run.counts) == ("done", {"added": 2, "films": 2})


def test_nothing_comes_in_before_its_owner_says_so(viewer, heat):
    run = history.upload(user=viewer, name="r.csv", data=letterboxd("2020-01-02,Heat,1995,u,4.5"))
    history.carry_on(run.pk)
    assert rows(viewer) == []


def test_a_date_that_cannot_be_becomes_now(viewer, heat):
    before = timezone.now()
    bring(viewer, letterboxd("2999-01-02,Heat,1995,u,4.5"))
    assert before <= viewer.interactions.get().timestamp <= timezone.now()


def test_the_same_file_again_adds_nothing_and_says_so(viewer, heat):
    data = letterboxd("2020-01-02,Heat,1995,u,4.5")
    bring(viewer, data)
    before = rows(viewer)
    assert bring(viewer, data).counts == {"already": 1}
    assert rows(viewer) == before


def test_ones_own_rating_is_kept_unless_theirs_is_asked_for(viewer, heat):
    factories.rating(viewer, heat, 2.0)
    data = letterboxd("2020-01-02,Heat,1995,u,4.5")
    run = bring(viewer, data)
    assert said(viewer) == {("Heat", "rating"): 2.0}
    assert run.counts == {"kept": 1}
    assert run.films.get().kept == ["rating"]
    assert bring(viewer, data, theirs=True).counts == {"changed": 1, "films": 1}
    assert said(viewer) == {("Heat", "rating"): 4.5}


@pytest.mark.parametrize(
    ("marks", "theirs", "expected"),
    [
        ("watchlist rating", False, {"watchlist", "rating"}),
        ("watchlist rating", True, {"rating"}),
        ("not_interested like", False, {"not_interested"}),
        ("not_interested like", True, {"like"}),
        ("dislike like", False, {"dislike"}),
        ("dislike like", True, {"like"}),
        ("view watchlist", False, {"view"}),
        ("view watchlist", True, {"view", "watchlist"}),
    ],
)
def test_marks_that_exclude_each_other_do_so_here_too(viewer, heat, marks, theirs, expected):
    here, file = marks.split()
    factories.mark(viewer, heat, here)
    files = {
        "rating": {"ratings.csv": letterboxd("2020-01-02,Heat,1995,u,4.5")},
        "like": {"likes/films.csv": table("Date,Name,Year,Letterboxd URI", "2020-01-02,Heat,1995,u")},
        "watchlist": {"watchlist.csv": table("Date,Name,Year,Letterboxd URI", "2020-01-02,Heat,1995,u")},
    }[file]
    before = rows(viewer)
    run = bring(viewer, zipped(files), name="l.zip", theirs=theirs)
    assert {kind for _title, kind in said(viewer)} == expected
    history.undo(run=run)
    assert rows(viewer) == before


def test_undoing_restores_exactly_what_was_there(viewer, heat, ronin):
    factories.rating(viewer, heat, 2.0, metadata={"from": "group"}, feedback_comment="hm", feedback_type="negative")
    factories.mark(viewer, ronin, "watchlist")
    before = rows(viewer)
    run = bring(viewer, letterboxd("2020-01-02,Heat,1995,u,4.5", "2020-01-02,Ronin,1998,u,3"), theirs=True)
    assert rows(viewer) != before
    assert history.undo(run=run)
    assert rows(viewer) == before
    assert not ImportChange.objects.exists()


def test_what_was_changed_after_the_import_stays_when_it_is_undone(viewer, heat, ronin):
    factories.rating(viewer, heat, 2.0)
    run = bring(viewer, letterboxd("2020-01-02,Heat,1995,u,4.5", "2020-01-02,Ronin,1998,u,3"), theirs=True)
    interactions.rate(user=viewer, movie=heat, rating=1.0)
    interactions.unrate(user=viewer, movie=ronin)
    history.undo(run=run)
    assert said(viewer) == {("Heat", "rating"): 1.0}


def test_two_lines_on_one_film_leave_the_last_word_and_undo_to_the_first_state(viewer, heat):
    factories.rating(viewer, heat, 2.0)
    before = rows(viewer)
    heat.tmdb_id = 949
    heat.save()
    data = table("imdb_id,tmdb_id,rating,rated_at", "tt0113277,,8,2020-01-01", ",949,6,2020-01-02")
    run = bring(viewer, data, theirs=True)
    assert said(viewer) == {("Heat", "rating"): 3.0}
    history.undo(run=run)
    assert rows(viewer) == before


@pytest.mark.parametrize(("listed", "expected"), [("watchlist", {"watchlist"}), ("view", {"view"}), ("", set())])
def test_its_owner_says_what_a_nameless_list_is_for(viewer, heat, listed, expected):
    bring(viewer, table("Position,Const,Title,Year", "1,tt0113277,Heat,1995"), name="list.csv", listed=listed)
    assert {kind for _title, kind in said(viewer)} == expected


def test_a_chosen_film_is_imported_and_none_of_these_is_not(viewer):
    old, new = (factories.movie(title="Columbus", year=2017) for _ in range(2))
    run = history.upload(user=viewer, name="r.csv", data=letterboxd("2020-01-02,Columbus,2017,u,4"))
    film = run.films.get()
    assert (film.state, set(film.candidates)) == ("several", {old.pk, new.pk})
    history.choose(film=film, movie_id=None)
    assert run.films.get().state == "missing"
    history.choose(film=film, movie_id=new.pk)
    history.start(run=run, take_theirs=False, listed="")
    history.carry_on(run.pk)
    assert viewer.interactions.get().movie_id == new.pk


def test_a_film_that_was_no_candidate_cannot_be_chosen(viewer, heat, ronin):
    run = history.upload(user=viewer, name="r.csv", data=letterboxd("2020-01-02,Heat,1990,u,4"))
    with pytest.raises(ValueError, match=str(ronin.pk)):
        history.choose(film=run.films.get(), movie_id=ronin.pk)


def test_pressing_twice_makes_one_upload_and_one_import(viewer, heat):
    data = letterboxd("2020-01-02,Heat,1995,u,4.5")
    first, second = (history.upload(user=viewer, name="r.csv", data=data) for _ in range(2))
    assert first.pk == second.pk
    assert history.start(run=first, take_theirs=False, listed="")
    assert not history.start(run=second, take_theirs=True, listed="")
    history.carry_on(first.pk)
    history.carry_on(first.pk)
    assert viewer.interactions.count() == 1


def test_only_so_many_uploads_wait_for_review(viewer):
    for number in range(history.MOST_OPEN + 2):
        history.upload(user=viewer, name="r.csv", data=letterboxd(f"2020-01-02,Film {number},1995,u,4.5"))
    assert viewer.history_imports.count() == history.MOST_OPEN


def test_endless_uploads_are_asked_to_pause(viewer, heat, monkeypatch):
    monkeypatch.setattr(history, "MOST_IN_A_ROW", 3)
    caches["default"].clear()
    for _ in range(3):
        history.upload(user=viewer, name="r.csv", data=letterboxd("2020-01-02,Heat,1995,u,4"))
    with pytest.raises(Refusal, match="too_often"):
        history.upload(user=viewer, name="r.csv", data=letterboxd("2020-01-02,Heat,1995,u,4"))


def killed_after(steps: int) -> Callable[[int], bool]:
    """A worker that dies after so many steps."""
    original, left = history_rows.step, [steps]

    def step(history_id: int) -> bool:
        left[0] -= 1
        if left[0] < 0:
            raise SystemExit
        return original(history_id)

    return step


def test_a_killed_worker_leaves_whole_steps_and_the_next_one_goes_on(viewer, monkeypatch):
    for number in range(7):
        factories.movie(title=f"Film No {number}", year=1990)
    run = history.upload(
        user=viewer, name="r.csv", data=letterboxd(*[f"2020-01-02,Film No {n},1990,u,4" for n in range(7)])
    )
    history.start(run=run, take_theirs=False, listed="")
    monkeypatch.setattr(history_rows, "STEP", 3)
    with monkeypatch.context() as patch:
        patch.setattr(history_rows, "step", killed_after(1))
        with pytest.raises(SystemExit):
            history.carry_on(run.pk)
    run.refresh_from_db()
    assert (run.status, run.counts["added"], viewer.interactions.count()) == ("running", 3, 3)
    assert history.stalled() == []
    later = timezone.now() + 2 * history.STALLED
    assert history.stalled(later) == [run.pk]
    history.carry_on(run.pk)
    run.refresh_from_db()
    assert (run.status, run.counts["added"], viewer.interactions.count()) == ("done", 7, 7)


def test_an_import_can_be_taken_back_while_it_is_under_way(viewer, heat):
    run = history.upload(user=viewer, name="r.csv", data=letterboxd("2020-01-02,Heat,1995,u,4.5"))
    history.start(run=run, take_theirs=False, listed="")
    history_rows.step(run.pk)
    assert history.undo(run=run)
    history.carry_on(run.pk)
    run.refresh_from_db()
    assert (run.status, rows(viewer)) == ("undone", [])


def test_an_import_changes_nobody_elses_rows(viewer, stranger, heat):
    factories.rating(stranger, heat, 1.0)
    before = rows(stranger)
    history.undo(run=bring(viewer, letterboxd("2020-01-02,Heat,1995,u,4.5"), theirs=True))
    assert rows(stranger) == before


def test_films_that_are_deleted_meanwhile_drop_out(viewer, heat, ronin):
    run = history.upload(
        user=viewer, name="r.csv", data=letterboxd("2020-01-02,Heat,1995,u,4", "2020-01-02,Ronin,1998,u,4")
    )
    heat.delete()
    again = history.upload(user=viewer, name="s.csv", data=letterboxd("2020-01-02,Heat,1995,u,4"))
    assert again.films.get().state == "missing"
    history.start(run=run, take_theirs=False, listed="")
    history.carry_on(run.pk)
    assert said(viewer) == {("Ronin", "rating"): 4.0}


def test_the_import_is_forgotten_in_time_and_goes_with_the_account(viewer, heat):
    run = bring(viewer, imdb("tt0113277,9,2015-01-01,Heat,Heat,u,movie,1995"))
    later = timezone.now() + datetime.timedelta(days=history.KEPT_DAYS + 1)
    history.forget_old(timezone.now())
    assert HistoryImport.objects.filter(pk=run.pk).exists()
    history.forget_old(later)
    assert (HistoryImport.objects.count(), ImportedFilm.objects.count(), ImportChange.objects.count()) == (0, 0, 0)
    assert viewer.interactions.count() == 1
    bring(viewer, imdb("tt0113277,8,2015-01-01,Heat,Heat,u,movie,1995"), theirs=True)
    closing.close(user=viewer)
    models = (HistoryImport, ImportedFilm, ImportChange, Interaction)
    assert [model.objects.count() for model in models] == [0, 0, 0, 0]
