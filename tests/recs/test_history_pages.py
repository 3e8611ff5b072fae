"""The import as its pages show it."""

import csv
import io

import pytest
from django.core.cache import caches
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog.models import Movie
from recs.models import HistoryImport
from recs.services import history
from tests import factories
from tests.recs import stage
from tests.recs.histories import imdb, letterboxd, table, zipped

HTMX = {"HX-Request": "true"}


@pytest.fixture
def heat(db) -> Movie:
    return factories.movie(title="Heat", year=1995, omdb_id="tt0113277")


def send(client: Client, data: bytes, name: str = "ratings.csv"):
    return client.post(reverse("recs:history_import"), {"file": SimpleUploadedFile(name, data)})


def uploaded(client: Client, data: bytes, name: str = "ratings.csv") -> str:
    """The address of the review."""
    return send(client, data, name).url


def start(client: Client, address: str, **data: str):
    return client.post(f"{address}start/", {"conflicts": "mine", "listed": "watchlist", **data}, follow=True)


def text(answer) -> str:
    return answer.content.decode()


def test_visitors_are_asked_to_log_in(db, client):
    for name in ("recs:history_import", "recs:export"):
        assert "/accounts/login/" in client.get(reverse(name)).url


def test_an_upload_leads_to_its_review_and_on_to_the_summary(member, viewer, heat):
    data = letterboxd("2020-01-02,Heat,1995,u,4.5", "2020-01-02,Unknown Film,1999,u,4")
    address = uploaded(member, data)
    page = text(member.get(address))
    assert "Import 1 film<" in page
    assert "Nothing is imported yet" in page
    done = text(start(member, address))
    assert "Your history is here" in done
    assert viewer.interactions.get().rating == 4.5


def test_the_review_shows_the_first_picks_before_anything_is_saved(member, viewer):
    westerns, _romances = stage.trained()
    address = uploaded(member, letterboxd(*[f"2020-01-02,{film.title},{film.year},u,5" for film in westerns[:4]]))
    strip = member.get(address).context["strip"]
    assert {card.id for card in strip[:4]} == {film.pk for film in westerns[4:]}
    assert viewer.interactions.count() == 0


def test_films_of_the_file_are_not_among_the_picks(member):
    westerns, _romances = stage.trained()
    address = uploaded(member, letterboxd(*[f"2020-01-02,{film.title},{film.year},u,5" for film in westerns]))
    assert not {card.id for card in member.get(address).context["strip"]} & {film.pk for film in westerns}


def test_a_refused_file_says_why_beside_the_field(member):
    answer = send(member, b"PK\x03\x04 broken", "export.zip")
    assert answer.status_code == 422
    assert "This ZIP file is damaged." in text(answer)


def test_no_file_at_all_is_told_so(member):
    answer = member.post(reverse("recs:history_import"), {})
    assert answer.status_code == 422
    assert "Please choose a file first." in text(answer)


def test_choosing_by_htmx_answers_with_the_line_the_tabs_and_new_picks(member):
    films = [factories.movie(title="Columbus", year=2017) for _ in range(2)]
    address = uploaded(member, letterboxd("2020-01-02,Columbus,2017,u,4"))
    (line,) = member.get(address).context["lines"]
    answer = member.post(f"{address}films/{line.film.pk}/", {"movie": films[1].pk}, headers=HTMX)
    assert "<html" not in text(answer)
    for part in ("history-tabs", "history-strip", "history-go"):
        assert f'id="{part}"' in text(answer)
    assert films[1].get_absolute_url() in text(answer)
    assert "0 titles left to decide." in text(answer)


def test_choosing_without_htmx_leads_back_to_the_list(member):
    films = [factories.movie(title="Columbus", year=2017) for _ in range(2)]
    address = uploaded(member, letterboxd("2020-01-02,Columbus,2017,u,4"))
    (line,) = member.get(address).context["lines"]
    answer = member.post(f"{address}films/{line.film.pk}/", {"movie": films[1].pk})
    assert answer.url == f"{address}?show=several#review"


@pytest.mark.parametrize("movie", ["999999999", "x", "-1"])
def test_nonsense_cannot_be_chosen(member, heat, movie):
    address = uploaded(member, letterboxd("2020-01-02,Heat,1990,u,4"))
    (line,) = member.get(address).context["lines"]
    assert member.post(f"{address}films/{line.film.pk}/", {"movie": movie}).status_code == 400


def test_nobody_else_sees_or_touches_an_upload(member, stranger, heat):
    address = uploaded(member, letterboxd("2020-01-02,Heat,1995,u,4"))
    other = Client()
    other.force_login(stranger)
    film = HistoryImport.objects.get().films.get()
    assert other.get(address).status_code == 404
    assert other.get(f"{address}skipped.csv").status_code == 404
    for act in ("start/", "undo/", "discard/", f"films/{film.pk}/"):
        assert other.post(f"{address}{act}").status_code == 404


