"""The inbox: what is counted as new, what opening, following, marking and putting away do, and how it is taken back."""

import datetime
import re

import pytest
from django.test import Client
from django.utils import timezone

from notify import kinds, lines, queries
from notify.kinds import ANNOUNCEMENT, FINISHED, PICKS, WATCHLIST_RELEASE
from notify.models import Choice, InboxNotification
from notify.services import inbox, preferences
from tests import factories

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/inbox/"}


def tell(user, title="Film club on Friday", **fields) -> InboxNotification:
    return inbox.tell(user=user, kind=fields.pop("kind", ANNOUNCEMENT), title=title, **fields)


def at(line: InboxNotification, **fields) -> None:
    InboxNotification.objects.filter(pk=line.pk).update(**fields)


def page(member: Client, query: str = "", **headers: str) -> str:
    return member.get(f"/inbox/{query}", headers=headers).content.decode()


def bell(member: Client) -> tuple[str, str]:
    """What the badge shows, and what the bell is called."""
    html = member.get("/settings/").content.decode()
    return re.search(r'id="bell-count">([^<]*)<', html)[1], re.search(r'id="bell"[^>]*aria-label="([^"]*)"', html)[1]


@pytest.mark.parametrize(
    ("new", "short", "label"),
    [
        (0, "", "Inbox"),
        (1, "1", "Inbox, 1 new message"),
        (99, "99", "Inbox, 99 new messages"),
        (100, "99+", "Inbox, 100 new messages"),
        (10_000, "99+", "Inbox, 10,000 new messages"),
    ],
)
def test_the_badge_is_short_and_its_name_exact(member, viewer, new, short, label):
    InboxNotification.objects.bulk_create([InboxNotification(user=viewer, title="News") for _ in range(new)])
    assert bell(member) == (short, label)
    assert queries.unseen(viewer.pk) == viewer.inbox.filter(seen_at=None, is_archived=False).count() == new


def test_what_is_seen_put_away_expired_or_somebody_elses_is_not_counted(member, viewer, stranger):
    now = timezone.now()
    at(tell(viewer), seen_at=now)
    at(tell(viewer), is_archived=True)
    at(tell(viewer), expires_at=now - datetime.timedelta(seconds=1))
    tell(stranger)
    tell(viewer)
    assert bell(member)[0] == "1"


def test_a_visitor_has_no_bell(client):
    assert 'id="bell"' not in client.get("/").content.decode()


def test_one_persons_number_is_not_remembered_for_another(member, viewer, stranger):
    tell(viewer)
    assert bell(member)[0] == "1"
    other = Client()
    other.force_login(stranger)
    assert bell(other)[0] == ""


def test_opening_the_list_sees_and_reads_nothing(member, viewer):
    line = tell(viewer)
    assert "Film club on Friday" in page(member)
    line.refresh_from_db()
    assert line.seen_at
    assert not line.is_read
    assert bell(member)[0] == ""


@pytest.mark.parametrize("purpose", ["prefetch", "prefetch;prerender"])
def test_a_browser_that_fetches_ahead_has_opened_nothing(member, viewer, purpose):
    tell(viewer)
    page(member, **{"Sec-Purpose": purpose})
    member.head("/inbox/")
    assert bell(member)[0] == "1"


def test_following_a_line_reads_it_and_leads_to_its_place(member, viewer):
    line = tell(viewer, action_url="/browse/")
    answer = member.post(f"/inbox/{line.pk}/open/")
    line.refresh_from_db()
    assert (answer.url, line.is_read, line.seen_at is not None) == ("/browse/", True, True)


def test_a_get_follows_nothing(member, viewer):
    line = tell(viewer, action_url="/browse/")
    assert member.get(f"/inbox/{line.pk}/open/").status_code == 405
    line.refresh_from_db()
    assert not line.is_read


@pytest.mark.parametrize("act", ["open", "read", "unread", "archive", "back"])
def test_somebody_elses_line_is_not_there(member, stranger, act):
    line = tell(stranger, action_url="/browse/")
    assert member.post(f"/inbox/{line.pk}/{act}/").status_code == 404


def test_an_act_that_does_not_exist_is_not_there(member, viewer):
    assert member.post(f"/inbox/{tell(viewer).pk}/burn/").status_code == 404


BAD = ["javascript:alert(1)", "JavaScript:alert(1)", " javascript:alert(1)", "data:text/html,x", "http://example.org/"]
BAD += [
    "//example.org/",
    "/\\example.org",
    "https://me@example.org/",
    "https:",
    "java\tscript:alert(1)",
    "browse/",
    "\\\\x",
]


