"""Streams: who may listen, what is told, and that nothing is missed, whatever breaks in between."""

import json
import time

import psycopg
import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone

from config import database
from notify.live import people, states
from notify.live.hub import MOST_OF_ONE, Stream
from notify.models import InboxNotification
from notify.services import inbox
from tests import factories
from tests.notify import streams
from tests.notify.streams import Reader

ours = people.is_ours


@pytest.fixture(scope="module")
def process(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), streams.running() as made:
        yield made


@pytest.fixture
def cookie(transactional_db, viewer) -> str:
    return streams.cookie(viewer)


def tell(user, title="News", **fields):
    return inbox.tell(user=user, kind="announcement", title=title, **fields)


def test_whoever_comes_is_told_the_state_and_then_each_change(process, cookie, viewer):
    first = tell(viewer, "Film <night>")
    reader = Reader(process.port, cookie)
    event = reader.event()
    assert (event["id"], event["event"]) == (str(first.pk), "inbox")
    assert json.loads(event["data"]) == {
        "unseen": 1,
        "label": "Inbox, 1 new message",
        "short": "1",
        "newest": {"id": first.pk, "text": "Film <night>"},
    }
    tell(viewer)
    assert reader.told()["unseen"] == 2
    inbox.see(user=viewer, until=timezone.now())
    assert reader.told()["unseen"] == 0


def test_what_does_not_change_the_inbox_of_somebody_is_not_told_them(process, cookie, viewer, stranger):
    reader = Reader(process.port, cookie)
    reader.event()
    tell(stranger)
    tell(viewer, "Mine")
    assert reader.told()["newest"]["text"] == "Mine"


def test_words_come_in_the_language_of_the_page(process, cookie, viewer):
    assert Reader(process.port, cookie, path="/events?language=de").told()["label"] != "Inbox"
    assert Reader(process.port, cookie, path="/events?language=%00x").told()["label"] == "Inbox"


def test_a_stream_says_how_a_proxy_and_a_cache_must_treat_it(process, cookie):
    answer = Reader(process.port, cookie, Origin="http://127.0.0.1:8000").answer
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    assert (answer.headers["X-Accel-Buffering"], answer.headers["Cache-Control"]) == ("no", "no-store")
    assert answer.headers["Access-Control-Allow-Origin"] == "http://127.0.0.1:8000"
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"
    assert answer.readline() == b"retry: 3000\n"


def test_whoever_comes_back_is_told_what_they_missed(process, cookie, viewer):
    seen = tell(viewer)
    for _ in range(3):
        tell(viewer)
    told = Reader(process.port, cookie, Last_Event_ID=str(seen.pk)).told()
    assert (told["missed"], told["unseen"]) == (3, 4)


@pytest.mark.parametrize("after", ["", "-1", "x", "9" * 40, "1;DROP", "٣"])
def test_a_last_id_that_is_none_is_no_error(process, cookie, viewer, after):
    assert "missed" not in Reader(process.port, cookie, **{"Last-Event-ID": after.encode().decode("latin-1")}).told()


@pytest.mark.parametrize(
    "bad", ["", "sessionid=", "sessionid=nothing", "sessionid=\xff\xfe", ";;;=", "sessionid=" + "x" * 5000]
)
def test_without_a_session_nobody_listens(process, db, bad):
    assert streams.ask(process.port, Cookie=bad).status == 401


def test_only_pages_of_ours_listen(process, cookie):
    foreign = {"Origin": "https://example.org"}
    assert streams.ask(process.port, Cookie=cookie, **foreign).status == 403
    assert streams.ask(process.port, Cookie=cookie, Host="example.org").status == 403
    assert streams.ask(process.port, Cookie=cookie, Sec_Fetch_Site="cross-site").status == 403


