from typing import Any

from django.core import mail
from django.http import HttpRequest
from django.test import Client
from django.urls import reverse

from accounts.forms.entrance import SignupForm
from accounts.models import User
from tests.accounts.conftest import PASSWORD, link_in

JOIN = {"email": "New.Viewer@example.org", "password1": "a lantern in the fog"}


def test_the_page_asks_for_an_address_and_one_password_and_helps_the_browser_to_fill_them(client: Client, db) -> None:
    page = client.get(reverse("account_signup")).content.decode()
    assert 'autocomplete="email"' in page
    assert 'autocomplete="new-password"' in page
    assert "8 characters or more" in page
    assert 'placeholder="Password' not in page


def test_joining_leads_by_a_mailed_link_and_a_button_into_the_welcome(client: Client, db) -> None:
    sent = client.post(reverse("account_signup"), JOIN)
    assert sent.url == reverse("account_email_verification_sent")
    link = link_in(mail.outbox[0])
    asked = client.get(link)
    assert "Yes, confirm" in asked.content.decode()
    assert client.post(link).url == reverse("recs:welcome")
    assert client.get(reverse("accounts:settings")).status_code == 200


def test_reading_the_mailed_link_alone_confirms_nothing(client: Client, db) -> None:
    client.post(reverse("account_signup"), JOIN)
    client.get(link_in(mail.outbox[0]))
    assert not User.objects.get().emailaddress_set.get().verified


def test_after_joining_from_a_page_the_person_comes_back_to_it(client: Client, db) -> None:
    client.post(reverse("account_signup"), {**JOIN, "next": "/browse/?genre=drama"})
    assert client.post(link_in(mail.outbox[0])).url == "/browse/?genre=drama"


def test_the_new_person_has_a_name_that_does_not_give_the_address_away(client: Client, db) -> None:
    client.post(reverse("account_signup"), JOIN)
    person = User.objects.get()
    assert "new" not in person.username.lower()
    assert person.email == "new.viewer@example.org"


def test_the_language_and_zone_of_the_browser_become_the_persons(client: Client, db) -> None:
    client.cookies["timezone"] = "Asia/Shanghai"
    client.post(reverse("account_signup"), JOIN, headers={"accept-language": "zh-CN"})
    person = User.objects.get()
    assert (person.preferred_language, person.preferred_timezone) == ("zh", "Asia/Shanghai")


def test_a_made_up_time_zone_in_the_cookie_becomes_utc(client: Client, db) -> None:
    client.cookies["timezone"] = "Moon/Base"
    client.post(reverse("account_signup"), JOIN)
    assert User.objects.get().preferred_timezone == "UTC"


def test_a_weak_password_is_refused_beside_its_field_and_the_address_is_kept(client: Client, db) -> None:
    page = client.post(reverse("account_signup"), {**JOIN, "password1": "password"})
    assert "too common" in str(page.context["form"].errors["password1"])
    assert 'value="New.Viewer@example.org"' in page.content.decode()
    assert not User.objects.exists()


def test_an_address_that_is_taken_gets_the_same_answer_and_a_mail_that_says_so(
    client: Client, confirmed_viewer: User
) -> None:
    answer = client.post(reverse("account_signup"), {**JOIN, "email": "VIEWER@example.org"})
    assert answer.url == reverse("account_email_verification_sent")
    assert User.objects.count() == 1
    assert mail.outbox[0].to == ["viewer@example.org"]
    assert "already have an account" in mail.outbox[0].body


def test_the_page_after_joining_says_in_local_mode_where_the_mail_stands(client: Client, db, settings) -> None:
    settings.MAIL_IS_PRINTED = True
    page = client.post(reverse("account_signup"), JOIN, follow=True).content.decode()
    assert "stands in the terminal" in page


def test_the_page_after_joining_says_nothing_of_a_terminal_where_mail_is_sent(client: Client, db, settings) -> None:
    settings.MAIL_IS_PRINTED = False
    page = client.post(reverse("account_signup"), JOIN, follow=True).content.decode()
    assert "Check your mail" in page
    assert "terminal" not in page


def test_a_mail_server_that_is_away_keeps_nobody_from_joining(client: Client, db, settings) -> None:
    settings.EMAIL_BACKEND = "tests.accounts.test_signup.Refusing"
    page = client.post(reverse("account_signup"), JOIN, follow=True)
    assert page.status_code == 200
    assert "Check your mail" in page.content.decode()
    assert User.objects.get().deliveries.get().status == "scheduled"


class Refusing:
    """A mail backend whose server is never there."""

    def __init__(self, **_: object) -> None: ...

    def send_messages(self, messages: object) -> None:
        raise ConnectionRefusedError


def test_a_used_or_broken_link_is_explained(client: Client, db) -> None:
    page = client.get(reverse("account_confirm_email", args=["no-such-key"]))
    assert page.status_code == 200
    assert "does not work any more" in page.content.decode()


def test_somebody_who_is_logged_in_is_led_on(member: Client) -> None:
    assert member.get(reverse("account_signup")).status_code == 302


def test_the_mail_has_a_subject_a_text_and_a_page_with_the_same_link(client: Client, db) -> None:
    client.post(reverse("account_signup"), JOIN)
    message = mail.outbox[0]
    assert message.subject == "Confirm your e-mail address"
    page, kind = message.alternatives[0]
    assert kind == "text/html"
    assert link_in(message) in page
    assert "Yours,\nMarquee" in message.body


def test_the_test_password_is_one_that_people_may_choose(client: Client, db) -> None:
    assert client.post(reverse("account_signup"), {**JOIN, "password1": PASSWORD}).status_code == 302


def test_a_form_that_was_sent_twice_at_once_joins_once_and_is_answered_twice(client: Client, db, monkeypatch) -> None:
    second = SignupForm.try_save

    def after_the_first(form: SignupForm, request: HttpRequest) -> Any:
        User.objects.create_user(username="first", email=JOIN["email"].lower(), password=PASSWORD)
        return second(form, request)

    monkeypatch.setattr(SignupForm, "try_save", after_the_first)
    assert client.post(reverse("account_signup"), JOIN).url == reverse("account_email_verification_sent")
    assert [person.username for person in User.objects.all()] == ["first"]
