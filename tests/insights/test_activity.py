"""What is written down, about whom, and what is not."""

import json

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client, RequestFactory

from insights.models import ActivityLog
from insights.services import activity, lines, visitors
from tests import factories

pytestmark = pytest.mark.django_db
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
WHO = ("user_id", "session_id", "ip_address", "user_agent")


@pytest.fixture
def consenting(viewer):
    viewer.data_usage_consent = True
    viewer.save()
    return viewer


def logged() -> list[ActivityLog]:
    activity.flush()
    return list(ActivityLog.objects.order_by("id"))


def ask(client: Client, path: str, method: str = "get", **headers: str):
    said = {"user-agent": BROWSER, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return getattr(client, method)(path, headers=said, REMOTE_ADDR="203.0.113.77")


def test_a_film_page_is_written_down(client):
    movie = factories.movie()
    ask(client, movie.get_absolute_url())
    (row,) = logged()
    assert (row.action_type, row.movie_id, row.source) == ("movie_view", movie.pk, "web")


def test_visitors_leave_no_trace_of_themselves(client):
    session = client.session
    session["kept"] = 1
    session.save()
    ask(client, factories.movie().get_absolute_url())
    (row,) = logged()
    assert [getattr(row, name) for name in WHO] == [None] * 4


def test_who_has_not_consented_leaves_no_trace_of_themselves(member):
    ask(member, factories.movie().get_absolute_url())
    (row,) = logged()
    assert [getattr(row, name) for name in WHO] == [None] * 4


def test_who_has_consented_is_known_by_account_session_network_and_browser(member, consenting):
    ask(member, factories.movie().get_absolute_url())
    (row,) = logged()
    assert (row.user_id, row.ip_address, row.user_agent) == (consenting.pk, "203.0.113.0", BROWSER)


def test_the_session_is_the_same_throughout_and_its_key_is_not_in_the_log(member, consenting, viewer):
    for _ in range(2):
        ask(member, factories.movie().get_absolute_url())
    other = Client()
    other.force_login(viewer)
    ask(other, factories.movie().get_absolute_url())
    first, second, third = (row.session_id for row in logged())
    assert first == second != third
    assert member.session.session_key not in json.dumps([first, third])


def test_a_search_is_written_down_with_what_it_found(client):
    factories.movie(title="Metropolis")
    ask(client, "/search/?q=metropolis")
    (row,) = logged()
    assert (row.action_type, row.metadata) == ("movie_search", {"query": "metropolis", "results": 1})


@pytest.mark.parametrize("path", ["/search/", "/search/?q=", "/search/?q=star&page=2"])
def test_neither_an_empty_box_nor_the_next_page_is_a_search(client, path):
    ask(client, path)
    assert logged() == []


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("alien ana@example.org", "alien"),
        ("+49 170 1234567 heat", "heat"),
        ("2001: a space odyssey", "2001: a space odyssey"),
        ("y:1990..1999 heat", "y:1990..1999 heat"),
        ("x" * 200, "x" * 100),
    ],
)
def test_addresses_and_long_numbers_are_not_kept_of_a_search(client, typed, kept):
    activity.searched(request=RequestFactory().get("/search/"), query=typed, results=0)
    (row,) = logged()
    assert row.metadata["query"] == kept


@pytest.mark.parametrize("headers", [{"sec_purpose": "prefetch;prerender"}, {"purpose": "prefetch"}])
def test_what_a_browser_fetches_ahead_is_not_seen(client, headers):
    ask(client, factories.movie().get_absolute_url(), **headers)
    assert logged() == []


def test_head_is_not_seen(client):
    assert ask(client, factories.movie().get_absolute_url(), "head").status_code == 200
    assert logged() == []


def test_a_page_that_does_not_exist_is_not_seen(client):
    assert ask(client, "/film/no-such-film/").status_code == 404
    assert logged() == []


def test_a_page_that_fails_after_its_film_was_shown_is_not_seen(client):
    request = RequestFactory().get("/", headers={"user-agent": BROWSER})
    with activity.during(request) as happened:
        activity.record(action="movie_view")
        activity.record(action="rating_submit")
        happened.succeeded = False
    assert [row.action_type for row in logged()] == ["rating_submit"]


def test_one_request_is_one_write(client, monkeypatch):
    written = []
    monkeypatch.setattr(activity, "_write", written.append)
    request = RequestFactory().get("/", headers={"user-agent": BROWSER})
    with activity.during(request) as happened:
        activity.record_all(action="recommendation_impression", films=[(1, None), (2, None)])
        activity.record(action="movie_view")
        happened.succeeded = True
    assert [len(rows) for rows in written] == [3]


def test_picks_that_were_shown_carry_their_place(member, consenting):
    movie = factories.movie()
    request = RequestFactory().get("/", headers={"user-agent": BROWSER})
    request.user = consenting
    place = {"row": "for-you", "rank": 3, "algorithm": "hybrid", "arm": "b"}
    activity.record_all(action="recommendation_impression", films=[(movie.pk, place)], request=request)
    (row,) = logged()
    assert row.metadata == {"row": "for-you", "rank": 3, "algorithm": "hybrid", "arm": "b"}