@pytest.mark.parametrize("address", BAD)
def test_an_address_that_is_neither_ours_nor_https_is_no_link(member, viewer, address):
    line = tell(viewer, action_url=address)
    html = page(member)
    assert "data-open" not in html
    assert "example.org" not in html
    assert member.post(f"/inbox/{line.pk}/open/").url == "/inbox/"


def test_another_site_is_a_link_that_no_form_leads_to(member, viewer):
    line = tell(viewer, action_url="https://example.org/club?a=1&b=2")
    assert 'href="https://example.org/club?a=1&amp;b=2" rel="noopener noreferrer"' in page(member)
    assert member.post(f"/inbox/{line.pk}/open/").url == "/inbox/"


def test_what_was_typed_is_escaped_and_keeps_its_direction(member, viewer):
    tell(viewer, title="<script>alert(1)</script>", message="مرحبا\n\n<img src=x>")
    html = page(member)
    assert '<bdi dir="auto">&lt;script&gt;alert(1)&lt;/script&gt;</bdi>' in html
    assert "&lt;img src=x&gt;" in html


def test_a_title_as_long_as_titles_can_be_is_shown_whole(member, viewer):
    film = factories.movie(title="Ж" * 255, slug="long")
    inbox.tell(user=viewer, kind=PICKS, data={"films": [film.pk]})
    assert f"<bdi>{'Ж' * 255}</bdi>" in page(member)


def test_the_words_are_said_in_the_readers_language_of_now(member, viewer):
    inbox.tell(user=viewer, kind=FINISHED, data={"count": 1204})
    assert "Your import is done: 1,204 films were added or changed." in page(member)
    member.cookies["django_language"] = "de"
    assert "1.204" in page(member)


def test_a_film_that_was_deleted_leaves_a_sentence_without_it(member, viewer):
    gone, there = factories.movie(title="Gone Film"), factories.movie(title="<b>Here</b>")
    inbox.tell(user=viewer, kind=PICKS, data={"films": [gone.pk, there.pk]})
    gone.delete()
    assert "New picks for you: <bdi>&lt;b&gt;Here&lt;/b&gt;</bdi>." in page(member)
    there.delete()
    assert "There are new picks for you." in page(member)


def test_data_of_any_shape_shows_a_sentence(member, viewer):
    for kind in kinds.KINDS:
        for data in (None, {"films": "x"}, {"films": [None, "1", {}]}, {"count": "many"}, {"name": None}):
            InboxNotification.objects.create(user=viewer, kind=kind, action_data=data)
    assert member.get("/inbox/").status_code == 200


def grouped(viewer, *titles: str) -> list[InboxNotification]:
    films = [factories.movie(title=title) for title in titles]
    told = {"kind": WATCHLIST_RELEASE, "group_key": "out today"}
    return [inbox.tell(user=viewer, **told, data={"films": [film.pk]}) for film in films]


def test_lines_of_one_group_are_one(member, viewer):
    grouped(viewer, "Heat", "Alien", "Up")
    html = page(member)
    assert html.count("data-line") == 1
    assert "3 films on your watchlist are out: <bdi>Up</bdi>, <bdi>Alien</bdi>, <bdi>Heat</bdi>." in html
    assert bell(member)[0] == ""


def test_many_of_a_group_are_counted_not_listed(member, viewer):
    grouped(viewer, *(f"Film number {number}" for number in range(40)))
    assert "40 films on your watchlist are out, among them <bdi>Film number 39</bdi>," in page(member)


def test_what_is_done_with_a_group_leaves_what_came_later(member, viewer):
    first, second, third = grouped(viewer, "Heat", "Alien", "Up")
    member.post(f"/inbox/{second.pk}/read/")
    assert list(viewer.inbox.filter(is_read=True).order_by("pk")) == [first, second]
    member.post(f"/inbox/{second.pk}/archive/")
    assert viewer.inbox.get(is_archived=False) == third


def test_unread_again_is_not_new_again(member, viewer):
    line = tell(viewer)
    member.post(f"/inbox/{line.pk}/read/")
    member.post(f"/inbox/{line.pk}/unread/")
    line.refresh_from_db()
    assert (line.is_read, line.read_at) == (False, None)
    assert bell(member)[0] == ""


