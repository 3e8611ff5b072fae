"""The links of our mails: only a POST changes anything, and nothing more than the link was signed for."""

import datetime
import itertools
from email import message_from_bytes

import pytest
import time_machine
from django.core import signing
from django.test import Client
from django.urls import reverse

from accounts.services import closing
from insights.models import ActivityLog
from insights.services import activity
from notify import tokens
from notify.digest import inspection
from notify.models import Delivery, DeliveryEvent, Preference
from notify.services import digests, gate, outbox, preferences
from recs.models import Interaction
from tests import factories
from tests.notify import readers

pytestmark = pytest.mark.django_db
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def reader():
    return readers.reader(recommendation_alerts=True, trending_alerts=True)


@pytest.fixture
def browser() -> Client:
    return Client(enforce_csrf_checks=True)


def leave(user, scope="digest") -> str:
    return reverse("notify:unsubscribe", args=[tokens.unsubscribe(user, scope)])


def link(user, movie, what="want") -> str:
    return reverse("notify:act", args=[tokens.act(user, movie, what, "digest:1:2026-W47")])


def gets(user, kind="digest") -> bool:
    return preferences.wants(user=user, kind=kind, channel="email")


def marks(user) -> set[str]:
    return set(Interaction.objects.filter(user=user).values_list("interaction_type", flat=True))


# Unsubscribing


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=b"])
def test_one_click_needs_no_cookie_no_log_in_and_gets_200_every_time(reader, browser, content_type):
    multipart = '--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n'
    body = multipart if "multipart" in content_type else "List-Unsubscribe=One-Click"
    for _ in range(2):
        response = browser.generic("POST", leave(reader), body, content_type=content_type)
        assert (response.status_code, dict(response.cookies)) == (200, {})
        assert response["Content-Type"].startswith("text/plain")
    assert not gets(reader)


@pytest.mark.parametrize(
    "body", [b"", b"\x00\xff", b'--b\r\nContent-Disposition: form-data; name="x"', b"a=" + b"b" * 9000]
)
@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/form-data; boundary=b",
        "multipart/form-data",
        "text/plain",
        "",
        "application/x-www-form-urlencoded; charset=iso-8859-1",
        "application/x-www-form-urlencoded; charset=utf-16",
        "application/x-www-form-urlencoded; charset=nonsense",
    ],
)
def test_whatever_a_mail_program_posts_it_has_unsubscribed(reader, browser, body, content_type):
    assert browser.generic("POST", leave(reader), body, content_type=content_type).status_code == 200
    assert not gets(reader)


def test_only_this_kind_stops_unless_all_is_asked_for(reader, browser):
    browser.post(leave(reader), ONE_CLICK)
    assert (gets(reader), gets(reader, "picks")) == (False, True)
    browser.post(leave(reader), {"scope": "all"})
    assert not gets(reader, "picks")
    assert not gets(reader, "trending")


def test_the_link_against_all_mail_stops_all(reader, browser):
    browser.post(leave(reader, tokens.ALL), ONE_CLICK)
    assert not any(gets(reader, kind) for kind in ("digest", "picks", "trending"))


def test_it_can_be_taken_back_on_the_spot(reader, browser):
    page = browser.post(leave(reader), {"scope": "digest"})
    assert not gets(reader)
    browser.post(leave(reader), {"undo": page.context["way_back"]})
    assert gets(reader)


def test_the_way_back_brings_back_only_what_was_on_and_only_the_own(reader, browser):
    other = readers.reader()
    page = browser.post(leave(reader), {"scope": "digest"})
    assert browser.post(leave(other), {"undo": page.context["way_back"]}).status_code == 400
    assert browser.post(leave(reader), {"undo": "made up"}).status_code == 400
    assert not gets(reader)


def test_the_page_asks_and_offers_both(reader, browser):
    html = browser.get(leave(reader)).content.decode()
    assert "Weekly digest" in html
    assert 'value="digest"' in html
    assert 'value="all"' in html
    assert gets(reader)


def test_the_link_holds_for_ever(reader, browser):
    there = leave(reader)
    with time_machine.travel(datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=3650)):
        assert browser.post(there, ONE_CLICK).status_code == 200
    assert not gets(reader)


def test_a_mail_program_of_somebody_who_is_gone_gets_200_too(reader, browser):
    there = leave(reader)
    closing.close(user=reader)
    assert browser.post(there, ONE_CLICK).status_code == 200
    assert browser.get(there).status_code == 200


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_tampered_link_is_refused_in_a_friendly_way(reader, browser, method):
    token = tokens.unsubscribe(reader, "digest").replace("digest", "all")
    response = getattr(browser, method)(reverse("notify:unsubscribe", args=[token]))
    assert response.status_code == 400
    assert "This link is broken" in response.content.decode()
    assert gets(reader)


