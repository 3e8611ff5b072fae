import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.signals import account_closing
from recs.models import GenrePreference, Interaction
from tests import factories
from tests.accounts.conftest import PASSWORD

PAGE = "accounts:close"


def test_the_page_says_what_goes_and_that_it_goes_for_good(member: Client) -> None:
    page = member.get(reverse(PAGE)).content.decode()
    assert "ratings, watchlist, favourites" in page
    assert "cannot be undone" in page


def test_reading_the_page_deletes_nothing(member: Client, viewer: User) -> None:
    member.get(reverse(PAGE), {"password": PASSWORD})
    assert User.objects.filter(pk=viewer.pk).exists()


def test_with_the_password_the_person_and_everything_that_points_at_them_is_gone(
    member: Client, confirmed_viewer: User, stranger: User
) -> None:
    film = factories.movie()
    factories.rating(confirmed_viewer, film, 4.0)
    factories.rating(stranger, film, 2.0)
    GenrePreference.objects.create(user=confirmed_viewer, genre=film.genres.get())
    assert member.post(reverse(PAGE), {"password": PASSWORD}).url == reverse("home")
    assert not User.objects.filter(pk=confirmed_viewer.pk).exists()
    assert not EmailAddress.objects.filter(user_id=confirmed_viewer.pk).exists()
    assert list(Interaction.objects.values_list("user_id", flat=True)) == [stranger.pk]


def test_no_table_keeps_a_row_that_names_the_person(member: Client, confirmed_viewer: User) -> None:
    key = confirmed_viewer.pk
    factories.rating(confirmed_viewer, factories.movie(), 4.0)
    member.post(reverse(PAGE), {"password": PASSWORD})
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if field.remote_field and field.remote_field.model is User:
                assert not model._base_manager.filter(**{field.attname: key}).exists(), model


def test_the_person_is_logged_out(member: Client) -> None:
    member.post(reverse(PAGE), {"password": PASSWORD})
    assert member.get(reverse("accounts:settings")).url.startswith(reverse("account_login"))


def test_another_browser_of_the_person_is_logged_out_as_well(member: Client, viewer: User) -> None:
    other = Client()
    other.force_login(viewer)
    member.post(reverse(PAGE), {"password": PASSWORD})
    assert other.get(reverse("accounts:settings")).status_code == 302


@pytest.mark.parametrize("password", ["", "wrong"])
def test_without_the_password_nothing_happens(member: Client, viewer: User, password: str) -> None:
    page = member.post(reverse(PAGE), {"password": password})
    assert page.status_code == 422
    assert page.context["form"].errors["password"]
    assert User.objects.filter(pk=viewer.pk).exists()


def test_somebody_without_a_password_types_their_address(member: Client, viewer: User) -> None:
    viewer.set_unusable_password()
    viewer.save()
    member.force_login(viewer)
    assert member.post(reverse(PAGE), {"email": "someone@example.org"}).status_code == 422
    assert member.post(reverse(PAGE), {"email": "Viewer@Example.org"}).status_code == 302


def test_other_apps_hear_of_it_while_the_person_is_still_there(member: Client, viewer: User) -> None:
    heard = []

    def listen(user: User, **_: object) -> None:
        heard.append(User.objects.filter(pk=user.pk).exists())

    account_closing.connect(listen)
    try:
        member.post(reverse(PAGE), {"password": PASSWORD})
    finally:
        account_closing.disconnect(listen)
    assert heard == [True]
