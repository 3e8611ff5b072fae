"""A missing or bad value stops the start with one line that names it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "SECRET_KEY": "kX9vQ2mZr7TpLw4NsB8dYc3HfJg6Ua1EoRiV5tMxCzPqWbKn0S-_Dl",
    "ALLOWED_HOSTS": "films.example.org",
    "DATABASE_URL": "postgres://marquee:secret@db.example.org:5432/marquee",
    "EMAIL_URL": "smtp+tls://mailer:secret@mail.example.org:587",
    "DEFAULT_FROM_EMAIL": "Marquee <films@example.org>",
}


def check(*arguments: str, **changes: str | None) -> subprocess.CompletedProcess[str]:
    values = {**PRODUCTION, **changes}
    environment = {name: value for name, value in values.items() if value is not None}
    return subprocess.run(
        [sys.executable, "manage.py", "check", *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_production_settings_pass_the_deployment_checks():
    done = check("--deploy", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


def test_production_settings_with_redis_pass_too():
    done = check("--deploy", "--fail-level", "WARNING", REDIS_URL="redis://cache.example.org:6379/0")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[(name, None) for name in PRODUCTION],
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", "django-insecure-kX9vQ2mZr7TpLw4NsB8dYc3HfJg6Ua1EoRiV5tMxCzPqWbKn0S"),
        ("DATABASE_URL", "mysql://marquee@db/marquee"),
        ("DATABASE_URL", "postgres://db.example.org"),
        ("DATABASE_URL", "postgres://marquee@db.example.org:port/marquee"),
        ("REDIS_URL", "http://cache.example.org"),
        ("EMAIL_URL", "mail.example.org"),
        ("EMAIL_URL", "consolemail://"),
        ("DEFAULT_FROM_EMAIL", "films"),
        ("MARQUEE_MODE", "staging"),
        ("TRAINING_ENGINE", "abacus"),
        ("SPARK_MASTER", "cluster.example.org"),
        ("SPARK_MASTER", "local[0]"),
        ("SPARK_TIMEOUT", "soon"),
        ("DEBUG", "true"),
        ("DEBUG", "perhaps"),
        ("DATABASE_POOL", "many"),
        ("VAPID_PUBLIC_KEY", "short"),
        ("VAPID_PRIVATE_KEY", "short"),
        ("VAPID_PRIVATE_KEY", "not base64url"),
        ("VAPID_SUBJECT", "films@example.org"),
        ("VAPID_SUBJECT", "http://films.example.org"),
        ("PUSH_HOSTS", "https://push.example.org/x"),
        ("TRUSTED_PROXY_COUNT", "-1"),
    ],
)
def test_a_missing_or_bad_value_stops_the_start_with_one_line_that_names_it(name, value):
    done = check(**{name: value})
    assert done.returncode == 1
    assert done.stderr.startswith(f"marquee: {name} ")
    assert len(done.stderr.strip().splitlines()) == 1
