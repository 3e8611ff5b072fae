import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.services import welcome
from tests import factories
from tests.accounts.conftest import PASSWORD


def log_in(client: Client, email: str, password: str = PASSWORD, **more: str):
    return client.post(reverse("account_login"), {"login": email, "password": password, **more})


def test_the_page_says_what_each_field_is_for_and_helps_the_browser_to_fill_it(client: Client, db) -> None:
    page = client.get(reverse("account_login")).content.decode()
    assert 'autocomplete="username"' in page
    assert 'autocomplete="current-password"' in page
    assert reverse("account_reset_password") in page


def test_somebody_who_has_been_welcomed_comes_to_the_home_page(client: Client, confirmed_viewer: User) -> None:
    assert log_in(client, "viewer@example.org").url == reverse("home")


def test_the_capitals_of_the_address_do_not_matter(client: Client, confirmed_viewer: User) -> None:
    assert log_in(client, "Viewer@Example.org").url == reverse("home")


def test_a_newcomer_is_led_to_the_welcome(client: Client, newcomer: User) -> None:
    assert log_in(client, newcomer.email).url == reverse("recs:welcome")


def test_a_newcomer_who_left_the_welcome_is_not_led_there_again(client: Client, newcomer: User) -> None:
    welcome.leave(user=newcomer)
    assert log_in(client, newcomer.email).url == reverse("home")


def test_the_page_that_was_asked_for_goes_before_the_welcome(client: Client, newcomer: User) -> None:
    assert log_in(client, newcomer.email, next="/me/watchlist/").url == "/me/watchlist/"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_nobody_is_led_to_another_site(client: Client, confirmed_viewer: User, elsewhere: str) -> None:
    assert log_in(client, "viewer@example.org", next=elsewhere).url == reverse("home")


def test_the_cookies_follow_what_the_account_says(client: Client, confirmed_viewer: User) -> None:
    User.objects.update(preferred_language="zh", preferred_timezone="Asia/Shanghai")
    log_in(client, "viewer@example.org")
    assert client.cookies["django_language"].value == "zh-hans"
    assert client.cookies["timezone"].value == "Asia/Shanghai"


def test_without_a_chosen_time_zone_the_browser_keeps_its_own(client: Client, confirmed_viewer: User) -> None:
    client.cookies["timezone"] = "Asia/Tokyo"
    log_in(client, "viewer@example.org")
    assert client.cookies["timezone"].value == "Asia/Tokyo"


def test_a_wrong_password_and_an_unknown_address_get_the_same_words(client: Client, confirmed_viewer: User) -> None:
    wrong = log_in(client, "viewer@example.org", "not the password")
    unknown = log_in(client, "nobody@example.org", "not the password")
    assert wrong.context["form"].errors == unknown.context["form"].errors
    assert 'value="viewer@example.org"' in wrong.content.decode()


def test_somebody_who_has_not_confirmed_gets_the_link_again(client: Client, db) -> None:
    factories.user(email="forgetful@example.org", password=PASSWORD)
    assert log_in(client, "forgetful@example.org").url == reverse("account_email_verification_sent")
    assert mail.outbox[0].to == ["forgetful@example.org"]


def test_an_account_that_is_switched_off_is_told_so_only_with_the_right_password(
    client: Client, confirmed_viewer: User
) -> None:
    User.objects.update(is_active=False)
    page = client.post(
        reverse("account_login"), {"login": "viewer@example.org", "password": PASSWORD}, follow=True
    ).content.decode()
    assert "switched off" in page or "do not fit together" in page


def test_too_many_wrong_passwords_are_stopped(client: Client, confirmed_viewer: User) -> None:
    for _ in range(5):
        log_in(client, "viewer@example.org", "not the password")
    assert "Wait five minutes" in log_in(client, "viewer@example.org").content.decode()


def test_logging_out_asks_first_and_needs_a_post(member: Client) -> None:
    assert "Log out?" in member.get(reverse("account_logout")).content.decode()
    assert member.post(reverse("account_logout")).url == reverse("home")
    assert member.get(reverse("accounts:settings")).status_code == 302
