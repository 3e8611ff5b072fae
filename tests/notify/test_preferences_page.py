import datetime as dt
import re

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse

from catalog.models import Movie
from notify import schedule
from notify.kinds import CHOICES, DIGEST, FINISHED, PICKS
from notify.models import Channel, Preference, SuppressionReason, SuppressionScope
from notify.services import preferences, suppressions
from tests import factories

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
PAGE = "notify:preferences"
ACTS = ["kinds", "digest", "join", "now", "quiet", "pause", "resume", "clicks"]
FRIDAY_AT_NINE = {"day": "4", "time": "09:00", "timezone": "Europe/Paris"}
ALL = [f"{kind.slug}:{channel}" for kind in CHOICES.values() for channel in kind.channels]


@pytest.fixture(autouse=True)
def _site_with_push(settings) -> None:
    settings.VAPID_PUBLIC_KEY = "B" * 87


def post(member: Client, act: str, said: dict | None = None, **more):
    return member.post(reverse(f"notify:preferences_{act}"), said or {}, **more)


def words(answer) -> str:
    return answer.content.decode()


def test_the_page_stands_among_the_settings(member):
    page = words(member.get(reverse(PAGE)))
    assert f'href="{reverse(PAGE)}" aria-current="page"' in page


def test_the_matrix_has_a_box_for_every_square_of_the_registry_and_no_other(member):
    page = words(member.get(reverse(PAGE)))
    assert all(page.count(f'value="{square}"') == 1 for square in ALL)
    assert page.count('name="squares"') == len(ALL)


def test_each_box_says_its_kind_and_its_channel(member):
    page = words(member.get(reverse(PAGE)))
    assert 'aria-labelledby="kind-picks by-email"' in page
    assert 'id="kind-picks"' in page
    assert 'id="by-email"' in page


def test_looking_at_the_page_makes_no_row(member):
    member.get(reverse(PAGE))
    assert not Preference.objects.exists()


def test_what_is_ticked_is_saved_and_what_is_not_is_not_wanted(member, viewer):
    page = post(member, "kinds", {"squares": ["digest:email", "picks:push"]}, follow=True)
    on = {square for square, wanted in preferences.squares(viewer).items() if wanted}
    assert on == {(DIGEST, Channel.EMAIL), (PICKS, Channel.PUSH)}
    assert "Saved." in words(page)


def test_where_push_is_off_its_column_is_not_shown_and_what_was_chosen_for_it_stays(member, viewer, settings):
    preferences.choose(user=viewer, kind=PICKS, channel=Channel.PUSH, enabled=True)
    settings.VAPID_PUBLIC_KEY = ""
    assert 'id="by-push"' not in words(member.get(reverse(PAGE)))
    post(member, "kinds", {"squares": ["digest:email"]})
    assert preferences.wants(user=viewer, kind=PICKS, channel=Channel.PUSH)
    assert post(member, "kinds", {"squares": ["picks:push"]}).status_code == 422


def test_nothing_ticked_switches_everything_off(member, viewer):
    post(member, "kinds", {})
    assert not any(preferences.squares(viewer).values())


@pytest.mark.parametrize("square", ["spam:email", f"{FINISHED}:email", "digest", "", "digest:email:x", "\x00"])
def test_a_square_that_does_not_exist_saves_nothing_and_keeps_the_ticks(member, viewer, square):
    before = preferences.squares(viewer)
    page = post(member, "kinds", {"squares": ["digest:email", square]})
    assert page.status_code == 422
    assert "does not exist any more" in words(page)
    assert page.context["rows"][0].squares[1].on
    assert preferences.squares(viewer) == before


@pytest.mark.parametrize(
    ("act", "said"),
    [
        ("kinds", {"squares": ALL}),
        ("digest", FRIDAY_AT_NINE),
        ("quiet", {"start": "22:00", "end": "07:00"}),
        ("pause", {"weeks": "3"}),
        ("resume", {}),
        ("clicks", {"measure": "on"}),
    ],
)
def test_by_htmx_each_section_is_answered_alone(member, act, said):
    page = words(post(member, act, said, headers=HTMX))
    assert "<html" not in page
    assert 'role="status"><svg' in page


@pytest.mark.parametrize("act", ACTS)
def test_a_visitor_changes_nothing(client, act):
    assert client.post(reverse(f"notify:preferences_{act}")).url.startswith(reverse("account_login"))
    assert not Preference.objects.exists()


@pytest.mark.parametrize("act", ACTS)
def test_a_link_changes_nothing(member, act):
    assert member.get(reverse(f"notify:preferences_{act}")).status_code == 405
    assert not Preference.objects.exists()


def test_the_next_digest_is_told_with_day_date_hour_and_zone(member, viewer, time_machine):
    time_machine.move_to(dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC))
    post(member, "kinds", {"squares": ["digest:email"]})
    page = words(post(member, "digest", FRIDAY_AT_NINE, headers=HTMX))
    assert "Friday, 27 November 2026, 9 a.m." in page
    assert "(Europe/Paris)" in page
    kept = preferences.of(viewer)
    assert kept.next_due_at - schedule.jitter(viewer.pk) == dt.datetime(2026, 11, 27, 8, tzinfo=dt.UTC)


def test_ticking_the_digest_by_htmx_tells_when_it_comes_in_the_other_section(member):
    page = words(post(member, "kinds", {"squares": ["digest:email"]}, headers=HTMX))
    assert 'id="next" class="next" hx-swap-oob="true"' in page
    assert "Your next digest" in page


