"""Models on disk: complete or not there, never executed, never lost."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from recs import artefacts
from recs.algorithms import ALGORITHMS, MODELS, Alike, Ratings
from recs.services import training
from tests.recs import tastes

COUNTS = {"people": 15, "films": 11, "ratings": 70}


@pytest.fixture(autouse=True)
def _look_at_the_disk(settings, monkeypatch):
    monkeypatch.setattr(artefacts, "LOOK_AGAIN_SECONDS", 0)
    artefacts.forget()


def scorer(name="collaborative"):
    return ALGORITHMS[name].fit(tastes.checkerboard(), seed=1)


def folder(settings, version=""):
    return Path(settings.MODELS_DIR) / "collaborative" / version


def save() -> str:
    return artefacts.save(scorer(), counts=COUNTS)


def test_without_a_model_there_is_none():
    assert artefacts.load("collaborative") is None


@pytest.mark.parametrize("name", sorted(ALGORITHMS))
def test_a_saved_model_scores_as_before(name):
    made = scorer(name)
    version = artefacts.save(made, counts=COUNTS)
    loaded = artefacts.load(name)
    history = tastes.checkerboard().feedback[:3]
    assert loaded.version == version
    assert (loaded.scorer.scores(history) == made.scores(history)).all()


def test_the_manifest_says_what_the_model_was_made_from(settings):
    manifest = json.loads((folder(settings, save()) / "manifest.json").read_text())
    assert manifest["counts"] == COUNTS
    assert manifest["format"] == artefacts.FORMAT
    assert set(manifest["files"]) == {"movie_ids.npy", "data.npy", "indices.npy", "indptr.npy"}


def test_a_loaded_model_is_mapped_and_cannot_be_written():
    save()
    weights = artefacts.load("collaborative").scorer.weights
    assert not weights.data.flags.owndata
    assert not weights.data.flags.writeable


def held(thing) -> list[np.ndarray]:
    """Every array that a model holds, through sparse matrices and the models in it."""
    if isinstance(thing, np.ndarray):
        return [thing]
    if isinstance(thing, csr_matrix):
        return [thing.data, thing.indices, thing.indptr]
    if isinstance(thing, dict):
        return [array for one in thing.values() for array in held(one)]
    return held(vars(thing)) if hasattr(thing, "__dict__") else []


def is_mapped(array) -> bool:
    while array is not None and not isinstance(array, np.memmap):
        array = getattr(array, "base", None)
    return array is not None


@pytest.mark.parametrize("name", sorted(MODELS))
def test_processes_share_what_is_large_in_a_model(name):
    random = np.random.default_rng(5)
    table = random.random((60, 3000)) < 0.05
    data = tastes.dataset(table, stars=csr_matrix(table * 3.5), times=csr_matrix(table * 20_000.0))
    made = (ALGORITHMS | dict(training.BESIDE))[name].fit(data, seed=1)
    artefacts.save(made, counts=COUNTS)
    arrays = held(artefacts.load(name).scorer)
    own = sum(array.nbytes for array in arrays if not is_mapped(array))
    assert own <= 0.2 * sum(array.nbytes for array in arrays if is_mapped(array))


@pytest.mark.parametrize("side", [Alike(), Ratings()])
def test_what_is_learned_beside_the_algorithms_comes_back_as_it_was(side):
    table = np.random.default_rng(5).random((60, 40)) < 0.4
    made = side.fit(tastes.dataset(table, stars=csr_matrix(table * 3.5)), seed=1)
    artefacts.save(made, counts=COUNTS)
    loaded = artefacts.load(made.name).scorer
    assert all((array == loaded.arrays()[key]).all() for key, array in made.arrays().items())


def test_a_new_version_is_noticed():
    save()
    artefacts.load("collaborative")
    newer = save()
    assert artefacts.load("collaborative").version == newer


def test_the_disk_is_not_asked_at_every_load(monkeypatch):
    first = save()
    monkeypatch.setattr(artefacts, "LOOK_AGAIN_SECONDS", 60)
    artefacts.load("collaborative")
    save()
    assert artefacts.load("collaborative").version == first


@pytest.mark.parametrize("file", ["data.npy", "indices.npy", "manifest.json"])
def test_a_damaged_version_falls_back_to_the_one_before(settings, file, caplog):
    first, second = save(), save()
    path = folder(settings, second) / file
    path.write_bytes(path.read_bytes()[:-7])
    assert artefacts.load("collaborative").version == first
    assert second in caplog.text


def test_a_version_with_a_missing_file_falls_back_to_the_one_before(settings):
    first, second = save(), save()
    (folder(settings, second) / "data.npy").unlink()
    assert artefacts.load("collaborative").version == first


def test_a_version_of_another_format_is_passed_over(settings):
    first, second = save(), save()
    path = folder(settings, second) / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": artefacts.FORMAT - 1}))
    assert artefacts.load("collaborative").version == first


@pytest.mark.parametrize("facts", ["[]", "{}", '{"format": null}', '{"format": %d, "files": 3}', "", "\x00"])
def test_a_manifest_of_any_other_shape_falls_back_to_the_version_before(settings, facts):
    first, second = save(), save()
    (folder(settings, second) / "manifest.json").write_text(facts.replace("%d", str(artefacts.FORMAT)))
    assert artefacts.load("collaborative").version == first


def test_a_version_whose_arrays_have_other_names_falls_back_to_the_one_before(settings, monkeypatch):
    first, made = save(), scorer()
    with monkeypatch.context() as patch:
        patch.setattr(type(made), "arrays", lambda self: {"movie_ids": self.movie_ids})
        second = artefacts.save(made, counts=COUNTS)
    assert second != first
    assert artefacts.load("collaborative").version == first


def test_a_folder_that_was_copied_half_falls_back_to_the_version_before(settings):
    first = save()
    half = folder(settings, "29990101T000000000-abcdef")
    half.mkdir()
    (half / "data.npy").write_bytes(b"\x93NUMPY")
    (folder(settings) / "current.json").write_text(json.dumps({"version": half.name}))
    assert artefacts.load("collaborative").version == first


def test_with_every_version_damaged_there_is_none(settings):
    for version in (save(), save()):
        (folder(settings, version) / "manifest.json").write_text("{")
    assert artefacts.load("collaborative") is None


def test_a_pickle_in_place_of_an_array_is_never_run(settings):
    version = save()
    path = folder(settings, version) / "data.npy"
    np.save(path, np.array([print], dtype=object), allow_pickle=True)
    manifest = folder(settings, version) / "manifest.json"
    facts = json.loads(manifest.read_text())
    facts["files"]["data.npy"] = artefacts._checksum(path)
    manifest.write_text(json.dumps(facts))
    assert artefacts.load("collaborative") is None


def test_a_lost_pointer_means_the_newest_version(settings):
    save()
    second = save()
    (folder(settings) / "current.json").unlink()
    assert artefacts.load("collaborative").version == second


def test_a_pointer_back_to_an_older_version_is_obeyed(settings):
    first, _ = save(), save()
    (folder(settings) / "current.json").write_text(json.dumps({"version": first}))
    assert artefacts.load("collaborative").version == first


def test_the_last_three_versions_are_kept(settings):
    versions = [save() for _ in range(5)]
    kept = {path.name for path in folder(settings).iterdir() if path.is_dir()}
    assert kept == set(versions[-3:])


@pytest.mark.parametrize("step", ["np.save", "os.fsync", "Path.rename", "os.replace"])
def test_a_training_killed_at_any_step_leaves_the_old_model(monkeypatch, step):
    first = save()

    def killed(*args, **kwargs):
        raise KeyboardInterrupt

    owner = {"np": np, "os": os, "Path": Path}[step.split(".")[0]]
    with monkeypatch.context() as patch:
        patch.setattr(owner, step.split(".")[1], killed)
        with pytest.raises(KeyboardInterrupt):
            save()
    assert artefacts.load("collaborative").version == first


def test_what_a_killed_training_left_is_swept_away_later(settings):
    left = folder(settings) / ".20200101T000000000-abcdef"
    left.mkdir(parents=True)
    os.utime(left, (0, 0))
    save()
    assert not left.exists()
