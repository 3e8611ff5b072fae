"""A line that was being written while somebody looked at their inbox: it counts as shown only when it was."""

import datetime
import re
from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import example, given
from hypothesis import strategies as st

from notify import queries, snapshots
from notify.models import InboxNotification
from notify.services import inbox
from tests import factories

HOUR = datetime.timedelta(hours=1)


@pytest.fixture
def other(transactional_db) -> Iterator[psycopg.Connection]:
    """Somebody else's transaction."""
    told = connection.get_connection_params()
    wanted = {key: told[key] for key in ("dbname", "user", "host", "port", "password") if told.get(key)}
    with psycopg.connect(**wanted) as made:
        yield made
        made.rollback()


def write(other: psycopg.Connection, user) -> None:
    other.execute(
        "INSERT INTO in_app_notifications (user_id, category, kind, title, group_key, is_read, is_archived, created_at)"
        " VALUES (%s, 'system', '', 'Slow', '', false, false, now())",
        [user.pk],
    )


def tell(user, title: str) -> InboxNotification:
    return inbox.tell(user=user, kind="announcement", title=title)


def until(member) -> str:
    return re.search(r'name="until" value="([^"]+)"', member.get("/inbox/").content.decode())[1]


def unread(user) -> list[str]:
    return sorted(user.inbox.filter(is_read=False).values_list("title", flat=True))


def test_a_line_that_came_after_the_page_stays_unread_though_it_is_older(other, member, viewer):
    write(other, viewer)
    tell(viewer, "Quick")
    shown = until(member)
    other.commit()
    member.post("/inbox/read-all/", {"until": shown})
    assert unread(viewer) == ["Slow"]
    assert queries.unseen(viewer.pk) == 1
    member.post("/inbox/read-all/", {"until": until(member)})
    assert unread(viewer) == []


def test_opening_the_list_does_not_see_what_it_did_not_show(other, viewer):
    write(other, viewer)
    newest = tell(viewer, "Quick")
    (head,), _more = queries.heads(viewer.pk)
    other.commit()
    inbox.see(user=viewer, until=newest.created_at, snapshot=head.snapshot)
    assert list(viewer.inbox.filter(seen_at=None).values_list("title", flat=True)) == ["Slow"]


def test_a_line_that_was_there_is_marked_whichever_transaction_ends_later(other, member, viewer):
    write(other, viewer)
    other.commit()
    other.execute("SELECT pg_current_xact_id()")  # one that is under way while the page is made
    tell(viewer, "Quick")
    shown = until(member)
    assert shown.split(":")[-1] != ""
    member.post("/inbox/read-all/", {"until": shown})
    assert unread(viewer) == []


@pytest.mark.parametrize("number", [None, "9000000000000000000"])
def test_lines_of_before_and_lines_of_another_server_are_marked_by_their_time(transactional_db, member, viewer, number):
    line = tell(viewer, "Old")
    InboxNotification.objects.filter(pk=line.pk).update(made_in=number)
    member.post("/inbox/read-all/", {"until": until(member)})
    assert unread(viewer) == []


BAD = ["", "x", "1:2", "0:1:", "2:1:", "1:9:5,3", "1:9:9", "1:9:0", "1:9:,", "1:9:3,", "-1:2:", "1:2: ", "١:٢:"]
BAD += ["1" * 20 + ":" + "1" * 20 + ":", "1:2:" + "1," * 5_000 + "1", "1:2:'); DROP TABLE users --"]


@pytest.mark.django_db
@pytest.mark.parametrize("text", BAD)
def test_what_is_no_snapshot_leaves_the_time_to_say(member, viewer, text):
    tell(viewer, "Quick")
    now = timezone.now()
    tell(viewer, "Late").__class__.objects.filter(title="Late").update(created_at=now + HOUR)
    assert member.post("/inbox/read-all/", {"until": f"{now.isoformat()} {text}"}).status_code == 302
    assert not snapshots.is_sound(text)
    assert unread(viewer) == ["Late"]


@pytest.mark.django_db
@example(1, 0, [])
@example(2**47, 0, [])
@example(2**32 - 1, 1, [])
@given(st.integers(1, 10**18), st.integers(0, 10**4), st.lists(st.integers(-2, 10**4), max_size=5))
def test_whatever_passes_for_a_snapshot_does_so_in_the_database_too(first, more, running):
    text = f"{first}:{first + more}:{','.join(str(first + number) for number in running)}"
    if snapshots.is_sound(text):
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s::pg_snapshot", [text])


@pytest.mark.django_db
def test_the_databases_own_snapshot_is_sound():
    factories.user()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_snapshot()::text")
        assert snapshots.is_sound(cursor.fetchone()[0])
