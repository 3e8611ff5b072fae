"""Step 2 of the welcome: one film after the other; and leaving, coming back, finishing."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from accounts.services import welcome
from recs import feedback, onboarding
from recs.mine import Mine
from tests import factories

HTMX = {"HX-Request": "true"}
PAGE = "recs:welcome_films"


@pytest.fixture
def films(db) -> list:
    genres = ["Horror", "Romance", "Western"]
    return [factories.movie(genres=[genres[n % 3]], tmdb_vote_count=500 - n) for n in range(30)]


@pytest.fixture
def newcomer(db) -> User:
    return factories.user(email="newcomer@example.org")


@pytest.fixture
def joining(newcomer: User) -> Client:
    client = Client()
    client.force_login(newcomer)
    return client


def answer(client: Client, film, **data):
    headers = data.pop("headers", {})
    return client.post(reverse("recs:welcome_answer", args=[film.slug]), data, headers=headers)


def asked(page) -> str:
    """The slug of the film that a page, or a piece of one, asks about."""
    return re.search(r'action="/welcome/films/([^"/]+)/"', page.content.decode())[1]  # type: ignore[index]


def test_the_page_asks_about_one_film_and_says_which_of_how_many(joining: Client, films: list) -> None:
    page = joining.get(reverse(PAGE)).content.decode()
    assert "1 of 10" in page
    assert page.count('name="rating"') == 5
    assert "Not seen" in page


@pytest.mark.parametrize("data", [{"rating": "4"}, {"answer": "not_seen"}, {"answer": "skip"}])
def test_each_kind_of_answer_leads_to_another_film(joining: Client, films: list, data: dict[str, str]) -> None:
    first = joining.get(reverse(PAGE))
    following = answer(joining, first.context["film"], headers=HTMX, **data)
    assert asked(following) != asked(first)
    assert "2 of 10" in following.content.decode()
    assert "<html" not in following.content.decode()


def test_without_htmx_the_answer_leads_back_to_the_page(joining: Client, films: list) -> None:
    assert answer(joining, films[0], rating="4").url == reverse(PAGE)


def test_no_film_is_asked_about_twice_and_ten_are_enough(joining: Client, films: list) -> None:
    seen = []
    for number in range(10):
        page = joining.get(reverse(PAGE))
        seen.append(asked(page))
        answer(joining, page.context["film"], **({"rating": "3"} if number % 2 else {"answer": "not_seen"}))
    assert len(set(seen)) == 10
    assert "That is enough" in joining.get(reverse(PAGE)).content.decode()


def test_whoever_has_seen_little_is_asked_a_little_more(joining: Client, films: list) -> None:
    for _ in range(10):
        answer(joining, joining.get(reverse(PAGE)).context["film"], answer="not_seen")
    assert "11 of 15" in joining.get(reverse(PAGE)).content.decode()


def test_a_film_that_was_marked_elsewhere_is_not_asked_about(joining: Client, newcomer: User, films: list) -> None:
    first = joining.get(reverse(PAGE)).context["film"]
    factories.mark(newcomer, films[0].__class__.objects.get(pk=first.id), "view")
    assert asked(joining.get(reverse(PAGE))) != first.slug


def test_a_rating_is_kept_as_any_other(joining: Client, newcomer: User, films: list) -> None:
    answer(joining, films[0], rating="3.5")
    assert Mine(newcomer).ratings == {films[0].pk: 3.5}


def test_not_seen_is_no_opinion(joining: Client, newcomer: User, films: list) -> None:
    answer(joining, films[0], answer="not_seen")
    deeds = Mine(newcomer).deeds
    assert not feedback.weights(deeds)
    assert not feedback.settled(deeds)


def test_not_seen_keeps_a_picked_group_and_giving_the_group_up_keeps_not_seen(
    joining: Client, newcomer: User, films: list
) -> None:
    group = onboarding.groups()[0]
    joining.post(reverse("recs:welcome_groups"), {"groups": [group.key]})
    film = next(film for film in films if film.pk in group.films)
    answer(joining, film, answer="not_seen")
    assert onboarding.picked_keys(Mine(newcomer)) == {group.key}
    joining.post(reverse("recs:welcome_groups"), {})
    assert onboarding.asked(Mine(newcomer)) == {film.pk: "not_seen"}
    assert not onboarding.picked_keys(Mine(newcomer))


@pytest.mark.parametrize(
    "data",
    [{"rating": "7"}, {"rating": "0"}, {"rating": "3.3"}, {"rating": "nan"}, {"rating": "x"}, {"answer": "maybe"}, {}]
    + [{"rating": "4", "answer": "skip"}],
)
def test_an_answer_that_is_none_is_refused_and_nothing_is_written(
    joining: Client, newcomer: User, films: list, data: dict[str, str]
) -> None:
    assert answer(joining, films[0], **data).status_code == 400
    assert not newcomer.interactions.exists()


def test_an_answer_about_a_film_that_is_not_there_is_not_found(joining: Client, newcomer: User, films: list) -> None:
    assert joining.post(reverse("recs:welcome_answer", args=["no-such-film"]), {"rating": "4"}).status_code == 404
    assert not newcomer.interactions.exists()


def test_reading_an_answers_address_changes_nothing(joining: Client, films: list) -> None:
    assert joining.get(reverse("recs:welcome_answer", args=[films[0].slug])).status_code == 405


def test_the_strip_shows_five_films_and_never_the_one_in_question(joining: Client, films: list) -> None:
    page = joining.get(reverse(PAGE))
    strip = [card.slug for card in page.context["strip"]]
    assert len(strip) == 5
    assert asked(page) not in strip


def test_the_strip_leaves_out_what_was_rated(joining: Client, films: list) -> None:
    rated = joining.get(reverse(PAGE)).context["strip"][0]
    page = answer(joining, rated, rating="5", headers=HTMX)
    assert reverse("catalog:movie", args=[rated.slug]) not in page.content.decode()


def test_leaving_and_coming_back_goes_on_where_one_was(joining: Client, newcomer: User, films: list) -> None:
    assert joining.get(reverse("recs:welcome")).url == reverse("recs:welcome_groups")
    first = joining.get(reverse(PAGE)).context["film"]
    answer(joining, first, rating="4")
    other = Client()
    other.force_login(newcomer)
    assert other.get(reverse("recs:welcome")).url == reverse(PAGE)
    page = other.get(reverse(PAGE))
    assert "2 of 10" in page.content.decode()
    assert asked(page) != first.slug


def test_finishing_is_remembered_and_says_where_to_change_it(joining: Client, newcomer: User, films: list) -> None:
    page = joining.post(reverse("recs:welcome_finish"), follow=True)
    newcomer.refresh_from_db()
    assert newcomer.onboarding_completed
    assert newcomer.onboarding_completed_at
    assert page.redirect_chain[-1][0] == reverse("home")
    assert "in your settings" in page.content.decode()


def test_skipping_is_remembered_but_is_not_finishing(joining: Client, newcomer: User, films: list) -> None:
    assert joining.post(reverse("recs:welcome_skip")).url == reverse("home")
    newcomer.refresh_from_db()
    assert not newcomer.onboarding_completed
    assert not welcome.is_due(newcomer)


def test_skipping_after_finishing_changes_nothing(member: Client, viewer: User) -> None:
    member.post(reverse("recs:welcome_skip"))
    viewer.refresh_from_db()
    assert viewer.onboarding_completed


@pytest.mark.parametrize("name", ["recs:welcome_finish", "recs:welcome_skip"])
def test_reading_the_way_out_changes_nothing(joining: Client, newcomer: User, name: str) -> None:
    assert joining.get(reverse(name)).status_code == 405


def test_without_any_film_the_page_says_so(joining: Client, db) -> None:
    assert "no films to rate yet" in joining.get(reverse(PAGE)).content.decode()


def test_progress_counts_groups_genres_and_answers(joining: Client, newcomer: User, films: list) -> None:
    joining.post(reverse("recs:welcome_groups"), {"groups": [onboarding.groups()[0].key]})
    answer(joining, films[20], answer="skip")
    progress = onboarding.progress(newcomer)
    assert (progress.picked, progress.genres, progress.answered) == (1, 0, 1)
    assert (progress.step, progress.finished) == (PAGE, False)
    assert 0 < progress.percent < 100


def test_the_page_costs_the_same_after_many_answers(joining: Client, newcomer: User, films: list) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            joining.get(reverse(PAGE))
        return len(queries)

    answer(joining, films[0], rating="4")
    joining.get(reverse(PAGE))
    before = cost()
    for film in films[1:8]:
        answer(joining, film, rating="4")
    assert cost() == before
