"""Spool files: nothing is lost and nothing doubled, whoever is killed, and whatever is full or away."""

import os
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.db import DatabaseError, OperationalError, connection
from hypothesis import given
from hypothesis import strategies as st

from insights import tasks
from insights.models import ActivityLog, ActivitySpool
from insights.services import activity, flusher, ingest, lines, spool
from insights.services.spool import Spool
from tests.insights.writing import kill, numbers, read_until, writer
from tests.running import wait_for

ROW = {"action_type": "movie_view", "timestamp": "2026-11-20T12:00:00+00:00"}


def line(number: int, **more: object) -> bytes:
    return lines.encode({**ROW, "metadata": {"n": number}, **more})


def files(folder) -> list[str]:
    return sorted(path.name for path in folder.glob("*"))


@pytest.fixture
def folder(settings):
    settings.ACTIVITY_SPOOL_DIR.mkdir()
    return settings.ACTIVITY_SPOOL_DIR


@contextmanager
def refusing_connections() -> Iterator[None]:
    """Everybody but this process is thrown out of the database and not let in again."""
    parameters = {**connection.get_connection_params(), "dbname": "postgres"}
    wanted = {key: parameters[key] for key in ("dbname", "user", "password", "host", "port") if parameters.get(key)}
    name = connection.ops.quote_name(connection.settings_dict["NAME"])
    with psycopg.connect(**wanted, autocommit=True) as server:
        server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        try:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            yield
        finally:
            server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("delay", [60, 150, 400, 900])
def test_a_killed_process_loses_and_doubles_nothing_that_it_had_recorded(delay):
    with writer(0, seconds=0.02) as process:
        read_until(process, str(delay))
        sure = kill(process)
    activity.flush()
    found = numbers()
    assert found == list(range(len(found)))
    assert len(found) >= delay + 1 + len(sure)


@pytest.mark.django_db(transaction=True)
def test_two_processes_share_a_folder_and_each_row_goes_in_once():
    with writer(0, 300, seconds=0.02) as one, writer(1_000, 300, seconds=0.02) as other:
        read_until(one, "done")
        read_until(other, "done")
        assert wait_for(lambda: len(numbers()) == 600, 10)
        activity.flush()
    activity.flush()
    assert numbers() == [*range(300), *range(1_000, 1_300)]


@pytest.mark.django_db(transaction=True)
def test_files_of_a_living_process_are_left_to_it(folder):
    with writer(0, 3) as process:
        read_until(process, "done")
        assert activity.flush() == 0
        kill(process)
        assert activity.flush() == 3
    assert files(folder) == []


@pytest.mark.django_db
def test_a_kill_between_commit_and_removal_does_not_load_the_file_again(folder):
    (folder / "a.jsonl").write_bytes(line(1))
    ingest.load(name="a.jsonl", data=line(1))
    assert activity.flush() == 0
    assert (numbers(), files(folder)) == ([1], [])


@pytest.mark.django_db
def test_a_failure_before_the_commit_leaves_file_and_table_as_they_were(folder, monkeypatch):
    (folder / "a.jsonl").write_bytes(line(1))
    monkeypatch.setattr(ingest, "_copy", lambda rows: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        activity.flush()
    monkeypatch.undo()
    assert (numbers(), ActivitySpool.objects.count(), files(folder)) == ([], 0, ["a.jsonl"])
    assert activity.flush() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "half", [b'{"action_type":"mov', b"\x00\x00\x00", b'{"n":1}', b"\xff\xfe", b"[1,2]", b"7", b"{}"]
)
def test_half_a_line_is_left_out_counted_and_said(folder, half, caplog):
    (folder / "a.jsonl").write_bytes(line(1) + line(2) + half)
    assert activity.flush() == 2
    assert ActivitySpool.objects.get().bad == 1
    assert "1 lines of the spool file a.jsonl cannot be read" in caplog.text


