"""The same person in several tabs, or with a quick finger: real requests at the same time."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection

from accounts.models import User
from catalog.models import Movie
from recs.models import Interaction
from tests import factories
from tests.running import Answer, Browser

pytestmark = pytest.mark.django_db(transaction=True)
TABS = 6
HTMX = {"HX-Request": "true"}


def signed_in(viewer: User) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(viewer.pk)
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = viewer.get_session_auth_hash()
    session.save()
    return f"sessionid={session.session_key}"


class Tabs:
    """Several tabs of one browser that press at the same moment."""

    def __init__(self, address: str, cookie: str) -> None:
        self.tabs = [Browser(address) for _ in range(TABS)]
        self.cookie = cookie
        for tab in self.tabs:
            tab.get("/browse/", Cookie=cookie)

    def press(self, path: str, data: Callable[[int], dict[str, str]]) -> list[Answer]:
        def one(number: int) -> Answer:
            tab = self.tabs[number]
            token = next(cookie.value for cookie in tab.cookies if cookie.name == "csrftoken")
            headers = {"Cookie": f"{self.cookie}; csrftoken={token}", **(HTMX if number % 2 else {})}
            return tab.post(path, data(number), **headers)

        with ThreadPoolExecutor(TABS) as pool:
            return list(pool.map(one, range(TABS)))


@pytest.fixture
def film() -> Movie:
    return factories.movie()


@pytest.fixture
def tabs(live_server, viewer, film) -> Tabs:
    return Tabs(live_server.url, signed_in(viewer))


def well(answers: list[Answer]) -> bool:
    return all(answer.status in (200, 302) for answer in answers)


def test_of_ratings_given_at_once_one_stands_and_every_tab_gets_its_answer(tabs, film, viewer):
    answers = tabs.press(f"/film/{film.slug}/rate/", lambda number: {f"{film.pk}-rating": str((number + 1) / 2)})
    assert well(answers)
    row = Interaction.objects.get(user=viewer, movie=film)
    assert row.rating in {(number + 1) / 2 for number in range(TABS)}


def test_a_like_and_a_dislike_at_once_never_stand_together(tabs, film, viewer):
    for kinds in (("like", "dislike"), ("dislike", "like")):
        with ThreadPoolExecutor(2) as pool:
            pressed = [
                pool.submit(tabs.press, f"/film/{film.slug}/mark/{kind}/", lambda number: {"on": "1"}) for kind in kinds
            ]
            assert all(well(each.result()) for each in pressed)
        assert Interaction.objects.filter(user=viewer, interaction_type__in=["like", "dislike"]).count() == 1


def test_an_undo_that_is_pressed_twice_undoes_once(tabs, film, viewer):
    factories.rating(viewer, film, 4.0)
    answer = tabs.press(f"/film/{film.slug}/rate/", lambda number: {f"{film.pk}-rating": "1"} if number == 1 else {})
    token = re.search(r'name="token" value="([^"]+)"', answer[1].text)[1]
    assert well(tabs.press(f"/film/{film.slug}/undo/", lambda number: {"token": token}))
    assert Interaction.objects.get(user=viewer, movie=film).rating == 4.0


def test_the_welcome_bears_a_double_click(tabs, film, viewer):
    for path, data in (
        ("/welcome/groups/", {"genres": str(film.genres.get().pk)}),
        (f"/welcome/films/{film.slug}/", {"rating": "4"}),
        ("/welcome/finish/", {}),
    ):
        assert well(tabs.press(path, lambda number, data=data: data)), path
    assert Interaction.objects.filter(user=viewer).count() == 1
    assert viewer.genre_preferences.count() == 1


def test_closing_the_account_twice_closes_it_once(tabs, viewer):
    answers = tabs.press("/settings/delete/", lambda number: {"password": "open sesame 42"})
    assert all(answer.status < 500 for answer in answers)
    assert not User.objects.filter(pk=viewer.pk).exists()


def test_a_form_to_join_that_is_sent_twice_makes_one_account(live_server):
    browser = Browser(live_server.url)
    browser.get("/accounts/signup/")
    form = {"email": "newcomer@example.org", "password1": "a lantern in the fog"}
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda number: browser.post("/accounts/signup/", form), range(4)))
    assert [answer.status for answer in answers] == [302] * 4
    assert User.objects.filter(email="newcomer@example.org").count() == 1
    connection.close()
