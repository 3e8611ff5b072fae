"""Loading a MovieLens data set: what ends up in the database, again, after a kill, and when the files are no good."""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.models import User
from catalog.models import Movie
from catalog.services import starter
from recs.models import Interaction
from recs.services import movielens, training
from tests import factories
from tests import movielens as made

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "data" / "ml-latest-small"
GOOD = made.GOOD


@pytest.fixture(autouse=True)
def _own_var(settings, tmp_path) -> None:
    settings.VAR = tmp_path / "var"


@pytest.fixture
def folder(tmp_path) -> Path:
    return made.csv_edition(tmp_path / "tiny")


def everything() -> list[tuple]:
    return list(Interaction.objects.order_by("user", "movie").values_list("user__username", "movie__title", "rating"))


@pytest.mark.django_db
def test_films_people_and_ratings_are_loaded(folder):
    report = movielens.load(path=folder)
    assert (report.label, report.people, report.films_created, report.progress.loaded) == ("tiny", 3, 2, 4)
    assert everything() == [
        ("tiny-1", "Toy Boat", 4.0),
        ("tiny-1", "The Heat Wave", 3.0),
        ("tiny-2", "Toy Boat", 5.0),
        ("tiny-3", "The Heat Wave", 1.0),
    ]


@pytest.mark.django_db
def test_a_rating_keeps_its_time_and_says_that_it_was_imported(folder):
    movielens.load(path=folder)
    rating = Interaction.objects.get(user__username="tiny-2")
    assert (rating.source, rating.interaction_type) == ("import", "rating")
    assert rating.timestamp == datetime.fromtimestamp(GOOD + 2, UTC)


@pytest.mark.django_db
def test_nobody_can_log_in_as_a_person_of_the_data_set(folder):
    movielens.load(path=folder)
    person = User.objects.get(username="tiny-1")
    assert person.email == "tiny-1@movielens.invalid"
    assert not person.has_usable_password()
    assert (person.onboarding_completed, person.is_simulated) == (True, False)


@pytest.mark.django_db
def test_a_second_run_adds_nothing(folder):
    movielens.load(path=folder)
    before = everything(), User.objects.count(), Movie.objects.count()
    report = movielens.load(path=folder)
    assert (report.progress.loaded, report.progress.already, report.films_created) == (0, 4, 0)
    assert (everything(), User.objects.count(), Movie.objects.count()) == before


@pytest.mark.django_db
def test_people_of_two_data_sets_stay_apart(folder):
    movielens.load(path=folder)
    movielens.load(path=folder, label="Other Set")
    assert User.objects.filter(username__in=["tiny-1", "other-set-1"]).count() == 2
    assert (Interaction.objects.count(), Movie.objects.count()) == (8, 2)


@pytest.mark.django_db
def test_films_are_found_by_tmdb_number_then_imdb_number_then_title_and_year(tmp_path):
    ours = [
        factories.movie(title="Otherwise Named", tmdb_id=901),
        factories.movie(title="Also Otherwise", tmdb_id=777, omdb_id="tt0000012"),
        factories.movie(title="L’Été: a film", year=1999, original_title="Ete, un film", tmdb_id=None),
    ]
    lines = ["1,Toy Boat (1995),Drama", "2,Heat (1995),Drama", '3,"Film (Été, un film) (1999)",Drama']
    report = movielens.load(path=made.csv_edition(tmp_path / "match", films=lines, rows=["1,3,2.5,1000000000"]))
    assert (report.films_found, report.films_created) == (3, 0)
    assert Interaction.objects.get().movie == ours[2]


@pytest.mark.django_db
def test_a_title_of_another_year_or_another_tmdb_number_is_another_film(tmp_path):
    factories.movie(title="Toy Boat", year=1999, tmdb_id=None)
    factories.movie(title="Toy Boat", year=1995, tmdb_id=555)
    report = movielens.load(path=made.csv_edition(tmp_path / "years"))
    assert Movie.objects.get(tmdb_id=901).slug == "toy-boat-1995"
    assert report.films_found == 0


@pytest.mark.django_db
def test_two_films_of_one_title_and_year_stay_two_and_stay_themselves(tmp_path):
    films = ["5,Emma (1996),Drama", "6,Emma (1996),Drama"]
    folder = made.csv_edition(tmp_path / "emma", films=films, rows=["1,5,1.0,1000000000", "1,6,5.0,1000000000"])
    for _ in range(2):
        movielens.load(path=folder)
    assert list(Interaction.objects.order_by("movie").values_list("rating", flat=True)) == [1.0, 5.0]
    assert Movie.objects.filter(title="Emma").count() == 2