@pytest.mark.django_db
@pytest.mark.parametrize(
    "more",
    [
        {"timestamp": "yesterday"},
        {"timestamp": "2026-11-20T12:00:00"},
        {"action_type": ["movie_view"]},
        {"source": "x" * 51, "action_type": 7},
        {"user_id": "5"},
        {"movie_id": 1.5},
    ],
)
def test_a_line_of_the_wrong_kinds_stops_no_other(folder, more):
    (folder / "a.jsonl").write_bytes(line(1) + line(2, **more) + line(3))
    assert activity.flush() == 2
    assert numbers() == [1, 3]


@pytest.mark.django_db
def test_a_row_that_only_the_database_refuses_is_left_out_alone(folder, caplog):
    (folder / "a.jsonl").write_bytes(line(1) + line(2, ip_address="no address") + line(3))
    assert activity.flush() == 2
    assert numbers() == [1, 3]
    assert "the database refuses it" in caplog.text


@pytest.mark.django_db
def test_an_empty_file_of_a_process_killed_at_once_is_removed(folder):
    (folder / "a.jsonl").touch()
    assert (activity.flush(), files(folder)) == (0, [])


@pytest.mark.django_db(transaction=True)
def test_while_the_database_is_away_rows_wait_and_then_they_all_arrive(folder):
    with writer(0, 200, pause=0.005, seconds=0.05) as process:
        read_until(process, "20")
        assert wait_for(numbers, 10)
        with refusing_connections():
            read_until(process, "done")
            assert len(numbers()) < 200
        assert wait_for(lambda: len(numbers()) == 200, 20)
    assert numbers() == list(range(200))


@pytest.mark.django_db
def test_a_full_disk_sends_rows_straight_into_the_table_and_is_said_once(monkeypatch, caplog):
    written = []

    def full(descriptor: int, data: bytes) -> int:
        written.append(data)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(spool.os, "write", full)
    for number in range(3):
        activity.record(action="movie_view", metadata={"n": number})
    assert numbers() == [0, 1, 2]
    assert (len(written), caplog.text.count("straight into the database")) == (3, 1)


def test_what_a_full_disk_took_in_half_is_taken_out_again(folder):
    """A real limit on the size of files, which cuts a write in the middle."""
    kept = Spool(folder, 2**30)
    kept.append(line(1))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(line(1)) + 10, hard))
    try:
        with pytest.raises(OSError, match="part|large"):
            kept.append(line(2))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    kept.append(line(3))
    held = kept.pop()
    assert held.read() == line(1) + line(3)
    held.remove()


@pytest.mark.django_db
def test_a_folder_that_cannot_be_made_sends_rows_straight_into_the_table(settings):
    settings.ACTIVITY_SPOOL_DIR.write_text("a file is in the way")
    activity.record(action="movie_view", metadata={"n": 1})
    assert numbers() == [1]


@pytest.mark.django_db
def test_with_neither_disk_nor_database_the_page_still_stands(settings, monkeypatch, caplog):
    settings.ACTIVITY_SPOOL_DIR.write_text("a file is in the way")

    def away(rows: object) -> int:
        raise OperationalError("gone")

    monkeypatch.setattr(ingest, "insert", away)
    activity.record(action="movie_view")
    assert "1 activity rows are lost" in caplog.text


def test_over_its_limit_the_spool_drops_the_oldest_and_counts_them(folder, caplog):
    kept = Spool(folder, 4_000)
    for number in range(100):
        kept.append(line(number))
    data = b""
    while held := kept.pop():
        data += held.read()
        held.remove()
    found = lines.decode(data)
    assert sum(len(lines.encode({**row, "timestamp": ROW["timestamp"]})) for row in found.rows) <= 4_000
    assert found.dropped + len(found.rows) == 100
    assert [row["metadata"]["n"] for row in found.rows] == list(range(100))[-len(found.rows) :]
    assert "dropped the oldest" in caplog.text


@pytest.mark.django_db
def test_how_many_were_dropped_is_kept_with_the_file(folder):
    (folder / "a.jsonl").write_bytes(lines.dropped(12) + line(1))
    activity.flush()
    assert ActivitySpool.objects.values_list("rows", "dropped").get() == (1, 12)


