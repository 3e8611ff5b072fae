"""The whole site with Redis, which is then stopped, frozen and started under it."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import running
from tests.running import ROOT, Browser, Site, wait_for
from tests.servers import Redis

pytestmark = [pytest.mark.redis, pytest.mark.slow]


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    server = Redis(str(tmp_path_factory.mktemp("redis")))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def site(redis: Redis, prepared: Path) -> Iterator[Site]:
    with running.site(prepared) as made:
        made.environment["REDIS_URL"] = f"redis://127.0.0.1:{redis.port}/0"
        made.start()
        made.wait_until_ready()
        yield made


def manage(site: Site, *arguments: str) -> int:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=ROOT, env=site.environment, check=False, capture_output=True
    ).returncode


def use(site: Site, browser: Browser) -> list[int]:
    """Log in, look round, rate, and read it again."""
    browser.log_in(site.var)
    page = browser.get("/browse/").text
    film, number = re.search(r"/film/[\w-]+/", page)[0], re.search(r'name="(\d+)-rating"', page)[1]
    acted = browser.post(f"{film}rate/", {f"{number}-rating": "3.5"})
    return [acted.status, *(browser.get(path).status for path in ("/", film, "/me/ratings/", "/search/?q=love"))]


def wrong_passwords(site: Site, email: str) -> list[int]:
    """Nobody gets more than a few, whichever process answers. Afterwards nobody can log in from here for a while."""
    browser = Browser(site.address)
    browser.get("/accounts/login/")
    form = {"login": email, "password": "not this one"}
    return [browser.post("/accounts/login/", form).status for _ in range(70)]


WELL = [302, 200, 200, 200, 200]


def test_people_use_the_site_and_the_worker_works(site):
    assert use(site, Browser(site.address)) == WELL
    enqueue = "from web.tasks import worker_heartbeat; worker_heartbeat()"
    assert manage(site, "shell", "-v0", "-c", enqueue) == 0
    assert wait_for(lambda: manage(site, "worker_alive") == 0, 20)


def test_a_redis_that_hangs_costs_seconds_and_not_the_page(site, redis):
    before = Browser(site.address)
    before.log_in(site.var)
    redis.freeze()
    try:
        answers = [before.get("/me/ratings/") for _ in range(4)]
    finally:
        redis.thaw()
    assert [answer.status for answer in answers] == [200] * 4
    assert max(answer.seconds for answer in answers) < 6


def test_who_logs_out_while_redis_hangs_is_logged_out_when_it_is_back(site, redis):
    browser = Browser(site.address)
    browser.log_in(site.var)
    key = next(cookie.value for cookie in browser.cookies if cookie.name == "sessionid")
    redis.freeze()
    try:
        assert browser.post("/accounts/logout/", {}).status == 302
    finally:
        redis.thaw()
    stale = {"Cookie": f"sessionid={key}"}
    assert wait_for(lambda: Browser(site.address).get("/me/ratings/", **stale).status == 302, 15)


def test_without_redis_people_stay_logged_in_use_the_site_and_are_limited(site, redis):
    before = Browser(site.address)
    before.log_in(site.var)
    redis.stop()
    try:
        assert before.get("/me/ratings/").status == 200
        assert use(site, Browser(site.address)) == WELL
        assert 429 in wrong_passwords(site, "somebody@example.org")
    finally:
        redis.start()


def test_wrong_passwords_are_limited(site):
    assert 429 in wrong_passwords(site, "nobody@example.org")