@pytest.mark.parametrize(
    ("host", "origin", "site", "allowed"),
    [
        ("localhost:8001", "http://localhost:8000", "same-site", True),
        ("localhost:8001", "http://localhost:9999", "same-site", False),
        ("localhost:8001", "http://127.0.0.1:8000", "cross-site", False),
        ("localhost:8001", "null", "cross-site", False),
        ("localhost", "http://localhost", "same-origin", True),
        ("localhost:8001", "", "same-origin", True),
        ("localhost:8001", "", "same-site", False),
        ("evil.example:8001", "http://evil.example:8000", "same-site", False),
        ("", "", "", False),
    ],
)
def test_an_origin_is_ours_by_host_and_port(settings, host, origin, site, allowed):
    settings.PORT, settings.SITE_URL, settings.LOCAL = 8000, "http://films.example", True
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
    assert ours(host=host, origin=origin, site=site) is allowed


def test_outside_local_mode_another_port_is_another_site(settings):
    settings.LOCAL, settings.SITE_URL = False, "https://films.example"
    settings.ALLOWED_HOSTS = ["films.example"]
    assert not ours(host="films.example:8001", origin="http://films.example:8000", site="same-site")
    assert ours(host="films.example", origin="https://films.example", site="same-origin")


@pytest.mark.parametrize("path", ["/", "/inbox/", "/events/", "/events/x", "/admin/"])
def test_the_process_serves_nothing_else(process, cookie, path):
    assert streams.ask(process.port, path, Cookie=cookie).status == 404


def test_logging_out_ends_the_streams_of_that_session_alone(process, cookie, viewer, client):
    here, elsewhere = Reader(process.port, cookie), Reader(process.port, streams.cookie(viewer))
    for reader in (here, elsewhere):
        reader.event()
    client.cookies["sessionid"] = cookie.partition("=")[2]
    client.post("/accounts/logout/")
    assert here.event()["event"] == "over"
    assert here.event() == {}
    tell(viewer, "Still here")
    assert elsewhere.told()["newest"]["text"] == "Still here"


@pytest.mark.django_db
def test_a_session_that_ended_a_new_password_and_a_closed_account_are_found(viewer):
    keys = [streams.cookie(viewer).partition("=")[2] for _ in range(2)]
    good, ended = (people.who(f"sessionid={key}") for key in keys)
    assert good
    assert ended
    Session.objects.filter(session_key=keys[1]).delete()
    assert people.gone([good, ended]) == {ended}
    viewer.set_password("another 42 words")
    viewer.save()
    assert people.gone([good]) == {good}
    assert people.who(f"sessionid={keys[0]}") is None


@pytest.mark.django_db
def test_somebody_who_was_switched_off_no_longer_listens(viewer):
    found = people.who(streams.cookie(viewer))
    viewer.is_active = False
    viewer.save()
    assert people.gone([found]) == {found}


def test_one_person_holds_so_many_streams_and_no_more(process, cookie):
    readers = [Reader(process.port, cookie) for _ in range(MOST_OF_ONE)]
    for reader in readers:
        reader.event()
    assert streams.ask(process.port, Cookie=cookie).status == 429


def test_a_lost_database_connection_is_made_anew_and_nothing_is_missed(process, cookie, viewer):
    reader = Reader(process.port, cookie)
    reader.event()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid()"
        )
    tell(viewer, "While nobody listened")
    assert reader.told()["newest"]["text"] == "While nobody listened"
    tell(viewer, "And after")
    assert reader.told()["newest"]["text"] == "And after"


def test_one_connection_listens_however_many_streams_there_are(process, transactional_db):
    for user in [factories.user() for _ in range(30)]:
        Reader(process.port, streams.cookie(user)).event()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%%'"
        )
        assert cursor.fetchone()[0] == 1


def test_it_stops_in_good_order_with_streams_open(transactional_db, viewer):
    with streams.running() as made:
        reader = Reader(made.port, streams.cookie(viewer))
        reader.event()
        assert made.stop() < 4  # granian kills after five
        assert reader.event() == {}
        assert made.process.returncode == 0