def test_over_its_limit_the_spool_drops_orphans_but_no_file_of_a_living_process(folder):
    living, orphan = Spool(folder, 2**30), folder / "00000000000000000000-1-dead.jsonl"
    living.append(line(0))
    orphan.write_bytes(line(1) * 40)
    kept = Spool(folder, 3_000)
    for number in range(10):
        kept.append(line(number))
    held = living.pop()
    assert (held.read(), orphan.exists()) == (line(0), False)
    held.remove()
    kept.abandon()


def test_a_child_process_does_not_write_into_its_parents_file(folder):
    parent = flusher.mine()
    parent.spool.append(line(1))
    child = os.fork()
    if not child:
        os._exit(0 if flusher._mine is None else 1)
    assert os.waitpid(child, 0)[1] == 0
    parent.spool.append(line(2))
    assert parent.spool.pop().read() == line(1) + line(2)


@pytest.mark.django_db
def test_a_process_that_changed_its_folder_leaves_nothing_locked(settings, tmp_path):
    activity.record(action="movie_view", metadata={"n": 1})
    first, settings.ACTIVITY_SPOOL_DIR = settings.ACTIVITY_SPOOL_DIR, tmp_path / "other"
    activity.record(action="movie_view", metadata={"n": 2})
    settings.ACTIVITY_SPOOL_DIR = first
    assert activity.flush() == 1
    assert numbers() == [1]


@pytest.mark.django_db
def test_names_of_loaded_files_go_after_a_week_unless_something_was_lost():
    for name, bad in (("a", 0), ("b", 1)):
        ActivitySpool.objects.create(name=name, bad=bad)
    later = ActivitySpool.objects.first().loaded_at + activity.NAMES_KEPT * 2
    assert activity.forget_loaded_files(now=later) == 1
    assert ActivitySpool.objects.get().name == "b"


@pytest.mark.django_db
@pytest.mark.parametrize("problem", [DatabaseError("away"), ValueError("surprising")])
def test_the_thread_survives_whatever_a_load_raises(folder, monkeypatch, problem):
    def fail(**_said: object) -> int:
        raise problem

    own = flusher.Flusher(Spool(folder, 2**30), 0.01)
    own.spool.append(line(1))
    monkeypatch.setattr(ingest, "load", fail)
    monkeypatch.setattr(flusher.connection, "close", lambda: None)
    assert own._tried(first=True) is False
    monkeypatch.undo()
    monkeypatch.setattr(flusher.connection, "close", lambda: None)
    assert own._tried(first=False) is True
    assert numbers() == [1]


@pytest.mark.django_db
def test_the_worker_takes_in_what_killed_processes_left(folder):
    (folder / "a.jsonl").write_bytes(line(1))
    tasks.take_in_what_killed_processes_left()
    assert (numbers(), files(folder)) == ([1], [])


@pytest.mark.django_db
def test_staff_may_look_up_what_was_loaded_and_change_nothing(client, admin, folder):
    (folder / "a.jsonl").write_bytes(line(1))
    activity.flush()
    client.force_login(admin)
    page = client.get("/admin/insights/activityspool/").content.decode()
    assert "a.jsonl" in page
    assert client.get("/admin/insights/activityspool/add/").status_code == 403


# Every character there is, NUL and halves of surrogate pairs too.
ANYTHING = st.text(st.characters())


@given(st.dictionaries(ANYTHING, st.none() | st.integers() | st.floats() | ANYTHING, max_size=5), ANYTHING)
def test_whatever_is_encoded_is_one_line_that_can_be_read_and_stored(metadata, source):
    data = lines.encode({**ROW, "metadata": metadata, "source": source})
    read = lines.decode(data)
    (found,) = read.rows
    texts = [found.get("source", ""), *found.get("metadata", {}), *found.get("metadata", {}).values()]
    assert (data.count(b"\n"), read.bad) == (1, 0)
    assert not any("\0" in text for text in texts if isinstance(text, str))


def test_spool_files_are_for_their_owner_only(folder):
    kept = Spool(folder / "inner", 2**30)
    kept.append(line(1))
    (made,) = (folder / "inner").iterdir()
    assert (made.stat().st_mode & 0o777, made.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    kept.abandon()


def test_the_table_of_the_log_has_the_columns_that_lines_carry():
    assert {*lines.COLUMNS, "id"} == {field.column for field in ActivityLog._meta.concrete_fields if field.column}
