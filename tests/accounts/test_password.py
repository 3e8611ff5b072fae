from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.accounts.conftest import PASSWORD, link_in

NEW = "a quieter seat please"


def test_a_mailed_link_leads_to_a_new_password(client: Client, confirmed_viewer: User) -> None:
    assert client.post(reverse("account_reset_password"), {"email": "viewer@example.org"}).status_code == 302
    form = client.get(link_in(mail.outbox[0]), follow=True)
    saved = client.post(form.context["action_url"], {"password1": NEW})
    assert saved.url == reverse("account_reset_password_from_key_done")
    confirmed_viewer.refresh_from_db()
    assert confirmed_viewer.check_password(NEW)


def test_an_unknown_address_gets_the_same_answer_and_a_mail_that_says_so(client: Client, db) -> None:
    page = client.post(reverse("account_reset_password"), {"email": "nobody@example.org"}, follow=True)
    assert "If there is an account" in page.content.decode()
    assert "There is no account with this address" in mail.outbox[0].body


def test_a_broken_link_is_explained(client: Client, db) -> None:
    page = client.get(reverse("account_reset_password_from_key", args=["a", "b-c"]))
    assert "does not work any more" in page.content.decode()


def test_a_weak_new_password_is_refused_beside_its_field(client: Client, confirmed_viewer: User) -> None:
    client.post(reverse("account_reset_password"), {"email": "viewer@example.org"})
    form = client.get(link_in(mail.outbox[0]), follow=True)
    page = client.post(form.context["action_url"], {"password1": "short"})
    assert "too short" in str(page.context["form"].errors["password1"])


def test_changing_it_needs_the_current_one(member: Client, viewer: User) -> None:
    page = member.post(reverse("account_change_password"), {"oldpassword": "wrong", "password1": NEW})
    assert page.context["form"].errors["oldpassword"]
    viewer.refresh_from_db()
    assert viewer.check_password(PASSWORD)


def test_changing_it_leads_back_to_the_security_tab_and_writes_a_mail(client: Client, confirmed_viewer: User) -> None:
    client.force_login(confirmed_viewer)
    answer = client.post(reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": NEW})
    assert answer.url == reverse("accounts:security")
    assert mail.outbox[0].subject == "Your password was changed"
    assert client.get(reverse("accounts:settings")).status_code == 200


def test_somebody_without_a_password_can_set_one(member: Client, viewer: User) -> None:
    viewer.set_unusable_password()
    viewer.save()
    member.force_login(viewer)
    assert member.post(reverse("account_set_password"), {"password1": NEW}).status_code == 302
    viewer.refresh_from_db()
    assert viewer.check_password(NEW)
