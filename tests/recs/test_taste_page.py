"""/me/taste/ and the panel on the home page: settings are saved at once, said, and taken back."""

from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from recs import taste
from recs.models import Adjustment
from recs.services import interactions, tastes
from recs.taste import Taste
from tests import factories
from tests.recs import stage

pytestmark = pytest.mark.django_db
FULL = {"algorithm": "collaborative", "novelty": "0.7", "diversity": "0.3", "decade": "1990s", "certificate": "PG"}
PLAIN = {"algorithm": "hybrid", "novelty": "0.5", "diversity": "0.5", "decade": "", "certificate": ""}
HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/me/taste/"}
ON_HOME = {**HTMX, "HX-Current-URL": "http://testserver/"}


@pytest.fixture
def films(db):
    return [factories.movie(title=f"Film {number}", popularity_score=9 - number) for number in range(3)]


def save(client: Client, headers: dict[str, str] | None = None, **said):
    return client.post(reverse("recs:taste"), {**PLAIN, **said}, headers=headers or {})


def settings_of(viewer) -> Taste:
    viewer.refresh_from_db()
    return taste.of(viewer)


def test_the_page_offers_every_way_to_choose_with_its_line(member, films):
    html = unescape(member.get(reverse("recs:taste")).content.decode())
    assert all(str(choice.label) in html and str(choice.line) in html for choice in taste.CHOICES.values())


def test_who_allows_no_groups_is_not_offered_them(member, viewer, films):
    viewer.allow_demographic_targeting = False
    viewer.save()
    assert 'value="demographic"' not in member.get(reverse("recs:taste")).content.decode()


def test_the_settings_lead_to_the_page_and_mark_it(member, films):
    html = member.get(reverse("recs:taste")).content.decode()
    assert f'<a href="{reverse("recs:taste")}" aria-current="page">' in html


def test_all_settings_are_saved_and_the_page_comes_back(member, viewer, films):
    answer = save(member, **FULL)
    assert answer.url == reverse("recs:taste")
    assert settings_of(viewer) == Taste("collaborative", 0.7, 0.3, "1990s", "PG")


def test_from_the_home_page_the_way_leads_back_to_the_open_panel(member, films):
    answer = save(member, next="/")
    assert answer.url == "/?taste=open#taste"
    assert '<details class="taste" id="taste" open>' in member.get(answer.url).content.decode()


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_no_form_leads_off_the_site(member, films, elsewhere):
    assert save(member, next=elsewhere).url == reverse("recs:taste")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"novelty": "NaN"}, "Enter a number."),
        ({"novelty": "inf"}, "Enter a number."),
        ({"novelty": "9" * 400}, "Enter a number."),
        ({"diversity": "1.01"}, "Choose a place between the two ends."),
        ({"diversity": "-3"}, "Choose a place between the two ends."),
        ({"diversity": ""}, "This field is required."),
        ({"algorithm": "magic"}, "There is no such way to choose films."),
        ({"algorithm": ""}, "This field is required."),
        ({"decade": "1492s"}, "Select a valid choice."),
        ({"certificate": "<script>"}, "Select a valid choice."),
    ],
)
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_what_cannot_be_is_refused_and_nothing_is_lost(member, viewer, wrong, said, headers):
    factories.movie()
    tastes.save(user=viewer, taste=Taste("collaborative", 0.7))
    answer = save(member, headers, **{**FULL, "diversity": "0.9", **wrong})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert 'value="PG" selected' in answer.content.decode() or "certificate" in wrong
    assert settings_of(viewer) == Taste("collaborative", 0.7)


@pytest.mark.parametrize(
    ("step", "places"),
    [
        ("novelty-more", (0.6, 0.5)),
        ("novelty-less", (0.4, 0.5)),
        ("diversity-more", (0.5, 0.6)),
        ("diversity-less", (0.5, 0.4)),
    ],
)
def test_without_a_script_the_buttons_move_a_slider(member, viewer, films, step, places):
    save(member, step=step)
    assert (settings_of(viewer).novelty, settings_of(viewer).diversity) == places


def test_a_slider_stops_at_its_end(member, viewer, films):
    save(member, novelty="0.95", step="novelty-more")
    save(member, novelty="1", step="novelty-more")
    assert settings_of(viewer).novelty == 1


