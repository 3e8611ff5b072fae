from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.accounts.conftest import link_in

PAGE = "account_email"


def test_an_added_address_waits_until_its_link_is_opened(member: Client, confirmed_viewer: User) -> None:
    member.post(reverse(PAGE), {"action_add": "1", "email": "second@example.org"})
    assert "Not confirmed yet" in member.get(reverse(PAGE)).content.decode()
    member.post(link_in(mail.outbox[0]))
    assert EmailAddress.objects.get(email="second@example.org").verified


def test_a_confirmed_address_can_become_the_main_one(member: Client, confirmed_viewer: User) -> None:
    EmailAddress.objects.create(user=confirmed_viewer, email="second@example.org", verified=True)
    member.post(reverse(PAGE), {"action_primary": "1", "email": "second@example.org"})
    confirmed_viewer.refresh_from_db()
    assert confirmed_viewer.email == "second@example.org"


def test_a_new_main_address_is_told_to_the_old_one(member: Client, confirmed_viewer: User) -> None:
    EmailAddress.objects.create(user=confirmed_viewer, email="second@example.org", verified=True)
    member.post(reverse(PAGE), {"action_primary": "1", "email": "second@example.org"})
    told = [message for message in mail.outbox if message.subject == "Your e-mail address was changed"]
    assert [message.to for message in told] == [["viewer@example.org"]]
    assert "to second@example.org" in told[0].body


def test_a_removed_address_is_told(member: Client, confirmed_viewer: User) -> None:
    EmailAddress.objects.create(user=confirmed_viewer, email="second@example.org", verified=True)
    member.post(reverse(PAGE), {"action_remove": "1", "email": "second@example.org"})
    assert "An e-mail address was removed" in [message.subject for message in mail.outbox]
    assert not EmailAddress.objects.filter(email="second@example.org").exists()


def test_the_main_address_cannot_be_removed(member: Client, confirmed_viewer: User) -> None:
    EmailAddress.objects.create(user=confirmed_viewer, email="second@example.org", verified=True)
    page = member.post(reverse(PAGE), {"action_remove": "1", "email": "viewer@example.org"}, follow=True)
    assert "is your main address" in page.content.decode()


def test_another_persons_address_gets_no_different_answer(
    member: Client, confirmed_viewer: User, stranger: User
) -> None:
    EmailAddress.objects.create(user=stranger, email=stranger.email, verified=True, primary=True)
    answer = member.post(reverse(PAGE), {"action_add": "1", "email": stranger.email})
    assert answer.status_code == 302


def test_somebody_elses_address_cannot_be_removed(member: Client, confirmed_viewer: User, stranger: User) -> None:
    EmailAddress.objects.create(user=stranger, email=stranger.email, verified=True, primary=True)
    member.post(reverse(PAGE), {"action_remove": "1", "email": stranger.email})
    assert EmailAddress.objects.filter(user=stranger).exists()


def test_nonsense_is_refused_beside_the_field_and_kept(member: Client, confirmed_viewer: User) -> None:
    page = member.post(reverse(PAGE), {"action_add": "1", "email": "no address"})
    assert page.context["form"].errors["email"]
    assert 'value="no address"' in page.content.decode()
