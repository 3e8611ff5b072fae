"""Evaluations on disk: a JSON file each under `<MODELS_DIR>/evaluations/`, named by time, protocol and data."""

import json
import os
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from recs.evaluation.report import Report

FORMAT = 1
KEPT_NAME = re.compile(r"\d{8}T\d{9}-[a-z]+-[0-9a-f]{8}")
LARGEST = 5_000_000  # bytes; a real one has some tens of thousands


class Damaged(ValueError):
    """A file that is no evaluation."""


@dataclass(frozen=True)
class Stored:
    """An evaluation as it was found; `report` is None when the file is damaged."""

    name: str
    report: Report | None


def folder() -> Path:
    return Path(settings.MODELS_DIR) / "evaluations"


def save(report: Report, *, now: datetime) -> Path:
    """Write it where the staff page looks, whole or not at all."""
    stamp = f"{now:%Y%m%dT%H%M%S}{now.microsecond // 1000:03d}"
    return write(report, folder() / f"{stamp}-{report['protocol']}-{report['data']['hash'][:8]}.json")


def write(report: Report, path: Path) -> Path:
    """One rename puts the file in its place: whoever reads meanwhile sees the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    try:
        with part.open("w", encoding="utf-8") as file:
            file.write(json.dumps(report, indent=2, allow_nan=False) + "\n")
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path


def path_of(name: str) -> Path | None:
    """The file of this name, if there is one; a name can never lead out of the folder."""
    path = folder() / f"{name}.json"
    return path if KEPT_NAME.fullmatch(name) and path.is_file() else None


def stored() -> Iterator[Stored]:
    """All that is there, the newest first, read one by one; a damaged file comes without its report."""
    home = folder()
    names = sorted((path.stem for path in home.glob("*.json")), reverse=True) if home.is_dir() else []
    for name in names:
        try:
            yield Stored(name, read(home / f"{name}.json"))
        except (OSError, ValueError, RecursionError):
            yield Stored(name, None)


def read(path: Path) -> Report:
    """Raises Damaged (or OSError) when the file is not what `save` wrote."""
    if path.stat().st_size > LARGEST:
        raise Damaged("too large")
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as problem:
        raise Damaged("no JSON") from problem
    if not _whole(report):
        raise Damaged("not an evaluation")
    return report


def _whole(report: Any) -> bool:
    """Every part that a page shows is there and of its kind."""
    try:
        datetime.fromisoformat(report["made_at"])
        words = [report["protocol"], report["command"], report["data"]["hash"], report["data"]["name"]]
        counts = [report["seed"], *report["split"].values()]
        return (
            report["format"] == FORMAT
            and {"train_people", "test_people", "films"} <= report["split"].keys()
            and all(isinstance(report[part], dict) for part in ("cost", "code", "best"))
            and all(isinstance(word, str) for word in words)
            and all(type(count) is int for count in counts)
            and all(isinstance(name, str) for name in report["best"].values())
            and bool(report["algorithms"])
            and all(_sound(row) for row in report["algorithms"])
        )
    except (KeyError, TypeError, AttributeError, ValueError):
        return False


def _sound(row: dict[str, Any]) -> bool:
    parts = [row["metrics"], row.get("differences", {}), *(known["metrics"] for known in row.get("known", {}).values())]
    numbers = [found[end] for part in parts for found in part.values() for end in ("value", "error", "low", "high")]
    people = [known["people"] for known in row.get("known", {}).values()]
    keys = [int(many) for many in row.get("known", {})]
    return (
        isinstance(row["name"], str)
        and bool(row["metrics"])
        and all(type(number) in {int, float} for number in [*numbers, *people, *keys])
    )