def until(html: str) -> str:
    return re.search(r'name="until" value="([^"]+)"', html)[1]


def test_marking_all_leaves_unread_what_arrived_since_the_page_was_shown(member, viewer):
    shown = [tell(viewer) for _ in range(3)]
    moment = until(page(member))
    late = tell(viewer, title="Came later")
    member.post("/inbox/read-all/", {"until": moment})
    assert set(viewer.inbox.filter(is_read=True)) == set(shown)
    assert viewer.inbox.get(is_read=False) == late
    assert bell(member)[0] == "1"


def test_marking_all_is_one_update(member, viewer, django_assert_num_queries):
    for _ in range(50):
        tell(viewer)
    with django_assert_num_queries(1):
        inbox.read_all(user=viewer, until=timezone.now(), snapshot="1:2:")


def undo_value(html: str) -> str:
    return re.findall(r'name="undo" value="([^"]+)"', html)[-1]


def test_marking_all_can_be_taken_back_and_only_that(member, viewer):
    before = tell(viewer)
    member.post(f"/inbox/{before.pk}/read/")
    marked = [tell(viewer), tell(viewer)]
    answer = member.post("/inbox/read-all/", {"until": until(page(member))}, headers=HTMX)
    member.post("/inbox/undo/", {"undo": undo_value(answer.content.decode())})
    assert set(viewer.inbox.filter(is_read=False)) == set(marked)


def test_putting_away_can_be_taken_back_and_only_that(member, viewer):
    gone, other = tell(viewer, title="Other"), tell(viewer)
    member.post(f"/inbox/{gone.pk}/archive/")
    answer = member.post(f"/inbox/{other.pk}/archive/", {"next": "/inbox/"}, follow=True)
    html = answer.content.decode()
    assert "Put away." in html
    assert "Nothing new" in html
    member.post("/inbox/undo/", {"undo": undo_value(html)})
    assert viewer.inbox.get(is_archived=False) == other


@pytest.mark.parametrize("value", ["", "read", "read x", "read 2026-01-01", "burn 2026-01-01T00:00:00+00:00", "read 0"])
def test_a_way_back_that_is_none_is_refused(member, viewer, value):
    assert member.post("/inbox/undo/", {"undo": value}).status_code == 400
    assert member.post("/inbox/read-all/", {"until": value}).status_code == 400


def test_a_strangers_moment_takes_nothing_back(member, viewer, stranger):
    tell(stranger)
    moment = inbox.read_all(user=stranger, until=timezone.now())
    member.post("/inbox/undo/", {"undo": f"read {moment.isoformat()}"})
    assert stranger.inbox.get().is_read


def test_what_is_put_away_can_be_looked_at_and_moved_back(member, viewer):
    line = tell(viewer)
    inbox.archive(line=line)
    assert "Film club" not in page(member)
    assert "Film club" in page(member, "?show=archived")
    member.post(f"/inbox/{line.pk}/back/")
    assert "Film club" in page(member)


def test_filters_show_what_they_say(member, viewer):
    inbox.read(line=tell(viewer, title="Read one"))
    tell(viewer, title="Unread one")
    inbox.tell(user=viewer, kind=FINISHED, data={"count": 5})
    assert "Read one" not in page(member, "?show=unread")
    assert "Unread one" not in page(member, f"?kind={FINISHED}")
    assert "5 films were added or changed" in page(member, f"?kind={FINISHED}")
    assert "Unread one" in page(member, "?show=nonsense&kind=%00&before=x")


def test_older_lines_come_by_pages_that_nothing_new_moves(member, viewer):
    for number in range(queries.PAGE + 5):
        tell(viewer, title=f"Number {number:02}")
    first = page(member)
    older = re.search(r'href="(\?before=\d+)"', first)[1]
    tell(viewer, title="Came later")
    second = page(member, older)
    assert first.count("data-line") == queries.PAGE
    assert re.findall(r"Number \d\d", second) == [f"Number {number:02}" for number in (4, 3, 2, 1, 0)]
    assert "To the newest" in second


def test_the_cost_of_the_page_does_not_grow(member, viewer, django_assert_max_num_queries):
    for number in range(20):
        film = factories.movie()
        inbox.tell(user=viewer, kind=PICKS, data={"films": [film.pk]}, key=str(number))
    page(member)
    with django_assert_max_num_queries(8):
        page(member)


