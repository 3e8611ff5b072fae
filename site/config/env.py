"""Read the environment, and stop with one line that names the variable when a value is missing or bad."""

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import unquote, urlsplit

from django.core.management.utils import get_random_secret_key
from environ import Env

ROOT = Path(__file__).resolve().parents[2]
MODES = ("production", "local")

environ = Env()


def stop(name: str, problem: str) -> NoReturn:
    """End the process with one line: the variable's name and what is wrong with it."""
    sys.exit(f"marquee: {name} {problem}")


def text(name: str, default: str | None = None) -> str:
    value = environ.str(name, default="").strip()
    if value:
        return value
    if default is None:
        stop(name, "is not set; see docs/configuration.md")
    return default


def flag(name: str, *, default: bool) -> bool:
    value = environ.str(name, default="").strip().lower()
    if value in {"", "1", "true", "yes", "on", "0", "false", "no", "off"}:
        return value in {"1", "true", "yes", "on"} if value else default
    stop(name, f"is {value!r}, but must be true or false")


def number(name: str, *, default: int, low: int = 0, high: int = 1_000_000) -> int:
    value = environ.str(name, default="").strip() or str(default)
    if not re.fullmatch(r"-?\d{1,9}", value) or not low <= int(value) <= high:
        stop(name, f"is {value!r}, but must be a whole number from {low} to {high}")
    return int(value)


def names(name: str, default: list[str] | None = None) -> list[str]:
    """A comma-separated list."""
    found = [part.strip() for part in environ.str(name, default="").split(",") if part.strip()]
    if not found and default is None:
        stop(name, "is not set; it takes a comma-separated list")
    return found or (default or [])


def choice(name: str, default: str, allowed: Sequence[str]) -> str:
    value = text(name, default)
    if value not in allowed:
        stop(name, f"is {value!r}, but must be one of {', '.join(allowed)}")
    return value


def mode() -> str:
    return choice("MARQUEE_MODE", "production", MODES)


def spark_master(name: str = "SPARK_MASTER", default: str = "local[*]") -> str:
    """Where Spark computes: on this machine or on a cluster."""
    value = text(name, default)
    if not re.fullmatch(r"local|local\[(\*|[1-9]\d*)\]|yarn|(spark|k8s)://\S+", value):
        stop(name, f"is {value!r}, but must look like local[2], spark://host:7077, yarn or k8s://https://host:443")
    return value


def secret_key(*, local_file: Path | None) -> str:
    """SECRET_KEY; in local mode a random one is made once and kept in a file that only its owner reads."""
    value = environ.str("SECRET_KEY", default="")
    if value or local_file is None:
        if len(value) < 50 or len(set(value)) < 5 or value.startswith("django-insecure-"):
            stop("SECRET_KEY", "is not set or too weak; it needs 50 random characters or more")
        return value
    try:
        return _kept_key(local_file)
    except OSError as problem:
        stop("MARQUEE_VAR", f"is {str(local_file.parent)!r}, which cannot be used: {problem.strerror}")


def _kept_key(file: Path) -> str:
    """A key that a killed start left empty is made anew."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists() or not file.read_text().strip():
        scratch = file.with_name(f"{file.name}.{os.getpid()}")
        scratch.touch(mode=0o600)
        scratch.write_text(get_random_secret_key())
        scratch.replace(file)
    return file.read_text().strip()


def database(url: str, name: str = "DATABASE_URL") -> dict[str, Any]:
    """Django's settings for a postgres:// address (host may be a percent-encoded socket directory)."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        stop(name, "must look like postgres://user:password@host:5432/name")
    try:
        port = parts.port
    except ValueError:
        stop(name, "has a port that is not a number")
    config: dict[str, Any] = environ.db_url_config(url)
    config["HOST"] = unquote(parts.hostname or config.get("HOST") or "")
    config["PORT"] = port or ""
    return config


def redis(name: str = "REDIS_URL") -> str:
    """The address of a Redis server, or an empty string where there is none."""
    url = environ.str(name, default="").strip()
    if url and (urlsplit(url).scheme not in {"redis", "rediss", "unix"}):
        stop(name, "must look like redis://host:6379/0")
    return url


def event_sources(hosts: Sequence[str], url: str, port: int) -> list[str]:
    """The origins beside the site's own that its pages may listen to: another port of its hosts, or another host."""
    if port:
        return [f"http://{host}:{port}" for host in hosts if re.fullmatch(r"[\w.-]+", host)]
    parts = urlsplit(url)
    return [f"{parts.scheme}://{parts.netloc}"] if parts.scheme == "https" else []