@pytest.mark.django_db
def test_new_films_get_our_genres_a_year_and_an_address(folder):
    movielens.load(path=folder)
    movie = Movie.objects.get(tmdb_id=901)
    assert {genre.name for genre in movie.genres.all()} == {"Animation", "Family", "Comedy"}
    assert (movie.slug, movie.year, movie.omdb_id) == ("toy-boat-1995", 1995, "tt0000011")


@pytest.mark.django_db
def test_a_film_of_the_catalogue_stays_as_it_is(tmp_path):
    starter.load()
    before = Movie.objects.values().get(tmdb_id=603)
    films = ['7,"Matrix, The (1999)",Action|Sci-Fi']
    report = movielens.load(path=made.csv_edition(tmp_path / "known", films=films, rows=["1,7,5.0,1000000000"]))
    assert (report.films_found, report.films_created) == (1, 0)
    assert Movie.objects.values().get(tmdb_id=603) == before


@pytest.mark.django_db
def test_bad_lines_are_counted_with_their_first_places_and_listed(tmp_path):
    rows = ["1,1,4.0,1000000000", "oops", "2,1,9.0,1000000000", "3,99,4.0,1000000000", "4,1,2.0,1000000000", "bad"]
    report = movielens.load(path=made.csv_edition(tmp_path / "bad", rows=rows))
    assert report.progress.loaded == 2
    assert report.progress.first_lines["wrong number of fields"] == ["ratings.csv:3", "ratings.csv:7"]
    assert report.skipped_list.read_text().splitlines()[:2] == [
        "file,line,reason",
        "ratings.csv,3,wrong number of fields",
    ]
    assert len(report.skipped_list.read_text().splitlines()) == 5


@pytest.mark.django_db
@pytest.mark.parametrize("chunk", [1, 2, 100])
@pytest.mark.parametrize("order", [1, -1])
def test_of_two_ratings_of_one_film_the_later_stands_wherever_the_chunks_end(tmp_path, chunk, order):
    rows = [f"1,1,{stars}.0,{GOOD + stars}" for stars in (1, 2, 3)][::order]
    folder = made.csv_edition(tmp_path / "twice", rows=rows)
    for loaded in (1, 0):
        report = movielens.load(path=folder, chunk=chunk)
        assert report.progress.loaded == loaded
        assert report.progress.skipped == {"film rated twice, the later one counts": 2}
        assert Interaction.objects.get().rating == 3.0


@pytest.mark.django_db
def test_only_the_first_people_when_asked(folder):
    report = movielens.load(path=folder, most_people=2)
    assert (report.people, report.progress.loaded, report.progress.left_out) == (2, 3, 1)
    assert movielens.load(path=folder).progress.loaded == 1


@pytest.mark.django_db
def test_an_account_of_somebody_who_lives_here_is_never_filled(folder):
    factories.user(username="tiny-1", email="me@example.org")
    with pytest.raises(movielens.Unusable, match="belong to other people"):
        movielens.load(path=folder)
    assert not Interaction.objects.exists()
    assert movielens.load(path=folder, label="another").progress.loaded == 4


@pytest.mark.django_db
def test_two_imports_never_run_at_once(folder):
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [movielens.LOCK])
        with pytest.raises(movielens.Unusable, match="another import is running"):
            movielens.load(path=folder)
        # A closed connection goes back to the pool, and would keep the lock there.
        cursor.execute("SELECT pg_advisory_unlock(%s)", [movielens.LOCK])
    other.close()
    assert not Movie.objects.exists()


@pytest.mark.django_db
def test_a_load_that_fails_on_the_way_goes_on_behind_its_last_chunk(folder, monkeypatch):
    store, calls = movielens.store, []

    def fails_once(*args, **options):
        calls.append(1)
        if len(calls) == 3:
            raise ConnectionError("gone")
        return store(*args, **options)

    monkeypatch.setattr(movielens, "store", fails_once)
    with pytest.raises(ConnectionError):
        movielens.load(path=folder, chunk=1)
    report = movielens.load(path=folder, chunk=1)
    assert report.resumed_at == 3
    assert (report.progress.loaded, report.progress.already, len(everything())) == (4, 0, 4)