def test_lines_stand_under_their_day(member, viewer):
    now = timezone.now()
    at(tell(viewer, title="Old"), created_at=now - datetime.timedelta(days=40))
    at(tell(viewer, title="From yesterday"), created_at=now - datetime.timedelta(days=1))
    tell(viewer, title="Fresh")
    html = page(member)
    assert [html.index(word) for word in ("Today", "Yesterday")] == sorted(
        html.index(w) for w in ("Today", "Yesterday")
    )
    assert len(re.findall("inbox__day", html)) == 3


def test_a_kind_is_muted_here_and_the_way_back_unmutes_it(member, viewer):
    tell(viewer, kind=WATCHLIST_RELEASE, title=None)
    answer = member.post("/inbox/mute/", {"off": WATCHLIST_RELEASE}, headers=HTMX)
    assert "comes to your inbox no more" in answer.content.decode()
    assert not Choice.objects.get(user=viewer, kind=WATCHLIST_RELEASE).enabled
    assert tell(viewer, kind=WATCHLIST_RELEASE) is None
    member.post("/inbox/mute/", {"on": WATCHLIST_RELEASE})
    assert tell(viewer, kind=WATCHLIST_RELEASE)


@pytest.mark.parametrize("kind", ["", "digest", "nonsense"])
def test_what_never_comes_here_cannot_be_muted_here(member, viewer, kind):
    assert member.post("/inbox/mute/", {"off": kind}).status_code == 400


def test_the_empty_page_says_when_the_digest_comes_and_how_long_messages_stay(member, viewer):
    preferences.choose(user=viewer, kind=kinds.DIGEST, channel="email", enabled=True)
    html = page(member)
    assert "Nothing new" in html
    assert "Messages stay for 90 days." in html
    assert "Your digest comes by e-mail once a week: Monday." in html


def test_htmx_gets_the_list_the_bell_and_the_toast(member, viewer):
    line = tell(viewer)
    html = member.post(f"/inbox/{line.pk}/archive/", headers=HTMX).content.decode()
    assert "<html" not in html
    assert 'hx-swap-oob="outerHTML:#bell"' in html
    assert 'hx-swap-oob="beforeend:#toasts"' in html


def test_an_act_keeps_the_filter_that_was_asked_for(member, viewer):
    one = tell(viewer, title="One")
    tell(viewer, title="Two")
    there = {**HTMX, "HX-Current-URL": "http://testserver/inbox/?show=unread"}
    html = member.post(f"/inbox/{one.pk}/read/", headers=there).content.decode()
    assert "Two" in html
    assert "One" not in html


def test_the_number_alone_costs_no_body_when_nothing_changed(member, viewer):
    tell(viewer)
    first = member.get("/inbox/badge/")
    assert first.json() == {"unseen": 1, "label": "Inbox, 1 new message", "short": "1"}
    same = member.get("/inbox/badge/", headers={"If-None-Match": first.headers["ETag"]})
    assert (same.status_code, same.content) == (304, b"")
    tell(viewer)
    assert member.get("/inbox/badge/", headers={"If-None-Match": first.headers["ETag"]}).json()["unseen"] == 2
    assert viewer.inbox.filter(seen_at=None).count() == 2


def test_a_visitor_is_sent_to_the_log_in(client):
    for path in ("/inbox/", "/inbox/badge/"):
        assert client.get(path).status_code == 302


def test_streams_are_not_to_be_had_where_pages_are_served(client, member):
    assert client.get("/events").status_code == member.get("/events").status_code == 404


def test_the_same_key_tells_once(viewer):
    assert tell(viewer, key="friday")
    assert tell(viewer, key="friday") is None
    assert viewer.inbox.count() == 1


def test_simulated_people_are_told_nothing():
    assert tell(factories.user(is_simulated=True)) is None


def test_what_has_expired_is_deleted_in_pieces_and_nothing_else(viewer):
    now = timezone.now()
    for _ in range(7):
        at(tell(viewer), expires_at=now - datetime.timedelta(days=1))
    kept = [tell(viewer), tell(viewer)]
    at(kept[0], expires_at=None)
    assert inbox.forget_expired(now=now, at_once=3) == 7
    assert set(viewer.inbox.all()) == set(kept)


def test_a_sentence_without_marks_is_what_is_read_out(viewer):
    film = factories.movie(title="Tom & <Jerry>")
    line = inbox.tell(user=viewer, kind=PICKS, data={"films": [film.pk]})
    assert lines.plain(lines.say([line], lines.titles_for([line]))) == "New picks for you: Tom & <Jerry>."