def test_the_token_for_unsubscribing_cannot_act_and_the_other_way_round(reader):
    movie = factories.movie()
    for token in (tokens.act(reader, movie, "want", "k"), tokens.click("/", "k"), "", "1.digest", "sample.x"):
        with pytest.raises(tokens.TokenError):
            tokens.read_unsubscribe(token)
    for token in (tokens.unsubscribe(reader, "digest"), tokens.click("/", "k"), signing.dumps([1, 2, "want", "k"])):
        with pytest.raises(tokens.TokenError):
            tokens.read_act(token)


def test_it_is_said_in_the_language_of_the_person(reader, browser):
    reader.preferred_language = "de"
    reader.save()
    assert '<html lang="de"' in browser.get(leave(reader), headers={"accept-language": "fr"}).content.decode()


def test_what_waits_in_the_outbox_is_not_sent_after_it(reader, browser):
    Preference.objects.filter(user=reader).update(next_due_at=readers.NOW)
    digests.pump(readers.NOW)
    browser.post(leave(reader), ONE_CLICK)
    assert gate.reason_not_to_send(Delivery.objects.get(user=reader)) == "unwanted"


# Acting on a film


@pytest.mark.parametrize(("what", "kind"), [("want", "watchlist"), ("seen", "view"), ("no", "not_interested")])
def test_the_button_does_it_and_undo_takes_it_back(reader, browser, what, kind):
    movie = factories.movie()
    there = link(reader, movie, what)
    page = browser.post(there, {"do": "on"})
    assert page.status_code == 200
    assert marks(reader) == {kind}
    assert Interaction.objects.get(user=reader).source == "email"
    browser.post(there, {"undo": page.context["undo"]})
    assert marks(reader) == set()


def test_pressing_twice_changes_nothing_more_and_can_still_be_taken_back(reader, browser):
    there = link(reader, factories.movie())
    browser.post(there)
    row = Interaction.objects.get(user=reader)
    page = browser.post(there)
    assert Interaction.objects.get(user=reader).timestamp == row.timestamp
    browser.post(there, {"undo": page.context["undo"]})
    assert marks(reader) == set()


def test_undo_brings_back_what_the_act_had_replaced(reader, browser):
    movie = factories.movie()
    factories.mark(reader, movie, "watchlist")
    there = link(reader, movie, "seen")
    page = browser.post(there)
    assert marks(reader) == {"view"}
    browser.post(there, {"undo": page.context["undo"]})
    assert marks(reader) == {"watchlist"}


def test_the_page_says_where_things_stand(reader, browser):
    movie = factories.movie(title="Playtime <b>")
    there = link(reader, movie)
    assert "Put it on your watchlist?" in browser.get(there).content.decode()
    browser.post(there)
    html = browser.get(there).content.decode()
    assert "<bdi>Playtime &lt;b&gt;</bdi> is on your watchlist." in html


def test_an_old_link_a_lost_film_and_a_closed_account_do_nothing(reader, browser):
    movie, lost = factories.movie(), factories.movie()
    there, nowhere = link(reader, movie), link(reader, lost)
    lost.delete()
    assert browser.post(nowhere).status_code == 410
    with time_machine.travel(datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=130)):
        assert browser.post(there).status_code == 410
    type(reader).objects.filter(pk=reader.pk).update(is_active=False)
    assert browser.post(there).status_code == 410
    assert marks(reader) == set()


@pytest.mark.parametrize("name", ["notify:act", "notify:click", "notify:unsubscribe"])
@pytest.mark.parametrize("token", ["x", "a:b:c", "1.digest.nonsense", "☃", "x" * 3000])
def test_made_up_tokens_are_refused_in_a_friendly_way(browser, db, name, token):
    response = browser.get(reverse(name, args=[token]))
    assert response.status_code == 400
    assert "This link is broken" in response.content.decode()


def test_the_links_of_a_sample_do_nothing(browser, db):
    for name in ("notify:act", "notify:unsubscribe"):
        for method in (browser.get, browser.post):
            assert "Only a sample" in method(reverse(name, args=["sample"])).content.decode()


# Scanners


