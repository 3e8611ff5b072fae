"""PostgreSQL is stopped under the running site, and started again."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from config import cluster
from tests import running
from tests.running import Answer, Browser, wait_for

pytestmark = pytest.mark.slow
HTMX = {"HX-Request": "true"}


class Stage:
    """The site with its database, a member's and a visitor's browser, and a film to act on."""

    def __init__(self, site: running.Site) -> None:
        self.database = cluster.local(site.var)
        self.member, self.visitor = Browser(site.address), Browser(site.address)
        self.member.log_in(site.var)
        page = self.visitor.get("/browse/").text
        self.film = re.search(r"/film/[\w-]+/", page)[0]
        self.number = re.search(r'name="(\d+)-rating"', page)[1]
        self.before = self.acts()

    def acts(self) -> list[tuple]:
        with psycopg.connect(host=str(self.database.socket), user="marquee", dbname="marquee") as connection:
            return connection.execute(
                "SELECT id, rating, timestamp FROM user_movie_interactions ORDER BY id"
            ).fetchall()

    def needing_the_database(self) -> dict[str, Answer]:
        """All at once, as people ask; a page for everybody may still come out of a cache, these cannot."""
        pages = ["/", "/browse/?page=2", self.film, "/me/ratings/", "/settings/", "/welcome/films/", "/admin/"]
        forms = [
            (f"{self.film}rate/", {f"{self.number}-rating": "2.5"}),
            (f"{self.film}mark/favorite/", {"on": "1"}),
            ("/accounts/login/", {"login": "nobody@example.org", "password": "open sesame 42"}),
        ]
        asked: dict[str, Future[Answer]] = {}
        with ThreadPoolExecutor(8) as pool:
            for headers in ({}, HTMX):
                for path in pages:
                    asked[f"GET {path} {headers}"] = pool.submit(self.member.get, path, **headers)
                for path, data in forms:
                    asked[f"POST {path} {headers}"] = pool.submit(self.member.post, path, data, **headers)
                    asked[f"visitor POST {path} {headers}"] = pool.submit(self.visitor.post, path, data, **headers)
            for path in ("/browse/?page=3", "/search/?q=love", f"{self.film}similar/"):
                asked[f"visitor GET {path}"] = pool.submit(self.visitor.get, path)
        return {name: answer.result() for name, answer in asked.items()}


@pytest.fixture(scope="module")
def stage(prepared: Path) -> Iterator[Stage]:
    with running.site(prepared) as site:
        site.start()
        site.wait_until_ready()
        yield Stage(site)


@pytest.fixture(scope="module")
def without(stage: Stage) -> Iterator[dict[str, Answer]]:
    """What was answered while the database was away; after the last test that asks for it, it is back."""
    stage.database.stop()
    asked = stage.needing_the_database()
    for path in ("/healthz", "/readyz", "/static/css/tokens.css"):
        asked[path] = stage.visitor.get(path)
    yield asked
    stage.database.start()


def bad(answers: dict[str, Answer], condition: Callable[[Answer], object]) -> list[str]:
    return [f"{name}: {answer.status}" for name, answer in answers.items() if " /" in name and not condition(answer)]


def test_every_page_and_form_says_that_the_archive_is_away(without):
    assert bad(without, lambda answer: answer.status == 503 and "We cannot reach our archive" in answer.text) == []


def test_browsers_are_told_when_to_ask_again(without):
    assert bad(without, lambda answer: answer.headers["Retry-After"]) == []


def test_nobody_sees_the_inside_of_the_program(without):
    assert bad(without, lambda answer: "Traceback" not in answer.text and "psycopg" not in answer.text) == []


def test_the_health_addresses_tell_the_two_apart(without):
    assert (without["/healthz"].status, without["/readyz"].status) == (200, 503)


def test_what_needs_no_database_is_still_served(without):
    assert without["/static/css/tokens.css"].status == 200


def test_one_who_asks_alone_waits_four_seconds_at_most(stage, without):
    assert stage.member.get("/me/ratings/").seconds < 4


def test_the_database_comes_back_and_nothing_was_written_meanwhile(stage, without):
    stage.database.start()
    assert wait_for(lambda: stage.member.get("/me/ratings/").status == 200, 10)
    assert [answer.status for answer in map(stage.member.get, ["/", "/browse/", stage.film, "/readyz"])] == [200] * 4
    assert stage.acts() == stage.before


def test_then_an_act_is_kept_again(stage, without):
    stage.database.start()
    assert stage.member.post(f"{stage.film}rate/", {f"{stage.number}-rating": "2.5"}).status == 302
    assert len(set(stage.acts()) - set(stage.before)) == 1