@pytest.mark.django_db
def test_a_checkpoint_of_an_emptied_database_is_not_believed(folder, monkeypatch, settings):
    monkeypatch.setattr(movielens.Checkpoint, "forget", lambda self: None)
    movielens.load(path=folder)
    Interaction.objects.all().delete()
    report = movielens.load(path=folder)
    assert (report.resumed_at, report.progress.loaded) == (0, 4)


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["", "{", "[]", '{"database": "x"}', '{"database": "x", "progress": {"lines": 1}}'])
def test_a_damaged_checkpoint_only_costs_time(folder, text, settings):
    with movielens.open_set(folder) as data:
        path = Path(settings.VAR) / "imports" / f"{data.fingerprint('tiny')}.json"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    assert movielens.load(path=folder).progress.loaded == 4
    assert not path.exists()


@pytest.mark.django_db
def test_the_command_tells_what_it_did(folder, capsys):
    call_command("import_movielens", str(folder), "--no-train")
    told = capsys.readouterr().out
    assert "0 found, 2 created, 0 listed twice" in told
    assert "3 named tiny-" in told
    assert "4 loaded, 0 already there" in told


@pytest.mark.django_db
def test_training_follows_unless_it_is_declined(folder, monkeypatch, capsys):
    trained = []

    def refuse(**options) -> None:
        trained.append(1)
        raise training.NothingToLearnFrom("Nothing to learn from yet.")

    monkeypatch.setattr(training, "train", refuse)
    call_command("import_movielens", str(folder), "--no-train")
    call_command("import_movielens", str(folder), train=False)
    assert trained == []
    call_command("import_movielens", str(folder))
    assert trained == [1]
    assert "Nothing to learn from yet." in capsys.readouterr().out


def unusable(kind: str, tmp_path: Path) -> Path:
    folder = made.csv_edition(tmp_path / "whole")
    archive = made.zipped(folder)
    if kind == "truncated":
        archive.write_bytes(archive.read_bytes()[:-100])
        return archive
    if kind == "binary":
        (folder / "ratings.csv").write_bytes(os.urandom(5000))
    elif kind == "no ratings":
        (folder / "ratings.csv").unlink()
    return tmp_path / "nowhere" if kind == "missing" else folder


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["truncated", "binary", "no ratings", "missing"])
def test_files_that_are_no_good_give_one_line_and_load_nothing(tmp_path, kind):
    with pytest.raises(CommandError, match=r"^[^\n]+$"):
        call_command("import_movielens", str(unusable(kind, tmp_path)), "--no-train")
    assert not Movie.objects.exists()
    assert not User.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
def test_a_killed_run_goes_on_and_ends_with_exact_totals(tmp_path):
    rows = [f"{person},{film},3.5,{GOOD + film}" for person in range(1, 301) for film in range(1, 101)]
    films = [f"{film},Film {film} (2001),Drama" for film in range(1, 101)]
    folder = made.csv_edition(tmp_path / "kill", films=films, rows=rows)
    environment = {
        **os.environ,
        "MARQUEE_VAR": str(tmp_path / "var"),
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'site'}",
        "DATABASE_URL": _test_database_url(),
    }
    command = [sys.executable, "-m", "django", "import_movielens", str(folder), "--no-train", "--chunk", "1000"]
    run = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    _wait_for_a_checkpoint(tmp_path / "var", run)
    run.send_signal(signal.SIGKILL)
    run.communicate()
    stopped_at = Interaction.objects.count()
    assert 0 < stopped_at < 30_000
    again = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "went on behind line" in again.stdout
    assert (Interaction.objects.count(), User.objects.count(), Movie.objects.count()) == (30_000, 300, 100)


def _test_database_url() -> str:
    at = {name: quote(str(connection.settings_dict[name] or ""), safe="") for name in ("USER", "PASSWORD", "HOST")}
    port = f":{connection.settings_dict['PORT']}" if connection.settings_dict["PORT"] else ""
    return f"postgres://{at['USER']}:{at['PASSWORD']}@{at['HOST']}{port}/{connection.settings_dict['NAME']}"


def _wait_for_a_checkpoint(var: Path, run: subprocess.Popen) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and run.poll() is None:
        for path in (var / "imports").glob("*.json"):
            if json.loads(path.read_text())["progress"]["line"] >= 3000:
                return
        time.sleep(0.01)
    run.kill()
    told = run.communicate()[0].decode()
    pytest.fail(f"the import ended, or never began, before it could be killed: {told}")


@pytest.mark.django_db
@pytest.mark.slow
def test_the_small_edition_is_loaded_whole():
    if not SHARED.exists():
        pytest.skip("the data set is not here")
    report = movielens.load(path=SHARED)
    assert (report.films_listed, report.people, report.progress.loaded) == (9_742, 610, 100_836)
    assert sum(report.progress.skipped.values()) == 0