@pytest.mark.parametrize("requests", [360, pytest.param(10_000, marks=pytest.mark.slow)])
def test_programs_that_follow_every_link_change_nothing(reader, requests):
    movie = factories.movie(release_date=readers.NOW.date())
    factories.mark(reader, movie, "watchlist")
    row = digests.compose(reader, readers.told(reader), f"digest:{reader.pk}:2026-W47")
    mail = inspection.read(bytes(row.message))
    header = message_from_bytes(bytes(row.message))["List-Unsubscribe"]
    paths = [url.url.replace("http://localhost:8000", "") for url in mail.links]
    paths.append(header.strip("<>").replace("http://localhost:8000", ""))
    before = everything(reader)
    scanner = Client()
    for path in itertools.islice(itertools.cycle(paths), requests // 2):
        assert scanner.get(path).status_code in (200, 302)
        assert scanner.head(path).status_code in (200, 302)
    assert len(paths) > 25
    assert everything(reader) == before


def everything(user) -> tuple[object, ...]:
    preference = Preference.objects.filter(user=user).values().get()
    states = list(Delivery.objects.values_list("status", "clicked_at"))
    return preference, sorted(Interaction.objects.values_list("pk", "interaction_type")), states


# Followed links


def arrived(user, seconds: float = 60, again: int = 0, **fields) -> Delivery:
    row = outbox.enqueue(
        user=user,
        kind="digest",
        channel="email",
        key=f"resend:{again}" if again else f"digest:{user.pk}:2026-W47",
        recipient=user.email,
        subject="",
        content="",
        message=b"",
        is_test=fields.pop("is_test", False),
    )
    at = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=seconds)
    Delivery.objects.filter(id=row.id).update(**{"status": "sent", "sent_at": at, **fields})
    return row


def follow(user, path="/", method="get", **headers) -> object:
    token = tokens.click(path, f"digest:{user.pk}:2026-W47")
    return getattr(Client(headers={"user-agent": "Mozilla/5.0 Firefox/140.0", **headers}), method)(
        reverse("notify:click", args=[token])
    )


def counted() -> int:
    return DeliveryEvent.objects.filter(event="clicked", is_machine=False).count()


def test_a_followed_link_leads_on_and_is_counted_once_each(reader):
    row, movie = arrived(reader), factories.movie()
    for path in ("/", movie.get_absolute_url(), "/"):
        response = follow(reader, path)
        assert (response.status_code, response["Location"]) == (302, path)
    assert counted() == 2
    assert Delivery.objects.get(id=row.id).status == "clicked"


def test_a_link_of_a_mail_that_staff_sent_again_counts_for_the_one_that_went(reader):
    first = arrived(reader, status="failed", sent_at=None)
    again = arrived(reader, again=first.id, status="failed", sent_at=None, data={"resent_from": first.id})
    went = arrived(reader, again=again.id, data={"resent_from": again.id})
    follow(reader)
    states = [Delivery.objects.get(id=row.id).status for row in (first, again, went)]
    assert states == ["failed", "failed", "clicked"]


@pytest.mark.django_db(transaction=True)
def test_it_goes_into_the_activity_log_of_whoever_consented(reader):
    type(reader).objects.filter(pk=reader.pk).update(data_usage_consent=True)
    arrived(reader)
    follow(reader)
    activity.flush()
    row = ActivityLog.objects.get(action_type="email_click")
    assert (row.user_id, row.source, row.metadata["kind"]) == (reader.pk, "email", "digest")


@pytest.mark.parametrize("headers", [{"dnt": "1"}, {"sec-gpc": "1"}, {"sec-purpose": "prefetch"}])
def test_who_asks_not_to_be_traced_is_led_on_and_not_counted(reader, headers):
    arrived(reader)
    assert follow(reader, **headers).status_code == 302
    assert counted() == 0


def test_head_requests_and_what_follows_at_once_are_machines(reader):
    arrived(reader, seconds=60)
    assert follow(reader, method="head").status_code == 302
    assert counted() == 0
    Delivery.objects.all().update(sent_at=datetime.datetime.now(datetime.UTC))
    follow(reader)
    assert counted() == 0
    assert Delivery.objects.get().status == "sent"


def test_people_who_do_not_want_it_and_tests_are_not_counted(reader):
    preferences.measure_clicks(user=reader, allowed=False)
    arrived(reader)
    follow(reader)
    assert counted() == 0


def test_a_test_mail_is_not_counted(reader):
    arrived(reader, is_test=True)
    assert follow(reader).status_code == 302
    assert counted() == 0


def test_their_mails_hold_no_counted_links_at_all(reader):
    preferences.measure_clicks(user=reader, allowed=False)
    assert (
        "/m/go/"
        not in inspection.read(
            bytes(digests.compose(reader, readers.told(reader), f"digest:{reader.pk}:x").message)
        ).html
    )


@pytest.mark.parametrize(
    "path",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "/accounts/logout/", "/nowhere/", "evil", ""],
)
def test_a_link_leads_only_to_pages_of_ours_that_only_show(reader, path):
    arrived(reader)
    assert follow(reader, path).status_code == 400
