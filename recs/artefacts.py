"""Fitted models on disk: versioned folders of plain arrays that a server maps into memory.

`<MODELS_DIR>/<algorithm>/<version>/` holds `.npy` files and `manifest.json` (format, checksums, counts);
`current.json` beside the versions names the one to serve. A folder appears by one rename when it is complete, and
the pointer moves by another: whatever kills a training, the model before it stays. A version that is damaged or of
another format is passed over in favour of the one before it. Nothing is ever unpickled.
"""

import hashlib
import json
import logging
import os
import secrets
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from django.conf import settings
from django.utils import timezone

from recs.algorithms import MODELS
from recs.algorithms.base import Arrays

logger = logging.getLogger(__name__)
FORMAT = 1
KEPT = 3
LOOK_AGAIN_SECONDS = 2.0
ABANDONED_SECONDS = 6 * 60 * 60  # a half-written folder older than this belongs to a training that was killed


class Fitted(Protocol):
    """Anything that is learned and kept as named arrays: the scorers, and what answers other questions."""

    @property
    def name(self) -> str: ...

    def arrays(self) -> Arrays: ...


@dataclass(frozen=True, eq=False)
class Artefact:
    """A model that is ready to answer, and where it comes from. `scorer` is whatever its name stands for."""

    scorer: Any
    version: str
    manifest: Mapping[str, Any]


@dataclass
class _Seen:
    """What this process knows of one algorithm's folder."""

    checked_at: float
    pointer: str | None
    artefact: Artefact | None


_seen: dict[tuple[Any, str], _Seen] = {}  # a page asks a hundred times: no path is put together for that


def save(scorer: Fitted, *, counts: Mapping[str, int]) -> str:
    """Write a new version, make it the current one, drop the oldest; returns its name."""
    home = Path(settings.MODELS_DIR) / scorer.name
    now = timezone.now()
    version = f"{now:%Y%m%dT%H%M%S}{now.microsecond // 1000:03d}-{secrets.token_hex(3)}"
    building = home / f".{version}"
    building.mkdir(parents=True)
    files = {f"{name}.npy": _write(building / f"{name}.npy", array) for name, array in scorer.arrays().items()}
    manifest = {
        "format": FORMAT,
        "algorithm": scorer.name,
        "version": version,
        "trained_at": now.isoformat(),
        "counts": dict(counts),
        "files": files,
    }
    _write_text(building / "manifest.json", json.dumps(manifest, indent=2))
    _sync(building)
    building.rename(home / version)
    _write_text(home / ".current.json", json.dumps({"version": version}))
    os.replace(home / ".current.json", home / "current.json")
    _sync(home)
    _prune(home, keep=version)
    return version


def load(name: str) -> Artefact | None:
    """The newest sound model of this algorithm; looks for a newer one every few seconds."""
    key = (settings.MODELS_DIR, name)
    seen, now = _seen.get(key), time.monotonic()
    if seen and now - seen.checked_at < LOOK_AGAIN_SECONDS:
        return seen.artefact
    home = Path(settings.MODELS_DIR) / name
    pointer = _pointer(home)
    if seen and seen.pointer == pointer:
        seen.checked_at = now
        return seen.artefact
    artefact = _newest(home, pointer)
    _seen[key] = _Seen(now, pointer, artefact)
    return artefact


def manifest(name: str) -> Mapping[str, Any] | None:
    """What the current version says of itself, without reading its arrays; None where there is none to read."""
    home = Path(settings.MODELS_DIR) / name
    version = _pointer(home)
    try:
        return json.loads((home / Path(version).name / "manifest.json").read_text()) if version else None
    except (OSError, ValueError):
        return None


def forget() -> None:
    """Look at the disk again at the next load."""
    _seen.clear()


def _newest(home: Path, pointer: str | None) -> Artefact | None:
    for version in _candidates(home, pointer):
        try:
            return _read(home / version)
        except Exception as problem:  # whatever is wrong with one version, there may be another
            logger.error("model %s of %s cannot be used: %r", version, home.name, problem)
    return None


def _candidates(home: Path, pointer: str | None) -> list[str]:
    """The current version and those before it; all of them, newest first, where the pointer is lost."""
    versions = _versions(home)
    return [version for version in versions if pointer is None or version <= pointer]


def _versions(home: Path) -> list[str]:
    if not home.is_dir():
        return []
    return sorted((path.name for path in home.iterdir() if path.is_dir() and path.name[0] != "."), reverse=True)


def _pointer(home: Path) -> str | None:
    try:
        return str(json.loads((home / "current.json").read_text())["version"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _read(folder: Path) -> Artefact:
    manifest = json.loads((folder / "manifest.json").read_text())
    if manifest["format"] != FORMAT:
        raise ValueError(f"format {manifest['format']}, not {FORMAT}")
    arrays = {}
    for file, checksum in manifest["files"].items():
        path = folder / Path(file).name
        if _checksum(path) != checksum:
            raise ValueError(f"{file} is damaged")
        arrays[path.stem] = np.load(path, mmap_mode="r", allow_pickle=False)
    scorer = MODELS[manifest["algorithm"]].from_arrays(arrays)
    return Artefact(scorer=scorer, version=folder.name, manifest=manifest)


def _write(path: Path, array: np.ndarray) -> str:
    with path.open("wb") as file:
        np.save(file, np.ascontiguousarray(array), allow_pickle=False)
        file.flush()
        os.fsync(file.fileno())
    return _checksum(path)


def _write_text(path: Path, text: str) -> None:
    with path.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _prune(home: Path, *, keep: str) -> None:
    for version in [version for version in _versions(home) if version != keep][KEPT - 1 :]:
        shutil.rmtree(home / version, ignore_errors=True)
    for folder in home.glob(".*"):
        if folder.is_dir() and time.time() - folder.stat().st_mtime > ABANDONED_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)
