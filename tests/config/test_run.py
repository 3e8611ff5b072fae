"""`make run` from an empty folder: it comes up, bears being killed, and leaves nothing behind."""

import html
import re
import signal
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from config import cluster
from tests import running
from tests.running import Browser, Site, wait_for

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder() -> Iterator[Site]:
    with running.site() as made:
        yield made


@pytest.fixture
def site(folder: Site) -> Site:
    """Running, whatever the test before did to it."""
    if folder.process is None or folder.process.poll() is not None:
        folder.start()
        folder.wait_until_ready()
    return folder


def counts(site: Site) -> tuple[int, ...]:
    with psycopg.connect(host=str(cluster.local(site.var).socket), user="marquee", dbname="marquee") as connection:
        tables = ("movies", "users WHERE is_simulated", "user_movie_interactions", "user_recommendations")
        row = connection.execute("SELECT " + ", ".join(f"(SELECT count(*) FROM {name})" for name in tables))
        return row.fetchone()


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Places that are no MovieLens data set."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "cut.zip").write_bytes(b"PK\x03\x04 cut off in the middle")
    (folder / "empty").mkdir()
    return {name: folder / name for name in ("missing", "cut.zip", "empty")}


def test_data_that_cannot_be_read_is_named_in_one_line_and_does_not_stop_the_next_start(folder, broken):
    """In the folder of all these tests while it is empty: the start that they wait for is the next one."""
    for path in broken.values():
        done = folder.once("--prepare-only", "--data", str(path))
        assert (done.returncode, len(done.stderr.strip().splitlines())) == (1, 1), done.stderr
        assert str(path) in done.stderr
    assert folder.left() == []
    folder.start()
    folder.wait_until_ready()
    assert folder.said("Making the demo community")


def test_a_second_run_beside_it_is_refused_in_one_line(site):
    done = site.once()
    assert (done.returncode, len(done.stderr.strip().splitlines())) == (1, 1)
    assert "already runs" in done.stderr
    assert site.address in done.stderr


def test_a_port_that_is_taken_is_named_in_one_line(site):
    with running.site() as other:
        other.port = site.port
        done = other.once()
    assert (done.returncode, len(done.stderr.strip().splitlines())) == (1, 1)
    assert f"port {site.port} is taken" in done.stderr


def test_after_a_kill_it_starts_again_without_help_and_makes_nothing_twice(site):
    before = counts(site)
    site.end(signal.SIGKILL)
    site.start()
    site.wait_until_ready()
    assert counts(site) == before
    assert Browser(site.address).get("/browse/").status == 200


def test_who_joins_finds_their_mail_in_the_terminal_and_its_link_leads_in(site):
    browser = Browser(site.address)
    browser.get("/accounts/signup/")
    form = {"email": "new@example.org", "password1": "a lantern in the fog"}
    assert browser.post("/accounts/signup/", form).status == 302
    assert wait_for(lambda: site.said("/accounts/confirm-email/"), 20), site.log.read_text()
    link = re.search(r"/accounts/confirm-email/\S+", site.log.read_text())[0]
    assert browser.get(link).status == 200
    assert browser.post(link, {}).headers["Location"] == "/welcome/"


def test_starts_that_are_killed_halfway_are_finished_by_the_next(site):
    with running.site() as young:
        steps = (
            "Bringing the tables",
            "Making the demo community",
            "Training the recommender",
            "Making the demo's traffic",
        )
        for moment in steps:
            young.start("--prepare-only")
            assert wait_for(lambda moment=moment: young.said(moment), 30), young.log.read_text()
            young.end(signal.SIGKILL)
        assert young.once("--prepare-only").returncode == 0
        server = cluster.local(young.var)
        server.start()
        try:
            assert counts(young) == counts(site)
        finally:
            server.stop()


def test_a_signal_ends_every_process_and_it_says_so(site):
    assert wait_for(lambda: site.said("Ctrl-C ends everything"), 5)
    assert site.end(signal.SIGTERM) == 0
    assert site.left() == []
    assert site.said("Nothing is left running")


def test_ctrl_c_ends_every_process_though_a_stream_is_open(site):
    browser = Browser(site.address)
    browser.log_in(site.var)
    events = html.unescape(re.search(r'data-events="([^"]+)"', browser.get("/settings/").text)[1])
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.cookies)
    asked = urllib.request.Request(events, headers={"Cookie": cookies, "Origin": site.address})
    with urllib.request.urlopen(asked, timeout=15) as stream:
        assert stream.readline() == b"retry: 3000\n"
        assert site.end(signal.SIGINT) == 0
    assert site.left() == []
    assert site.said("Nothing is left running")
    assert not site.said("refused to gracefully stop")
    with pytest.raises(OSError):
        urllib.request.urlopen(asked, timeout=5)


def test_a_folder_that_cannot_be_written_is_named_in_one_line(tmp_path):
    with running.site() as young:
        (tmp_path / "file").write_text("in the way")
        young.environment["MARQUEE_VAR"] = str(tmp_path / "file")
        done = young.once()
    assert (done.returncode, len(done.stderr.strip().splitlines())) == (1, 1)
    assert "MARQUEE_VAR" in done.stderr