def test_the_same_file_again_says_that_it_was_here(member, heat):
    data = letterboxd("2020-01-02,Heat,1995,u,4.5")
    start(member, uploaded(member, data))
    again = uploaded(member, data)
    assert "You imported this very file on" in text(member.get(again))
    assert "Nothing was new" in text(start(member, again))


def test_what_was_left_out_can_be_had_as_a_table_with_the_reasons(member, viewer, heat):
    factories.rating(viewer, heat, 1.0)
    data = imdb(
        "tt0113277,9,2015-01-01,Heat,Heat,u,movie,1995",
        "tt2,9,2015-01-01,=SUM(A1),x,u,movie,1995",
        "tt3,9,2015-01-01,A Show,x,u,TV Series,1995",
    )
    address = uploaded(member, data)
    start(member, address)
    answer = member.get(f"{address}skipped.csv")
    lines = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert lines == [
        ["Title", "Year", "IMDb", "What", "Why"],
        ["Heat", "1995", "tt0113277", "4.5 stars", "We kept yours"],
        ["'=SUM(A1)", "1995", "tt0000002", "4.5 stars", "Not in our catalogue"],
        ["A Show", "1995", "tt0000003", "", "Not a film"],
    ]


def test_undoing_leads_to_a_page_that_says_so(member, viewer, heat):
    address = uploaded(member, letterboxd("2020-01-02,Heat,1995,u,4.5"))
    start(member, address)
    answer = member.post(f"{address}undo/", follow=True)
    assert "This import is taken back" in text(answer)
    assert viewer.interactions.count() == 0


def test_throwing_an_upload_away_forgets_it(member, heat):
    address = uploaded(member, letterboxd("2020-01-02,Heat,1995,u,4.5"))
    member.post(f"{address}discard/")
    assert member.get(address).status_code == 404


def test_a_long_import_goes_to_the_queue_and_shows_how_far_it_is(member, viewer, heat, monkeypatch):
    monkeypatch.setattr(history, "AT_ONCE", 0)
    monkeypatch.setattr("recs.tasks.import_history", lambda history_id: None)
    address = uploaded(member, letterboxd("2020-01-02,Heat,1995,u,4.5"))
    page = text(start(member, address))
    assert "0 of 1 film is in." in page
    assert f'hx-get="{address}"' in page
    history.carry_on(HistoryImport.objects.get().pk)
    part = text(member.get(address, headers=HTMX))
    assert "Your history is here" in part
    assert "<html" not in part


def test_the_queue_takes_a_long_import_over(member, viewer, heat, monkeypatch):
    monkeypatch.setattr(history, "AT_ONCE", 0)
    address = uploaded(member, letterboxd("2020-01-02,Heat,1995,u,4.5"))
    assert "Your history is here" in text(start(member, address))
    assert viewer.interactions.count() == 1


def test_somebody_new_goes_on_to_their_films(heat):
    client = Client()
    client.force_login(factories.user(email="new@example.org"))
    assert reverse("recs:history_import") in text(client.get(reverse("recs:welcome_groups")))
    page = text(start(client, uploaded(client, letterboxd("2020-01-02,Heat,1995,u,4.5"))))
    assert reverse("recs:welcome_finish") in page


def test_every_tab_lists_its_films(member, heat):
    files = {"ratings.csv": letterboxd("2020-01-02,Heat,1995,u,4", "2020-01-02,Nope,1995,u,4"), "readme.txt": "hello"}
    address = uploaded(member, zipped(files), "l.zip")
    assert "Nope" in text(member.get(f"{address}?show=missing"))
    assert "Heat" in text(member.get(f"{address}?show=matched"))
    assert member.get(f"{address}?show=nonsense&page=99999").status_code == 200
    assert "readme.txt" in text(member.get(address))


def test_a_nameless_list_asks_what_it_is_for(member, heat):
    listed = uploaded(member, table("Position,Const,Title,Year", "1,tt0113277,Heat,1995"), "list.csv")
    assert "Films that are only on a list" in text(member.get(listed))
    rated = uploaded(member, letterboxd("2020-01-02,Heat,1995,u,4"))
    assert "Films that are only on a list" not in text(member.get(rated))


def test_a_review_takes_no_more_queries_for_more_films(member):
    def queries(count: int) -> int:
        rows = [f"2020-01-02,Film of {count} {number},1995,u,4" for number in range(count)]
        for number in range(count):
            factories.movie(title=f"Film of {count} {number}", year=1995)
        caches["local"].clear()
        address = uploaded(member, letterboxd(*rows))
        member.get(address)
        with CaptureQueriesContext(connection) as captured:
            member.get(address)
        return len(captured)

    assert queries(25) <= queries(3)
