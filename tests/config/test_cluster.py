"""The private PostgreSQL comes up from every state that a killed run can leave."""

import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from config import cluster


@pytest.fixture
def server() -> Iterator[cluster.Cluster]:
    # PostgreSQL runs as another account when we are root, so the folder above its data must be passable.
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        server = cluster.Cluster(data=Path(folder) / "pg", bindir=cluster.binaries())
        server.create()
        yield server
        server.stop()


def answer(server: cluster.Cluster) -> int:
    with psycopg.connect(host=str(server.socket), user="marquee", dbname="postgres") as connection:
        return connection.execute("SELECT 42").fetchone()[0]


def postmaster(server: cluster.Cluster) -> int:
    return int((server.data / "postmaster.pid").read_text().split()[0])


def test_a_new_server_starts_and_answers(server):
    assert server.start()
    assert answer(server) == 42


def test_a_second_start_finds_the_running_server(server):
    server.start()
    assert server.start() is False


def test_a_killed_server_starts_again(server):
    server.start()
    os.kill(postmaster(server), signal.SIGKILL)
    assert server.start()
    assert answer(server) == 42


def test_a_stale_pid_file_that_names_another_process_does_not_stop_the_start(server):
    server.start()
    text = (server.data / "postmaster.pid").read_text()
    server.stop()
    (server.data / "postmaster.pid").write_text(text.replace(text.split()[0], str(os.getpid()), 1))
    assert server.start()
    assert answer(server) == 42


def test_stopping_a_stopped_server_is_nothing(server):
    server.start()
    server.stop()
    server.stop()
    assert not server.ready()


def test_text_outside_ascii_is_lowered_and_cut_into_trigrams(server):
    server.start()
    with psycopg.connect(host=str(server.socket), user="marquee", dbname="postgres") as connection:
        connection.execute("CREATE EXTENSION pg_trgm")
        assert connection.execute("SELECT lower('É')").fetchone()[0] == "é"
        assert connection.execute("SELECT show_trgm('фильм') <> '{}'").fetchone()[0]


def test_a_data_directory_of_another_version_is_refused_with_its_name(server):
    (server.data / "PG_VERSION").write_text("9\n")
    with pytest.raises(cluster.ClusterError, match="made by PostgreSQL 9"):
        server.create()
    (server.data / "PG_VERSION").write_text(f"{server.major}\n")


def test_a_path_that_is_too_long_for_a_socket_gets_a_short_one():
    long = cluster.Cluster(data=Path("/srv") / ("x" * 120), bindir=Path("/usr/bin"))
    assert len(str(long.socket)) < 60


def test_without_any_binaries_the_message_says_what_to_do(monkeypatch):
    monkeypatch.setenv("PG_BINDIR", "/nowhere")
    with pytest.raises(cluster.ClusterError, match="DATABASE_URL"):
        cluster.binaries()
