"""Old months are exported, read back and dropped; whatever goes wrong, nothing is lost."""

import csv
import datetime
import gzip
import hashlib
import io
import signal
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from config import database
from insights import tasks
from insights.models import ActivityArchive, ActivityLog
from insights.services import archive
from tests import factories
from tests.insights.writing import ROOT, environment
from tests.running import wait_for
from web import partitions

TODAY = datetime.date(2026, 11, 20)
OLD = datetime.datetime(2025, 3, 31, 23, 59, 59, tzinfo=datetime.UTC)
NAME = "user_activity_logs_y2025m03"
pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(settings):
    return settings.ACTIVITY_ARCHIVE_DIR


def log(count: int = 1, *, when: datetime.datetime = OLD, **fields: object) -> None:
    ActivityLog.objects.bulk_create(
        ActivityLog(action_type="movie_view", timestamp=when, **fields) for _ in range(count)
    )


def months() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relname ~ '^user_activity_logs_y\\d+m\\d+$'")
        return {name for (name,) in cursor.fetchall()}


def kept(file) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(gzip.decompress(file.read_bytes()).decode())))


def run() -> list[ActivityArchive]:
    return list(archive.run(today=TODAY))


def test_an_old_month_goes_into_a_file_and_out_of_the_table(folder):
    log(3)
    log(2, when=OLD + datetime.timedelta(days=365))
    (done,) = run()
    assert (done.file, done.rows, ActivityLog.objects.count()) == (f"{NAME}.csv.gz", 3, 2)
    assert len(kept(folder / done.file)) == 3
    assert NAME not in months()


def test_the_register_holds_the_checksum_of_what_is_in_the_file(folder):
    log(3, metadata={"said": 'two\nlines, "quoted"'})
    (done,) = run()
    content = gzip.decompress((folder / done.file).read_bytes())
    assert done.sha256 == hashlib.sha256(content).hexdigest()


def test_line_breaks_and_quotes_are_counted_as_what_they_are(folder):
    for text in ('a\nb"c', '"\n"', "\r\n\n", '""', "plain"):
        log(source=text, referer='\n"')
    (done,) = run()
    assert (done.rows, len(kept(folder / done.file))) == (5, 5)


def test_the_file_leads_back_to_nobody(folder, viewer):
    movie = factories.movie()
    log(
        user=viewer,
        movie=movie,
        session_id="abc",
        ip_address="192.0.2.0",
        user_agent="A browser",
        metadata={"query": "my street", "results": 4},
    )
    (done,) = run()
    (row,) = kept(folder / done.file)
    assert [row[name] for name in ("user_id", "session_id", "ip_address", "user_agent")] == [""] * 4
    assert (row["movie_id"], row["metadata"]) == (str(movie.pk), '{"results": 4}')


@pytest.mark.parametrize(("days", "gone"), [(598, True), (600, False)])
def test_a_month_goes_when_its_last_day_is_older_than_the_setting(settings, days, gone):
    settings.ACTIVITY_RETENTION_DAYS = days
    log()
    partitions.create(archive.TABLE, OLD.date())
    assert [done.partition for done in archive.run(today=TODAY)] == ([NAME] if gone else [])


def test_a_second_run_finds_nothing_to_do():
    log()
    assert (len(run()), run()) == (1, [])


def test_rows_that_come_after_their_month_was_archived_get_a_file_of_their_own(folder):
    log(3)
    run()
    log(2)
    (done,) = run()
    assert (done.file, done.rows) == (f"{NAME}-2.csv.gz", 2)
    assert [len(kept(folder / name)) for name in (f"{NAME}.csv.gz", f"{NAME}-2.csv.gz")] == [3, 2]


def test_an_empty_month_goes_too():
    partitions.create(archive.TABLE, OLD.date())
    assert [done.rows for done in run()] == [0]


@pytest.mark.parametrize("where", ["_export", "_read_back", "_lock"])
def test_a_run_that_fails_anywhere_loses_nothing_and_the_next_one_finishes(folder, monkeypatch, where):
    log(3)
    monkeypatch.setattr(archive, where, lambda *_said: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run()
    assert (ActivityLog.objects.count(), ActivityArchive.objects.count()) == (3, 0)
    monkeypatch.undo()
    assert [done.rows for done in run()] == [3]
    assert [path.name for path in folder.iterdir()] == [f"{NAME}.csv.gz"]


def test_a_file_that_reads_back_otherwise_stops_the_dropping(monkeypatch):
    log(3)
    monkeypatch.setattr(archive, "_read_back", lambda file: (3, "another checksum"))
    with pytest.raises(archive.Damaged):
        run()
    assert ActivityLog.objects.count() == 3


def test_a_row_that_comes_during_the_export_stops_the_dropping(monkeypatch):
    log(3)
    read = archive._read_back

    def late(file):
        log()
        return read(file)

    monkeypatch.setattr(archive, "_read_back", late)
    with pytest.raises(archive.Damaged, match="written to meanwhile"):
        run()
    assert ActivityLog.objects.count() == 3


@pytest.mark.parametrize("has_partition", [True, False])
def test_a_dry_run_says_what_would_go_and_changes_nothing(folder, capsys, has_partition):
    log(3)
    if has_partition:
        partitions.create(archive.TABLE, OLD.date())
    call_command("archive_activity", dry_run=True)
    assert capsys.readouterr().out == f"would archive 3 rows of {NAME} to {folder / NAME}.csv.gz\n"
    assert (ActivityLog.objects.count(), folder.exists()) == (3, False)


def test_the_command_says_what_it_archived(capsys):
    log(3)
    call_command("archive_activity")
    assert capsys.readouterr().out == f"archived 3 rows of {NAME} to {NAME}.csv.gz\n"


def test_a_folder_that_cannot_be_written_is_said_and_nothing_is_dropped(folder):
    folder.write_text("a file is in the way")
    log(3)
    with pytest.raises(CommandError, match="nothing was dropped"):
        call_command("archive_activity")
    assert ActivityLog.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_two_at_once_are_refused(busy):
    with pytest.raises(CommandError, match="another process is archiving"):
        call_command("archive_activity")
    tasks.keep_the_log_small()


@pytest.fixture
def busy(transactional_db):
    """Somebody else holds the lock."""
    with database.connect() as other:
        other.execute("SELECT pg_advisory_lock(hashtext('archive_activity'))")
        yield


@pytest.mark.django_db(transaction=True)
def test_a_killed_run_is_finished_by_the_next(folder):
    """Killed as soon as its scratch file stands: in the middle of the export or soon after."""
    partitions.create(archive.TABLE, OLD.date())
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO user_activity_logs (action_type, timestamp)"
            " SELECT 'movie_view', %s - make_interval(secs => n) FROM generate_series(1, 60000) n",
            [OLD],
        )
    command = [sys.executable, "manage.py", "archive_activity"]
    process = subprocess.Popen(command, cwd=ROOT, env={**environment(), "ACTIVITY_ARCHIVE_DIR": str(folder)})
    try:
        assert wait_for(lambda: list(folder.glob("*.part")) or process.poll() is not None, 20)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert ActivityLog.objects.count() + sum(ActivityArchive.objects.values_list("rows", flat=True)) == 60_000
    run()
    assert (ActivityLog.objects.count(), len(kept(folder / f"{NAME}.csv.gz"))) == (0, 60_000)
    assert [path.name for path in folder.iterdir()] == [f"{NAME}.csv.gz"]


def test_the_nightly_task_archives():
    log(3)
    tasks.keep_the_log_small()
    assert ActivityArchive.objects.get().rows == 3
