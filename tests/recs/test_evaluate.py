"""`manage.py evaluate`: the same bytes from the same seed, and one clear line when it cannot be done."""

import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from recs import evaluations
from recs.algorithms import ALGORITHMS
from recs.evaluation import ratings
from recs.services import evaluation, movielens_dataset
from tests import factories
from tests import movielens as made

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def community(tmp_path_factory) -> Path:
    """A hundred people of two tastes and forty films, as a MovieLens folder."""
    random = np.random.default_rng(5)
    films = [
        f"{number},Film {number} (19{50 + number}),{'Drama' if number % 2 else 'Comedy'}" for number in range(1, 41)
    ]
    rows = []
    for person in range(1, 101):
        for film in random.choice(40, size=18, replace=False) + 1:
            stars = 4.5 if (film + person) % 2 else random.choice([2.0, 4.0])
            rows.append(f"{person},{film},{stars},{made.GOOD + int(random.integers(0, 90_000_000))}")
    folder = made.csv_edition(tmp_path_factory.mktemp("data") / "ml-made", rows=rows, films=films)
    (folder / "tags.csv").write_text("userId,movieId,tag,timestamp\n1,1,Odd,1\n2,3,odd,1\n3,2,even,1\n3,2,lonely,1\n")
    return folder


def evaluate(*args: str) -> tuple[str, str]:
    out, said = StringIO(), StringIO()
    call_command("evaluate", *args, stdout=out, stderr=said)
    return out.getvalue(), said.getvalue()


