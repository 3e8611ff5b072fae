"""The starter catalogue: what the file promises, the facts against another list where it is there, and the load."""

import csv
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from time import perf_counter

import pytest
from django.core.management import call_command

from catalog.models import Certification, Credit, Genre, Movie, MovieGenre, Person
from catalog.services import starter as service
from catalog.sources import starter
from catalog.sources.records import StarterFilm, StarterPerson
from tests import factories

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"
LANGUAGES = set(re.findall("..", "afdadeenesfafrhehiiditjakonbnlptrorusvthzh"))
ORDER = list(StarterFilm.__dataclass_fields__)


@pytest.fixture(scope="module")
def films() -> list[StarterFilm]:
    return list(starter.films())


def people(film: StarterFilm) -> list[StarterPerson]:
    return [*film.directors, *(role.person for role in film.cast)]


def folded(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.translate(str.maketrans("øłæ", "ola")))
    return re.sub(r"[^a-z0-9]", "", plain.encode("ascii", "ignore").decode().lower())


def shingles(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return set(zip(*(words[start:] for start in range(5)), strict=False))


def test_it_holds_at_least_five_hundred_films(films):
    assert len(films) >= 500


def test_every_decade_since_the_1910s_has_a_film(films):
    assert {film.release_date.year // 10 * 10 for film in films} == set(range(1910, 2030, 10))


def test_films_come_from_at_least_25_countries(films):
    assert len({country for film in films for country in film.countries}) >= 25


@pytest.mark.parametrize("field", ["tmdb_id", "imdb_id", "overview"])
def test_no_value_comes_twice(films, field):
    assert [value for value, times in Counter(getattr(film, field) for film in films).items() if times > 1] == []


def test_lines_are_sorted_and_their_keys_in_one_order(films):
    assert films == sorted(films, key=lambda film: (film.release_date, film.tmdb_id))
    assert all(list(json.loads(line)) == ORDER for line in starter.FILMS.read_text().splitlines())


def test_imdb_numbers_have_their_form(films):
    assert [film.title for film in films if not re.fullmatch(r"tt\d{7,8}", film.imdb_id)] == []


def test_countries_are_iso_codes(films):
    table = resources.files("tzdata").joinpath("zoneinfo/iso3166.tab").read_text()
    known = {line.split("\t")[0] for line in table.splitlines() if not line.startswith("#")}
    assert {country for film in films for country in film.countries} <= known
    assert all(film.countries for film in films)


def test_languages_are_iso_codes(films):
    assert {film.original_language for film in films} <= LANGUAGES


def test_certificates_are_the_ones_the_database_knows(films):
    assert {film.certification for film in films} <= set(Certification.values)


def test_every_genre_is_in_the_list_and_every_film_has_one(films):
    known = {genre.tmdb_id for genre in starter.genres()}
    assert [film.title for film in films if not film.genre_ids or not set(film.genre_ids) <= known] == []


def test_figures_are_sane_and_not_older_than_the_film(films):
    for film in films:
        assert 60 <= film.runtime <= 300, film
        assert 1 <= film.tmdb_rating <= 10, film
        assert film.tmdb_vote_count >= 5, film
        assert f"{film.release_date:%Y-%m}" <= film.tmdb_as_of <= "2026-12", film


def test_every_film_has_a_director_and_somebody_in_the_cast(films):
    assert [film.title for film in films if not film.directors or not film.cast] == []
    assert [film.title for film in films if len(film.cast) > 6] == []


def test_nobody_is_spelt_in_two_ways(films):
    spellings: dict[str, set[str]] = {}
    for film in films:
        for person in people(film):
            spellings.setdefault(folded(person.name), set()).add(person.name)
    assert [names for names in spellings.values() if len(names) > 1] == []


def test_overviews_are_one_or_two_sentences_of_12_to_60_words(films):
    for film in films:
        assert 12 <= len(film.overview.split()) <= 60, film.overview
        assert 1 <= len(re.findall(r"[.!?](?=\s|$)", film.overview)) <= 2, film.overview


def test_text_is_clean(films):
    text = starter.FILMS.read_text(encoding="utf-8")
    assert "�" not in text
    assert text == unicodedata.normalize("NFC", text)
    assert [film.title for film in films if film.overview != " ".join(film.overview.split())] == []


@pytest.fixture(scope="module")
def other_list() -> dict[int, dict[str, str]]:
    path = SHARED / "tmdb-5000" / "tmdb_5000_movies.csv"
    if not path.exists():
        pytest.skip("the second list is not here")
    with path.open(encoding="utf-8", newline="") as lines:
        return {int(row["id"]): row for row in csv.DictReader(lines)}


def both(films: list[StarterFilm], other: dict[int, dict[str, str]]) -> Iterator[tuple[StarterFilm, dict[str, str]]]:
    return ((film, other[film.tmdb_id]) for film in films if film.tmdb_id in other)


def test_facts_agree_with_a_second_list(films, other_list):
    for film, row in both(films, other_list):
        assert (film.title, film.original_title) == (row["title"], row["original_title"])
        assert film.release_date.isoformat() == row["release_date"]
        assert film.runtime == float(row["runtime"])
        assert set(film.genre_ids) == {genre["id"] for genre in json.loads(row["genres"])}
        language = {"cn": "zh", "xx": "fr"}.get(row["original_language"], row["original_language"])
        assert film.original_language == language


def test_overviews_are_nobody_elses(films, other_list):
    copied = [
        film.title
        for film, row in both(films, other_list)
        if len(shingles(film.overview) & shingles(row["overview"])) > 2
    ]
    assert copied == []


def test_imdb_numbers_agree_with_movielens(films):
    path = SHARED / "ml-latest-small" / "links.csv"
    if not path.exists():
        pytest.skip("the links are not here")
    with path.open(encoding="utf-8", newline="") as lines:
        pairs = {int(row["tmdbId"]): f"tt{row['imdbId']}" for row in csv.DictReader(lines) if row["tmdbId"]}
    assert [film.title for film in films if pairs.get(film.tmdb_id, film.imdb_id) != film.imdb_id] == []


@pytest.mark.django_db
def test_loading_adds_every_film_with_its_genres_people_and_display_columns(films):
    loaded = service.load()
    assert (loaded.added, Movie.objects.count()) == (len(films), len(films))
    assert MovieGenre.objects.count() == sum(len(film.genre_ids) for film in films)
    assert Credit.objects.count() == sum(len(film.directors) + len(film.cast) for film in films)
    movie = Movie.objects.get(tmdb_id=78)
    assert (movie.slug, movie.director, movie.main_cast[0]) == ("blade-runner-1982", "Ridley Scott", "Harrison Ford")
    assert movie.credits.get(cast_type="crew").job == "Director"


@pytest.mark.django_db
def test_a_second_load_changes_nothing(films):
    service.load()
    for update in (False, True):
        loaded = service.load(update=update)
        assert (loaded.added, loaded.updated, loaded.people, loaded.genres) == (0, 0, 0, 0)
    assert Credit.objects.count() == sum(len(film.directors) + len(film.cast) for film in films)


@pytest.mark.django_db
def test_an_edit_stays_unless_an_update_is_asked_for():
    service.load()
    Movie.objects.filter(tmdb_id=78).update(overview="Edited here.", poster_path="/x.jpg")
    service.load()
    assert Movie.objects.get(tmdb_id=78).overview == "Edited here."
    assert service.load(update=True).updated == 1
    movie = Movie.objects.get(tmdb_id=78)
    assert movie.overview != "Edited here."
    assert (movie.poster_path, movie.credits.count()) == ("/x.jpg", 7)


@pytest.mark.django_db
def test_a_film_known_by_its_imdb_number_alone_is_not_made_again():
    kept = factories.movie(title="Blade Runner", year=1982, tmdb_id=None, omdb_id="tt0083658")
    service.load()
    assert Movie.objects.get(omdb_id="tt0083658") == kept


@pytest.mark.django_db
def test_namesakes_are_two_people():
    service.load()
    assert sorted(Person.objects.filter(name="Tom Holland").values_list("slug", flat=True)) == [
        "tom-holland",
        "tom-holland-1943",
    ]


@pytest.mark.django_db
def test_a_genre_that_is_here_under_its_name_is_used():
    kept = factories.genre("Drama")
    service.load()
    assert Genre.objects.get(name="Drama") == kept
    assert MovieGenre.objects.filter(genre=kept).exists()


@pytest.mark.django_db
def test_loading_takes_less_than_five_seconds():
    start = perf_counter()
    service.load()
    assert perf_counter() - start < 5


@pytest.mark.django_db
def test_the_command_counts_and_a_second_run_adds_nothing(capsys):
    call_command("load_catalogue")
    assert "films added, 0 updated, 0 left as they are" in capsys.readouterr().out
    call_command("load_catalogue")
    assert capsys.readouterr().out.startswith("0 films added, 0 updated")


@pytest.mark.parametrize("line", ["{", "[]", '{"tmdb_id": 1}', '{"tmdb_id": "1"}'])
def test_a_bad_row_is_named_by_file_and_line(tmp_path, line):
    path = tmp_path / "films.jsonl"
    path.write_text(starter.FILMS.read_text().splitlines()[0] + "\n" + line + "\n")
    with pytest.raises(starter.BadRow, match=r"films\.jsonl, line 2: "):
        list(starter.films(path))


@pytest.mark.django_db
def test_a_bad_row_leaves_nothing_behind(tmp_path, monkeypatch):
    path = tmp_path / "films.jsonl"
    path.write_text(starter.FILMS.read_text().splitlines()[0] + "\n{\n")
    with pytest.raises(starter.BadRow):
        service.load(films=path)
    assert not Movie.objects.exists()


@pytest.mark.django_db
def test_popularity_grows_with_votes_and_with_rating():
    popularity = service.first_popularity
    assert popularity(rating=8, votes=20_000) > popularity(rating=8, votes=200) > popularity(rating=6, votes=200)
    assert popularity(rating=10, votes=0) == 0