@pytest.mark.parametrize(
    ("who", "agent", "crowd"),
    [
        ({}, BROWSER, ""),
        ({}, "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "bot"),
        ({}, "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/140.0", "bot"),
        ({}, "curl/8.1", "bot"),
        ({}, "Mozilla/5.0 (Linux; Android 12; Cubot KingKong) AppleWebKit/537.36 Chrome/140.0 Mobile", ""),
        ({}, "", "bot"),
        ({"is_staff": True}, BROWSER, "staff"),
        ({"is_simulated": True}, BROWSER, "simulated"),
    ],
)
def test_who_is_no_visitor_is_marked_and_sees_no_picks(who, agent, crowd):
    user = factories.user(**who)
    request = RequestFactory().get("/", headers={"user-agent": agent})
    request.user = user
    for action in ("movie_view", "recommendation_impression", "recommendation_click"):
        activity.record(action=action, request=request)
    assert [(row.action_type, (row.metadata or {}).get("crowd", "")) for row in logged()] == [
        (action, crowd)
        for action in ("movie_view", "recommendation_impression", "recommendation_click")
        if action == "movie_view" or not crowd
    ]


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("198.51.100.23", "198.51.100.0"),
        ("2001:db8:1234:5678::9", "2001:db8:1234::"),
        ("::ffff:198.51.100.23", "198.51.100.0"),
        ("unknown", None),
        ("", None),
    ],
)
def test_of_an_address_only_the_network_is_kept(address, network):
    assert visitors.network(RequestFactory().get("/", REMOTE_ADDR=address)) == network


@pytest.mark.parametrize(
    ("came", "kept"),
    [
        ("http://testserver/browse/?q=secret", "/browse/"),
        ("http://testserver/accounts/password/reset/key/abc-def/", "/accounts/"),
        ("http://testserver/settings/privacy/", "/settings/"),
        ("https://elsewhere.example/their/page?who=me", "elsewhere.example"),
        ("https://ana:secret@elsewhere.example/", "elsewhere.example"),
        ("android-app://com.example/", ""),
        ("http://[half", ""),
        ("", ""),
        (f"http://testserver/{'x' * 400}", "/" + "x" * 254),
    ],
)
def test_of_the_page_before_only_our_path_or_their_host_is_kept(came, kept):
    assert visitors.referer(RequestFactory().get("/", headers={"referer": came})) == kept


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({"q": "nul\0 in the middle\0\0"}, {"q": "nul in the middle"}),
        ({"q": "\\u0000 typed"}, {"q": "\\u0000 typed"}),
        ({"q": "\\\0"}, {"q": "\\"}),
        ({"q": "half \ud83d a pair"}, {"q": "half ? a pair"}),
        ({"q": "🎬 \u2028 \x1b"}, {"q": "🎬 \u2028 \x1b"}),
        ({"\0k\ud800": 1}, {"k?": 1}),
        ({"n": 10**400}, {"n": 10**400}),
        ({"q": float("nan")}, {"unreadable": True}),
        ({"q": object()}, {"unreadable": True}),
        ({"q": 10**5000}, {"unreadable": True}),
        ({}, None),
        (None, None),
    ],
)
def test_any_metadata_can_be_stored(said, kept):
    activity.record(action="movie_view", metadata=said)
    (row,) = logged()
    assert row.metadata == kept


def test_huge_metadata_leave_a_word_about_their_length():
    activity.record(action="movie_view", metadata={"q": "x" * 1_000_000})
    (row,) = logged()
    assert row.metadata["too_long"] > 1_000_000


def test_metadata_nested_without_end_leave_a_word():
    said: dict = {}
    for _ in range(100_000):
        said = {"in": said}
    activity.record(action="movie_view", metadata=said)
    (row,) = logged()
    assert row.metadata == {"unreadable": True}


def test_any_header_can_be_stored(member, consenting):
    movie = factories.movie()
    request = RequestFactory().get(
        "/", HTTP_USER_AGENT="Moz\0illa\udcff" + "x" * 5_000, HTTP_REFERER="http://\0\ud800/"
    )
    request.user = consenting
    activity.record(action="movie_view", movie_id=movie.pk, request=request)
    (row,) = logged()
    assert row.user_agent.startswith("Mozilla?xxx")
    assert len(row.user_agent) <= visitors.AGENT


@pytest.mark.parametrize("movie_id", [999_999_999, -1, 0, 2**63, 10**40])
def test_a_film_that_is_not_there_leaves_an_event_without_a_film(movie_id):
    activity.record(action="movie_view", movie_id=movie_id)
    (row,) = logged()
    assert row.movie_id is None


def test_a_film_deleted_meanwhile_leaves_an_event_without_a_film():
    movie = factories.movie()
    activity.record(action="movie_view", movie_id=movie.pk)
    movie.delete()
    (row,) = logged()
    assert row.movie_id is None


def test_a_person_from_elsewhere_is_nobody():
    request = RequestFactory().get("/", headers={"user-agent": BROWSER})
    request.user = AnonymousUser()
    activity.record(action="movie_view", request=request)
    (row,) = logged()
    assert row.user_id is None


def test_a_moment_is_kept_to_the_microsecond():
    row = {"action_type": "movie_view", "timestamp": "2026-11-20T12:00:00.123456+02:00"}
    (found,) = lines.decode(lines.encode(row)).rows
    assert found["timestamp"].isoformat() == "2026-11-20T12:00:00.123456+02:00"


def test_recording_asks_the_database_nothing(member, consenting, django_assert_num_queries):
    request = RequestFactory().get("/", headers={"user-agent": BROWSER})
    request.user, request.session = consenting, member.session
    with django_assert_num_queries(0):
        activity.record(action="movie_view", movie_id=1, request=request)