def heard(change) -> list[str]:
    """What a listener hears of one statement."""
    with database.connect() as listening:
        listening.autocommit = True
        listening.execute("LISTEN inbox")
        change()
        return [notice.payload for notice in listening.notifies(timeout=0.5)]


def test_one_statement_about_many_people_is_told_in_pieces_that_fit(transactional_db):
    users = [factories.user() for _ in range(3)]
    lines = [InboxNotification(user=user) for user in users for _ in range(4)]
    told = heard(lambda: InboxNotification.objects.bulk_create(lines))
    assert [sorted(map(int, payload.split(","))) for payload in told] == [sorted(user.pk for user in users)]
    assert len(heard(lambda: InboxNotification.objects.update(is_read=True))) == 1
    assert len(heard(lambda: InboxNotification.objects.all().delete())) == 1
    assert heard(lambda: InboxNotification.objects.update(is_read=True)) == []


def test_a_thousand_people_with_long_ids_fit_into_a_few_notifications(transactional_db):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO users SELECT (jsonb_populate_record(u, jsonb_build_object('id', 9000000000000000000 + n,"
            " 'username', 'p' || n, 'email', 'p' || n || '@example.org', 'device_token', null))).*"
            " FROM users u, generate_series(1, 1000) n WHERE u.id = %s",
            [factories.user().pk],
        )

    def everybody() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO in_app_notifications"
                " (user_id, category, kind, group_key, is_read, is_archived, created_at)"
                " SELECT id, 'system', '', '', false, false, now() FROM users"
            )

    told = heard(everybody)
    assert len(told) == 3
    assert max(map(len, told)) < 8_000
    assert sum(payload.count(",") + 1 for payload in told) == 1_001


def test_what_is_rolled_back_is_told_to_nobody(transactional_db, viewer):
    def fail() -> None:
        with psycopg.connect(**_parameters()) as other:
            other.execute(
                "INSERT INTO in_app_notifications (user_id, category, kind, group_key, is_read, is_archived,"
                " created_at) VALUES (%s, 'system', '', '', false, false, now())",
                [viewer.pk],
            )
            other.rollback()

    assert heard(fail) == []


def _parameters() -> dict:
    told = connection.get_connection_params()
    return {key: told[key] for key in ("dbname", "user", "host") if told.get(key)}


@pytest.mark.django_db
def test_states_are_read_for_all_in_three_queries(django_assert_num_queries):
    users = [factories.user() for _ in range(5)]
    for user in users:
        inbox.tell(user=user, kind="picks", data={"films": [factories.movie().pk]})
    with django_assert_num_queries(3):
        read = states.read([user.pk for user in users])
    assert {state.unseen for state in read.values()} == {1}


@pytest.mark.django_db
def test_a_slow_reader_is_told_the_newest_state_alone(viewer):
    stream = Stream(people.Listener(viewer.pk, "key", "password"), "en")
    for number in range(1_000):
        stream.tell(states.State(unseen=number))
    assert [json.loads(event.split(b"data: ")[1])["unseen"] for event in stream.take()] == [999]
    stream.tell(states.State(unseen=999))
    assert list(stream.take()) == []


def test_the_badge_is_what_sql_says_after_a_storm_of_changes(process, cookie, viewer):
    reader = Reader(process.port, cookie)
    reader.event()
    lines = [tell(viewer, str(number)) for number in range(60)]
    for line in lines[::3]:
        inbox.archive(line=line)
    for line in lines[1::3]:
        inbox.read(line=line)
    last = tell(viewer, "last")
    deadline = time.monotonic() + 10
    while (told := reader.told())["newest"]["id"] != last.pk or told["unseen"] != 21:
        assert time.monotonic() < deadline
    assert told["unseen"] == viewer.inbox.filter(seen_at=None, is_archived=False).count()
