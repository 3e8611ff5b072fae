"""Models on disk: complete or not there, never executed, never lost."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from recs import artefacts
from recs.algorithms import ALGORITHMS
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