def test_enter_in_the_form_moves_no_slider(member, films):
    form = member.get(reverse("recs:taste")).content.decode().partition('id="taste-form"')[2]
    assert form.partition("<button")[2].partition(">")[0].find('name="apply"') > 0


def test_a_reset_brings_the_defaults_back(member, viewer, films):
    save(member, **FULL)
    save(member, **{**FULL, "reset": "1"})
    assert settings_of(viewer) == Taste()


def way_back(html: str) -> str:
    return unescape(html.rpartition('name="to" value="')[2].partition('"')[0])


@pytest.mark.parametrize("headers", [{}, HTMX, ON_HOME])
def test_a_change_is_taken_back_by_the_button_beside_the_news(member, viewer, films, headers):
    save(member, **FULL)
    answer = save(member, headers, novelty="0.9")
    html = (member.get(answer.url) if answer.status_code == 302 else answer).content.decode()
    member.post(reverse("recs:taste"), {"to": way_back(html)}, headers=headers)
    assert settings_of(viewer) == Taste("collaborative", 0.7, 0.3, "1990s", "PG")


@pytest.mark.parametrize("said", ["algorithm=magic", "%ff", "novelty=nan&algorithm=hybrid&diversity=2", "x" * 5000])
def test_a_forged_way_back_is_refused(member, viewer, films, said):
    assert member.post(reverse("recs:taste"), {"to": said}).status_code == 422
    assert settings_of(viewer) == Taste()


def test_on_the_home_page_the_rows_come_with_the_answer(member, viewer, films):
    html = save(member, ON_HOME, algorithm="popular").content.decode()
    assert 'id="row-top-list" hx-swap-oob="true"' in html
    assert 'id="taste-now" hx-swap-oob="true">Popular' in html
    assert "<html" not in html


def test_what_somebody_moves_is_not_put_anew_under_their_finger_but_a_reset_is(member, films):
    assert 'id="taste-form"' not in save(member, ON_HOME, novelty="0.6").content.decode()
    assert 'id="taste-form"' in save(member, ON_HOME, reset="1").content.decode()


def test_the_news_says_how_many_picks_changed(member, viewer):
    westerns, _romances = stage.trained()
    for film in westerns[:3]:
        interactions.rate(user=viewer, movie=film, rating=5)
    html = save(member, HTMX, decade="1990s", algorithm="popular").content.decode()
    assert "pick" in html
    assert 'data-about="taste"' in html


def test_a_setting_without_effect_says_so(member, films):
    save(member)
    assert "Your picks stay as they are." in save(member, HTMX).content.decode()


def test_what_is_not_used_is_listed_by_name_and_used_again(member, viewer, films):
    tastes.adjust(user=viewer, kind="film", target=films[0].pk, weight=0)
    tastes.adjust(user=viewer, kind="genre", target=films[0].genres.get().pk, weight=0.5)
    tastes.adjust(user=viewer, kind="film", target=10**9, weight=0)
    html = member.get(reverse("recs:taste")).content.decode()
    assert html.count("not used") == html.count("used less") == 1
    answer = member.post(reverse("recs:taste_use"), {"change": f"film:{films[0].pk}:1"})
    assert answer.url == f"{reverse('recs:taste')}#adjusted"
    assert not Adjustment.objects.filter(user=viewer, kind="film", target=films[0].pk).exists()


def test_a_use_is_taken_back_in_place(member, viewer, films):
    tastes.adjust(user=viewer, kind="film", target=films[0].pk, weight=0.5)
    answer = member.post(reverse("recs:taste_use"), {"change": f"film:{films[0].pk}:1"}, headers=HTMX)
    assert f'value="film:{films[0].pk}:0.5"' in answer.content.decode()
    assert answer.headers["HX-Retarget"] == "#adjusted"


def test_a_stranger_s_settings_are_their_own(member, stranger, films):
    save(member, **FULL)
    assert taste.of(stranger) == Taste()


def test_a_visitor_is_asked_to_log_in(client, films):
    assert client.get(reverse("recs:taste")).status_code == 302
    assert save(client).status_code == 302