@pytest.mark.parametrize(
    "wrong", [{"day": "7"}, {"day": "x"}, {"time": "25:00"}, {"time": ""}, {"timezone": "Moon/Base"}, {"timezone": ""}]
)
def test_an_impossible_day_hour_or_zone_is_refused_beside_its_field_and_above(member, viewer, wrong):
    page = post(member, "digest", {**FRIDAY_AT_NINE, **wrong})
    assert page.status_code == 422
    assert set(page.context["forms"]["digest"].errors) == set(wrong)
    assert "errors-summary" in words(page)
    assert not Preference.objects.exists()


@pytest.mark.parametrize("wrong", [{"start": "22:00"}, {"end": "07:00"}, {"start": "07:00", "end": "07:00"}])
def test_half_quiet_hours_are_refused_and_kept_in_the_form(member, wrong):
    page = post(member, "quiet", wrong, headers=HTMX)
    assert page.status_code == 422
    assert all(f'value="{time}"' in words(page) for time in wrong.values())


def test_quiet_hours_are_saved_and_emptied(member, viewer):
    post(member, "quiet", {"start": "22:00", "end": "07:00"})
    assert preferences.of(viewer).quiet_start == dt.time(22)
    post(member, "quiet", {"start": "", "end": ""})
    assert preferences.of(viewer).quiet_start is None


def test_a_pause_is_shown_with_its_end_and_can_be_ended(member, viewer):
    page = words(post(member, "pause", {"weeks": "3"}, follow=True))
    assert "Paused until" in page
    page = words(post(member, "resume", follow=True))
    assert "Paused until" not in page
    assert preferences.of(viewer).paused_until is None


def test_how_long_a_pause_lasts_is_said_in_the_readers_language(member):
    member.cookies["django_language"] = "de"
    assert "2 Wochen" in words(member.get(reverse(PAGE)))


@pytest.mark.parametrize("weeks", ["0", "13", "-1", "many", ""])
def test_a_pause_of_other_lengths_is_refused(member, viewer, weeks):
    assert post(member, "pause", {"weeks": weeks}).status_code == 422
    assert preferences.of(viewer).paused_until is None


def test_measuring_clicks_can_be_switched_off(member, viewer):
    post(member, "clicks", {})
    assert not preferences.of(viewer).measure_clicks
    post(member, "clicks", {"measure": "on"})
    assert preferences.of(viewer).measure_clicks


def test_a_zone_that_is_gone_is_told_and_not_offered(member, viewer):
    Preference.objects.create(user=viewer, timezone="Mars/Base")
    page = words(member.get(reverse(PAGE)))
    assert "exists no more" in page
    assert 'value="Mars/Base"' not in page


def test_an_old_name_of_a_zone_stays_chosen(member, viewer):
    Preference.objects.create(user=viewer, timezone="EST5EDT")
    assert '<option value="EST5EDT" selected>' in words(member.get(reverse(PAGE)))


def test_who_has_not_confirmed_their_address_is_told(member):
    assert "only to addresses that were confirmed" in words(member.get(reverse(PAGE)))


def test_the_short_way_to_the_digest_switches_on_nothing_else(member, viewer):
    before = preferences.squares(viewer)
    page = words(post(member, "join", headers=HTMX))
    assert "Your next digest" in page
    assert "<html" not in page
    assert preferences.squares(viewer) == {**before, (DIGEST, Channel.EMAIL): True}
    assert "from now on" in words(post(member, "join", follow=True))


def test_the_end_of_the_welcome_offers_the_digest(member, viewer):
    for _ in range(6):
        factories.rating(viewer, factories.movie(), 4)
    for film in range(40):
        page = words(member.get(reverse("recs:welcome_films")))
        if reverse("notify:preferences_join") in page:
            return
        slug = re.search(r"/welcome/films/([^/]+)/", page)
        assert slug, f"no film and no offer after {film}"
        member.post(reverse("recs:welcome_answer", args=[slug[1]]), {"rating": "4"})
    raise AssertionError("it never ends")


@pytest.fixture
def confirmed(viewer):
    EmailAddress.objects.create(user=viewer, email=viewer.email, verified=True, primary=True)
    for _ in range(8):
        factories.movie(popularity_score=50)
    return viewer


def test_one_digest_comes_at_once_and_the_next_an_hour_later(member, confirmed, sink, time_machine):
    start = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
    time_machine.move_to(start)
    assert "on its way to" in words(post(member, "now", headers=HTMX))
    again = post(member, "now", headers=HTMX)
    assert again.status_code == 422
    assert "The next one at 1 p.m." in words(again)
    time_machine.move_to(start + dt.timedelta(minutes=61))
    post(member, "now")
    assert [row.status for row in confirmed.deliveries.all()] == ["sent", "sent"]


def test_asking_for_one_leaves_the_weekly_one_where_it_was(member, confirmed, sink):
    post(member, "kinds", {"squares": ["digest:email"]})
    before = preferences.of(confirmed).next_due_at
    post(member, "now")
    post(member, "digest", FRIDAY_AT_NINE)
    post(member, "digest", {**FRIDAY_AT_NINE, "day": "0", "timezone": "UTC"})
    assert abs(preferences.of(confirmed).next_due_at - before) < dt.timedelta(days=7)


def test_without_a_confirmed_address_none_is_sent(member, viewer):
    assert "addresses that were confirmed" in words(post(member, "now", follow=True))
    assert not viewer.deliveries.exists()


def test_without_films_none_is_sent_and_what_helps_is_said(member, confirmed):
    Movie.objects.all().delete()
    assert "Rate a few, and try again" in words(post(member, "now", headers=HTMX))
    assert not confirmed.deliveries.exists()


def test_to_an_address_that_comes_back_none_is_sent(member, confirmed):
    suppressions.add(address=confirmed.email, reason=SuppressionReason.HARD_BOUNCE, scope=SuppressionScope.ALL)
    assert "have stopped writing to it" in words(post(member, "now", headers=HTMX))
    assert not confirmed.deliveries.exists()