def in_a_process(folder: Path, place: Path) -> tuple[str, dict]:
    environment = {**os.environ, "MODELS_DIR": str(place), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = ["manage.py", "evaluate", "--data", str(folder), "--algorithms", "popular,collaborative"]
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    [file] = (place / "evaluations").glob("*.json")
    return done.stdout, json.loads(file.read_text())


@pytest.mark.slow
def test_two_runs_print_the_same_bytes_and_store_the_same_figures(community, tmp_path):
    first, second = in_a_process(community, tmp_path / "one"), in_a_process(community, tmp_path / "two")
    assert first[0] == second[0]
    for stored in (first[1], second[1]):
        del stored["made_at"], stored["cost"]
    assert first[1] == second[1]


@pytest.mark.parametrize("protocol", evaluation.NAMES)
def test_every_protocol_prints_a_table_and_stores_a_sound_file(community, protocol):
    out, said = evaluate("--data", str(community), "--protocol", protocol)
    [stored] = evaluations.stored()
    assert stored.report["protocol"] == protocol
    assert all(row["name"] in out for row in stored.report["algorithms"])
    assert "stored in" in said


def test_what_depends_on_the_clock_is_not_on_stdout(community):
    args = ("--data", str(community), "--algorithms", "popular", "trending")
    assert evaluate(*args)[0] == evaluate(*args)[0]


def test_the_printed_command_gives_the_same_figures(community):
    out, _ = evaluate("--data", str(community), "--algorithms", "popular", "genre_based", "--seed", "7")
    command = out.splitlines()[-1].partition("evaluate ")[2].split()
    assert evaluate(*command)[0] == out


def test_another_seed_gives_other_figures(community):
    first, second = (
        evaluate("--data", str(community), "--algorithms", "popular", "--seed", seed)[0] for seed in ("1", "2")
    )
    assert first.splitlines()[4:10] != second.splitlines()[4:10]


def test_a_zip_and_its_folder_have_the_same_hash(community):
    evaluate("--data", str(community), "--algorithms", "popular")
    evaluate("--data", str(made.zipped(community)), "--algorithms", "popular")
    first, second = (stored.report for stored in evaluations.stored())
    assert first["data"]["hash"] == second["data"]["hash"]
    assert first["algorithms"] == second["algorithms"]


def test_algorithms_without_anything_to_live_on_are_left_out(community):
    evaluate("--data", str(community))
    [stored] = evaluations.stored()
    assert {row["name"] for row in stored.report["algorithms"]} == set(ALGORITHMS) - {"demographic"}


def test_models_can_be_kept_from_knowing_when(community):
    out, _ = evaluate("--data", str(community), "--no-times", "--algorithms", "popular")
    assert "without times" in out
    assert out.splitlines()[-1].endswith("--no-times")
    with pytest.raises(CommandError, match="no times"):
        evaluate("--data", str(community), "--no-times", "--algorithms", "trending")


def test_a_personal_algorithm_beats_popularity_on_two_tastes(community):
    evaluate("--data", str(community), "--algorithms", "popular,collaborative")
    [stored] = evaluations.stored()
    values = {row["name"]: row["metrics"]["ndcg@10"]["value"] for row in stored.report["algorithms"]}
    assert values["collaborative"] > values["popular"]
    assert stored.report["best"]["ndcg@10"] == "collaborative"


def test_fewer_known_films_are_measured_on_the_people_who_have_them(community):
    evaluate("--data", str(community), "--algorithms", "collaborative")
    [stored] = evaluations.stored()
    people = [stored.report["algorithms"][0]["known"][str(many)]["people"] for many in (1, 3, 5, 10)]
    assert people == sorted(people, reverse=True)
    assert people[0] == stored.report["split"]["test_people"]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--data", "/nowhere"], "does not exist"),
        (["--data", "{empty}"], "no MovieLens ratings"),
        (["--data", "{tiny}"], "people"),
        (["--data", "{tiny}", "--protocol", "temporal"], "people"),
        (["--data", "{tiny}", "--protocol", "rating"], "ratings"),
        (["--data", "{tiny}", "--algorithms", "magic"], "unknown algorithm magic"),
        (["--data", "{community}", "--algorithms", "demographic"], "no groups"),
        (["--data", "{community}", "--seed", "-1"], "--seed"),
        (["--data", "{community}", "--algorithms", "popular", "--out", "{community}"], "cannot be written"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(tmp_path, community, args, said):
    (tmp_path / "empty").mkdir()
    places = {"empty": tmp_path / "empty", "tiny": made.csv_edition(tmp_path / "tiny"), "community": community}
    with pytest.raises(CommandError, match=said) as refused:
        evaluate(*(arg.format(**places) for arg in args))
    assert "\n" not in str(refused.value)


def test_an_unknown_algorithm_ends_with_status_one():
    command = [sys.executable, "manage.py", "evaluate", "--algorithms", "magic"]
    done = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.django_db
def test_without_a_path_our_own_people_are_measured():
    films = [factories.movie(title=f"Film {number}") for number in range(12)]
    random = np.random.default_rng(3)
    for number in range(55):
        person = factories.user(email=f"p{number}@example.org")
        for film in random.choice(12, size=6, replace=False):
            factories.rating(person, films[film], 4.5)
    evaluate("--algorithms", "popular")
    [stored] = evaluations.stored()
    assert stored.report["data"]["name"] == ""
    assert "--data" not in stored.report["command"]


@pytest.mark.django_db
def test_our_own_people_may_be_too_few():
    with pytest.raises(CommandError, match="0 people"):
        evaluate()


def test_a_copy_goes_where_it_is_wanted(community, tmp_path):
    evaluate("--data", str(community), "--algorithms", "popular", "--out", str(tmp_path / "copies" / "run.json"))
    [stored] = evaluations.stored()
    assert json.loads((tmp_path / "copies" / "run.json").read_text()) == stored.report


def test_a_data_set_becomes_stars_times_and_features(community):
    name, data = movielens_dataset.read(path=community)
    assert name == "ml-made"
    assert data.stars.nnz == data.times.nnz == data.feedback.nnz == 1800
    assert data.times.data.min() > 11_000
    assert set(data.feature_names) == {
        "genre:1",
        "genre:2",
        "keyword:odd",
        *(f"decade:{year}" for year in range(1950, 2000, 10)),
    }
    assert data.genres[0].indices.tolist() == [1]  # Comedy and Drama, in that order; film 1 is a drama


def test_of_two_ratings_of_a_film_the_later_counts(tmp_path):
    rows = [f"1,1,2.0,{made.GOOD + 9}", f"1,1,5.0,{made.GOOD}", f"2,1,1.0,{made.GOOD}", f"2,1,4.0,{made.GOOD + 1}"]
    _, data = movielens_dataset.read(path=made.csv_edition(tmp_path / "twice", rows=rows))
    assert data.stars.toarray()[:, 0].tolist() == [2.0, 4.0]


def test_a_plain_bias_model_knows_kind_people_and_good_films(community):
    _, data = movielens_dataset.read(path=community)
    hidden = ratings.split(data, seed=1)
    report = ratings.compare(evaluation.RATING_ALGORITHMS, hidden, say=lambda step: None)
    errors = {row["name"]: row["metrics"]["rmse"]["value"] for row in report["algorithms"]}
    assert len(hidden.stars) == 180
    assert errors["mean"] == pytest.approx(np.sqrt(((hidden.stars - hidden.known.data.mean()) ** 2).mean()), abs=1e-6)


def test_the_hidden_ratings_are_not_learned_from(community):
    _, data = movielens_dataset.read(path=community)
    hidden = ratings.split(data, seed=1)
    assert (np.asarray(hidden.train.stars[hidden.rows, hidden.columns]) == 0).all()
    assert (np.asarray(hidden.train.feedback[hidden.rows, hidden.columns]) == 0).all()


@pytest.mark.parametrize("text", ["", "[]", "{", '{"format": 1}', "null", "[" * 100_000])
def test_a_damaged_file_is_told_from_a_sound_one(text):
    path = evaluations.folder() / "20260101T000000000-strong-00000000.json"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    assert [stored.report for stored in evaluations.stored()] == [None]


def test_a_file_is_there_whole_or_not_at_all(community, monkeypatch):
    monkeypatch.setattr(evaluations.json, "dumps", lambda *args, **kwargs: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        evaluations.save({"protocol": "strong", "data": {"hash": "0" * 64}}, now=timezone.now())
    assert list(evaluations.folder().iterdir()) == []


@pytest.mark.parametrize("name", ["../secret", "20260101T000000000-strong-00000000/../x", "", "x" * 500])
def test_a_name_never_leads_out_of_the_folder(name):
    assert evaluations.path_of(name) is None
