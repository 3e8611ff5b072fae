"""Fixtures that every test may use. People are a small cast with roles; films come from factories."""

import os
from collections.abc import Iterator

import pytest
from django.core.cache import caches
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import translation

from accounts.models import User
from tests import factories


def pytest_configure(config: pytest.Config) -> None:
    """Compile the translations once, before any process has read them."""
    if not hasattr(config, "workerinput"):
        call_command("compile_translations", verbosity=0)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """TEST_DB gives several runs on one machine a database each."""
    from django.conf import settings

    if suffix := os.environ.get("TEST_DB"):
        test = settings.DATABASES["default"].setdefault("TEST", {})
        test["NAME"] = f"{test.get('NAME') or 'test_marquee'}_{suffix}"


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker) -> Iterator[None]:
    """Of a process that a test killed the server may not know yet that it is gone: it would keep the database busy.
    A database that is used again still knows the keys of messages, which no model stands for and no flush forgets."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM notification_keys")
    yield
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(f"{others} WHERE datname = current_database() AND pid <> pg_backend_pid()")


@pytest.fixture(autouse=True)
def _quick_and_apart(settings, tmp_path, monkeypatch) -> None:
    """Every test has its own models and spool folders, an empty process cache, cheap passwords and tasks that run at
    once; activity is brought into the database only when a test asks for it. No file has to survive a power cut."""
    monkeypatch.setattr(os, "fsync", lambda handle: None)
    settings.MODELS_DIR = tmp_path / "models"
    settings.ACTIVITY_SPOOL_DIR = tmp_path / "spool"
    settings.ACTIVITY_ARCHIVE_DIR = tmp_path / "archive"
    settings.ACTIVITY_FLUSH_SECONDS = 0
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.HUEY.immediate = True
    translation.activate("en")  # a request in another language leaves its language behind
    caches["local"].clear()


@pytest.fixture
def viewer(db) -> User:
    """Somebody who has joined and finished the welcome."""
    return factories.user(email="viewer@example.org", onboarding_completed=True)


@pytest.fixture
def stranger(db) -> User:
    """Somebody else, whose rows nobody may touch."""
    return factories.user(email="stranger@example.org", onboarding_completed=True)


@pytest.fixture
def admin(db) -> User:
    return factories.user(email="admin@example.org", is_staff=True, is_superuser=True, onboarding_completed=True)


@pytest.fixture
def member(viewer: User) -> Client:
    """A browser in which the viewer is signed in."""
    client = Client()
    client.force_login(viewer)
    return client
