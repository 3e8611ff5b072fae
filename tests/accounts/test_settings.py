import datetime

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User

TABS = ["accounts:settings", "accounts:region", "accounts:privacy", "accounts:security", "accounts:close"]
HTMX = {"HX-Request": "true"}
REGION = {"preferred_language": "en", "preferred_timezone": "UTC", "theme": "system"}


@pytest.mark.parametrize("tab", TABS)
def test_each_tab_is_an_address_of_its_own_and_says_where_one_is(member: Client, tab: str) -> None:
    page = member.get(reverse(tab)).content.decode()
    assert f'href="{reverse(tab)}" aria-current="page"' in page


@pytest.mark.parametrize("tab", TABS)
def test_a_visitor_logs_in_first(client: Client, db, tab: str) -> None:
    assert client.get(reverse(tab)).url.startswith(reverse("account_login"))


def test_the_profile_is_saved_by_a_plain_form(member: Client, viewer: User) -> None:
    sent = {"first_name": "Ada", "last_name": "", "bio": "Noir.", "country": "Chile", "date_of_birth": "1990-02-03"}
    page = member.post(reverse("accounts:settings"), sent, follow=True)
    viewer.refresh_from_db()
    assert (viewer.first_name, viewer.country, viewer.date_of_birth) == ("Ada", "Chile", datetime.date(1990, 2, 3))
    assert "Saved." in page.content.decode()


def test_saving_by_htmx_answers_with_the_form_and_says_saved(member: Client) -> None:
    answer = member.post(reverse("accounts:settings"), {"first_name": "Ada"}, headers=HTMX)
    page = answer.content.decode()
    assert page.lstrip().startswith("<form")
    assert "Saved" in page
    assert "HX-Request" in answer.headers["Vary"]


@pytest.mark.parametrize("born", ["2999-01-01", "0001-01-01", "yesterday", "1890-01-01"])
def test_an_impossible_date_of_birth_is_refused_and_what_was_typed_is_kept(
    member: Client, viewer: User, born: str
) -> None:
    page = member.post(reverse("accounts:settings"), {"first_name": "Ada", "date_of_birth": born})
    assert page.status_code == 422
    assert page.context["form"].errors["date_of_birth"]
    assert 'value="Ada"' in page.content.decode()
    viewer.refresh_from_db()
    assert viewer.first_name == ""


def test_a_refused_name_does_not_appear_in_the_header_as_if_it_were_saved(member: Client, viewer: User) -> None:
    page = member.post(reverse("accounts:settings"), {"first_name": "Ada", "date_of_birth": "never"})
    assert f"<bdi>{viewer.username}</bdi>" in page.content.decode()


@pytest.mark.parametrize("field", ["is_staff", "is_superuser", "is_premium", "onboarding_completed"])
def test_nobody_can_give_themselves_rights_through_the_form(member: Client, viewer: User, field: str) -> None:
    before = getattr(viewer, field)
    member.post(reverse("accounts:settings"), {"first_name": "Ada", field: "" if before else "on"})
    viewer.refresh_from_db()
    assert getattr(viewer, field) == before


def test_the_language_reaches_the_account_the_cookie_and_the_message(member: Client, viewer: User) -> None:
    member.post(reverse("accounts:region"), {**REGION, "preferred_language": "zh"})
    viewer.refresh_from_db()
    assert viewer.preferred_language == "zh"
    assert member.cookies["django_language"].value == "zh-hans"


def test_the_time_zone_and_the_theme_reach_their_cookies(member: Client, viewer: User) -> None:
    sent = {"preferred_language": "en", "preferred_timezone": "America/Santiago", "theme": "dark"}
    member.post(reverse("accounts:region"), sent)
    assert member.cookies["timezone"].value == "America/Santiago"
    assert member.cookies["theme"].value == "dark"
    assert 'data-theme="dark"' in member.get(reverse("accounts:region")).content.decode()


def test_by_htmx_the_whole_page_is_fetched_anew(member: Client) -> None:
    answer = member.post(reverse("accounts:region"), REGION, headers=HTMX)
    assert answer.headers["HX-Refresh"] == "true"


@pytest.mark.parametrize(
    "wrong", [{"preferred_timezone": "Moon/Base"}, {"preferred_language": "tlh"}, {"theme": "plaid"}]
)
def test_unknown_zones_languages_and_themes_are_refused(member: Client, viewer: User, wrong: dict[str, str]) -> None:
    page = member.post(reverse("accounts:region"), {**REGION, **wrong})
    assert set(page.context["form"].errors) == set(wrong)
    assert "django_language" not in member.cookies


def test_a_zone_with_an_old_name_stays_selected(member: Client, viewer: User) -> None:
    User.objects.update(preferred_timezone="Etc/GMT+3")
    page = member.get(reverse("accounts:region")).content.decode()
    assert '<option value="Etc/GMT+3" selected>' in page


def test_privacy_switches_can_be_turned_off_and_on(member: Client, viewer: User) -> None:
    member.post(reverse("accounts:privacy"), {"data_usage_consent": "on"})
    viewer.refresh_from_db()
    assert (viewer.allow_demographic_targeting, viewer.data_usage_consent) == (False, True)


def test_everything_off_is_an_answer_too(member: Client, viewer: User) -> None:
    member.post(reverse("accounts:privacy"), {})
    viewer.refresh_from_db()
    assert (viewer.allow_demographic_targeting, viewer.data_usage_consent) == (False, False)
