"""What the site says to browsers in production: headers and cookies, over HTTPS."""

import json
import os
import subprocess
import sys
import textwrap

import pytest
from django.conf import settings

from tests.config.test_env import PRODUCTION, ROOT

SCRIPT = textwrap.dedent("""
    import json
    import django
    django.setup()
    from django.test import Client
    browser = Client(headers={"host": "films.example.org"})
    def told(answer):
        cookies = {name: dict(value) for name, value in answer.cookies.items()}
        return {"status": answer.status_code, "headers": dict(answer.headers), "cookies": cookies}
    print(json.dumps({
        "page": told(browser.get("/accounts/login/", secure=True)),
        "admin": told(browser.get("/admin/login/", secure=True)),
        "missing": told(browser.get("/nowhere/", secure=True)),
        "theme": told(browser.post("/theme/", {"theme": "dark"}, secure=True)),
        "plain": told(browser.get("/accounts/login/")),
        "health": told(browser.get("/healthz")),
        "elsewhere": told(Client(headers={"host": "evil.example"}).get("/accounts/login/", secure=True)),
    }))
""")


@pytest.fixture(scope="module")
def production(django_db_setup: None) -> dict[str, dict]:
    """The answers of a process with production settings, on the database of the tests."""
    database = settings.DATABASES["default"]
    port = f":{database['PORT']}" if database["PORT"] else ""
    address = f"postgres://{database['USER']}@{database['HOST'].replace('/', '%2F')}{port}/{database['NAME']}"
    environment = {
        **PRODUCTION,
        "DATABASE_URL": address,
        "PATH": os.environ["PATH"],
        "MARQUEE_VAR": os.environ["MARQUEE_VAR"],
        "PYTHONPATH": f"{ROOT}:{ROOT / 'site'}",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("page", ["page", "admin", "missing", "theme"])
@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("Strict-Transport-Security", "max-age=31536000"),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "same-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("X-Frame-Options", "DENY"),
        ("Permissions-Policy", "camera=()"),
        ("Content-Security-Policy", "default-src 'none'"),
        ("Content-Security-Policy", "frame-ancestors 'none'"),
    ],
)
def test_every_answer_carries_its_protection(production, page, name, wanted):
    assert wanted in production[page]["headers"][name]


def test_the_content_policy_allows_nothing_unsafe(production):
    policies = [answer["headers"].get("Content-Security-Policy", "") for answer in production.values()]
    assert not any("unsafe" in policy for policy in policies)


@pytest.mark.parametrize(("page", "name"), [("page", "csrftoken"), ("theme", "theme")])
def test_cookies_travel_encrypted_and_to_us_only(production, page, name):
    cookie = production[page]["cookies"][name]
    assert (cookie["secure"], cookie["samesite"]) == (True, "Lax")


def test_the_token_and_the_session_are_out_of_the_reach_of_scripts(production):
    assert production["page"]["cookies"]["csrftoken"]["httponly"]
    assert settings.SESSION_COOKIE_HTTPONLY


def test_an_unencrypted_address_leads_to_the_encrypted_one_but_health_is_told_at_once(production):
    assert production["plain"]["status"] == 301
    assert production["plain"]["headers"]["Location"].startswith("https://films.example.org/")
    assert production["health"]["status"] == 200


def test_a_host_that_is_not_ours_is_refused_by_our_own_page(production):
    assert production["elsewhere"]["status"] == 400
