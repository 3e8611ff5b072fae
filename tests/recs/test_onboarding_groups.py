"""Step 1 of the welcome: groups and genres, with and without htmx."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from catalog.models import Genre
from recs import feedback, onboarding
from recs.mine import Mine
from recs.models import GenrePreference, Interaction
from tests import factories

HTMX = {"HX-Request": "true"}
PAGE = "recs:welcome_groups"
GENRES = ["Horror", "Romance", "Western", "Animation"]


@pytest.fixture
def films(db) -> None:
    """Enough for two sets of groups."""
    for number in range(120):
        name = GENRES[number % len(GENRES)]
        factories.movie(title=f"{number} {name}", genres=[name], tmdb_vote_count=1000 - number)


def press(client: Client, *groups: onboarding.Group, page: int = 0, genres: list[int] | None = None, **extra):
    data = {"groups": [group.key for group in groups], "genres": genres or [], "set": page, **extra.pop("data", {})}
    return client.post(reverse(PAGE), data, **extra)


def test_there_are_eight_tiles_of_six_films_and_no_film_twice(films) -> None:
    groups = onboarding.all_groups()
    shown = [pk for group in groups for pk in group.films]
    assert [len(group.films) for group in onboarding.groups()] == [6] * 8
    assert len(shown) == len(set(shown))


def test_a_series_is_asked_about_once(films) -> None:
    sequels = [
        factories.movie(title=f"Lantern {number}", genres=["Horror"], tmdb_vote_count=5000) for number in (1, 2, 3)
    ]
    shown = {pk for group in onboarding.all_groups() for pk in group.films}
    assert len(shown & {film.pk for film in sequels}) == 1


def test_the_films_of_a_group_share_what_its_words_say(films) -> None:
    for group in onboarding.groups():
        named = Interaction.movie.field.related_model.objects.filter(pk__in=group.films, genres__name__in=group.genres)
        assert named.distinct().count() >= 3


def test_the_groups_are_the_same_for_everybody_and_each_time(films) -> None:
    first = onboarding.all_groups()
    assert onboarding.all_groups() == first


def test_the_page_shows_each_group_with_its_films_and_every_genre(member: Client, films) -> None:
    page = member.get(reverse(PAGE)).content.decode()
    assert page.count('name="groups"') == 8
    assert page.count('name="genres"') == len(GENRES)
    assert "<strong>0 of 5</strong>" in page


def test_without_any_film_the_page_offers_the_genres(member: Client, db) -> None:
    factories.genre("Horror")
    page = member.get(reverse(PAGE)).content.decode()
    assert 'name="groups"' not in page
    assert "Horror" in page


def test_pressing_a_tile_by_htmx_saves_at_once_and_answers_with_the_count(member: Client, viewer: User, films) -> None:
    group = onboarding.groups()[2]
    answer = press(member, group, headers=HTMX).content.decode()
    assert "<strong>1 of 5</strong>" in answer
    assert "<form" not in answer
    assert onboarding.picked_keys(Mine(viewer)) == {group.key}


def test_a_picked_group_is_a_weak_hint_that_keeps_no_film_from_being_suggested(
    member: Client, viewer: User, films
) -> None:
    group = onboarding.groups()[0]
    press(member, group)
    deeds = Mine(viewer).deeds
    assert {deed.movie_id for deed in deeds} == set(group.films)
    assert all(0 < weight < 0.5 for weight in feedback.weights(deeds).values())
    assert not feedback.settled(deeds)


def test_pressing_again_takes_the_group_back(member: Client, viewer: User, films) -> None:
    kept, dropped = onboarding.groups()[:2]
    press(member, kept, dropped)
    press(member, kept)
    assert onboarding.picked_keys(Mine(viewer)) == {kept.key}
    assert viewer.interactions.count() == len(kept.films)


def test_groups_of_another_set_stay_as_they_are(member: Client, viewer: User, films) -> None:
    first, second = onboarding.groups(0)[0], onboarding.groups(1)[0]
    press(member, first)
    press(member, second, page=1)
    assert onboarding.picked_keys(Mine(viewer)) == {first.key, second.key}


def test_i_do_not_know_any_of_these_keeps_the_picks_and_shows_other_groups(member: Client, films) -> None:
    group = onboarding.groups()[0]
    answer = press(member, group, data={"go": "others"})
    assert answer.url == f"{reverse(PAGE)}?set=1"
    page = member.get(answer.url).content.decode()
    assert onboarding.groups(1)[0].key in page
    assert group.key not in page
    assert "<strong>1 of 5</strong>" in page


def test_after_the_last_set_comes_the_first(films) -> None:
    assert onboarding.groups(2) == onboarding.groups(0)


def test_genres_are_kept_changed_and_taken_back(member: Client, viewer: User, films) -> None:
    horror, western = Genre.objects.get(name="Horror"), Genre.objects.get(name="Western")
    press(member, genres=[horror.pk])
    press(member, genres=[western.pk])
    assert list(viewer.genre_preferences.values_list("genre__name", flat=True)) == ["Western"]
    assert f'value="{western.pk}" checked' in member.get(reverse(PAGE)).content.decode()
    press(member)
    assert not GenrePreference.objects.exists()


def test_the_account_remembers_whether_we_know_any_taste(member: Client, viewer: User, films) -> None:
    press(member, onboarding.groups()[0])
    viewer.refresh_from_db()
    assert viewer.cold_start_preferences_collected
    press(member)
    viewer.refresh_from_db()
    assert not viewer.cold_start_preferences_collected


def test_without_htmx_the_button_leads_to_the_films(member: Client, films) -> None:
    assert press(member, onboarding.groups()[0], data={"go": "films"}).url == reverse("recs:welcome_films")


@pytest.mark.parametrize("wrong", [{"groups": ["no-such-group"]}, {"genres": ["999999"]}, {"genres": ["x"]}])
def test_what_we_did_not_offer_is_refused_and_nothing_is_written(
    member: Client, viewer: User, films, wrong: dict[str, list[str]]
) -> None:
    answer = member.post(reverse(PAGE), {"set": 0, **wrong})
    assert answer.status_code == 422
    assert 'class="field__error"' in answer.content.decode()
    assert not viewer.interactions.exists()
    assert not viewer.genre_preferences.exists()


def test_a_sixth_group_is_refused_and_what_was_pressed_stays_pressed(member: Client, viewer: User, films) -> None:
    answer = press(member, *onboarding.groups()[:6])
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "at most 5 groups" in page
    assert page.count(" checked") == 6
    assert not viewer.interactions.exists()


@pytest.mark.parametrize("number", ["-1", "x", "99999999999", "²", ""])
def test_a_strange_number_of_a_set_is_the_first_set(member: Client, films, number: str) -> None:
    assert onboarding.groups()[0].key in member.get(reverse(PAGE), {"set": number}).content.decode()


def test_ones_own_picks_are_nobody_elses(member: Client, viewer: User, stranger: User, films) -> None:
    group = onboarding.groups()[0]
    factories.mark(stranger, factories.movie(), "click", metadata={"from": "group", "group": group.key})
    press(member)
    assert stranger.interactions.count() == 1
    assert not onboarding.picked_keys(Mine(viewer))


def test_an_earlier_click_on_a_film_of_the_group_does_not_get_in_the_way(member: Client, viewer: User, films) -> None:
    group = onboarding.groups()[0]
    Interaction.objects.create(user=viewer, movie_id=group.films[0], interaction_type="click")
    press(member, group)
    assert viewer.interactions.filter(metadata__group=group.key).count() == len(group.films)


def test_a_visitor_logs_in_first(client: Client, db) -> None:
    assert client.get(reverse(PAGE)).url.startswith(reverse("account_login"))


def test_the_page_costs_the_same_with_picks_as_without(member: Client, films) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            member.get(reverse(PAGE))
        return len(queries)

    member.get(reverse(PAGE))
    before = cost()
    press(member, *onboarding.groups()[:5], genres=list(Genre.objects.values_list("pk", flat=True)))
    assert cost() == before
