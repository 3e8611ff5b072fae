"""What other sites' files say, however they are written."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recs.history import values
from tests.recs import histories
from tests.recs.histories import acts, document, imdb, letterboxd, read, table, zipped

HEAT = "2020-01-02,Heat,1995,https://boxd.it/1,4.5"


def test_a_letterboxd_rating_keeps_its_stars_and_its_day():
    (film,) = read(letterboxd(HEAT)).films
    assert (film.title, film.year, acts(film)) == ("Heat", 1995, {"rating": 4.5})
    assert film.acts["rating"].at == datetime(2020, 1, 2, 12, tzinfo=UTC)


def test_a_whole_letterboxd_zip_becomes_one_film_for_all_that_it_says_of_it():
    history = read(
        zipped(
            {
                "ratings.csv": letterboxd(HEAT),
                "watched.csv": table("Date,Name,Year,Letterboxd URI", "2020-01-02,Heat,1995,https://boxd.it/1"),
                "diary.csv": table(
                    "Date,Name,Year,Letterboxd URI,Rating,Rewatch,Tags,Watched Date",
                    "2021-01-02,Heat,1995,https://boxd.it/99,3,Yes,,2021-01-01",
                ),
                "likes/films.csv": table("Date,Name,Year,Letterboxd URI", "2020-01-03,Heat,1995,https://boxd.it/1"),
                "watchlist.csv": table("Date,Name,Year,Letterboxd URI", "2020-01-03,Ronin,1998,https://boxd.it/2"),
            }
        ),
        "letterboxd.zip",
    )
    assert [(film.title, acts(film)) for film in history.films] == [
        ("Heat", {"rating": 4.5, "like": None}),
        ("Ronin", {"watchlist": None}),
    ]


def test_what_its_owner_deleted_on_letterboxd_stays_deleted():
    files = {"ratings.csv": letterboxd(HEAT), "deleted/ratings.csv": letterboxd("2020-01-02,Cats,2019,x,0.5")}
    history = read(zipped(files), "l.zip")
    assert [film.title for film in history.films] == ["Heat"]
    assert history.unread == ["deleted/ratings.csv"]


def test_two_films_of_one_title_and_year_in_one_list_stay_two():
    history = read(letterboxd("2020-01-02,Columbus,2017,https://boxd.it/1,4", "2020-01-02,Columbus,2017,https://b/2,2"))
    assert [acts(film) for film in history.films] == [{"rating": 4.0}, {"rating": 2.0}]


def test_imdb_ratings_out_of_ten_become_half_stars():
    history = read(imdb("tt0113277,9,2015-01-01,Heat,Heat,u,movie,1995", "tt2,1,2015-01-01,Bad,Bad,u,Movie,1995"))
    assert [acts(film)["rating"] for film in history.films] == [4.5, 0.5]
    assert history.films[0].imdb == "tt0113277"


@pytest.mark.parametrize("kind", ["TV Series", "tvEpisode", "TVMINISERIES", "Video Game", "Serie TV", "Podcast Series"])
def test_what_is_no_film_is_left_out_with_the_reason(kind):
    history = read(imdb(f"tt1,9,2015-01-01,Some Show,Some Show,u,{kind},1995"))
    assert history.films == []
    assert [(skip.title, skip.reason) for skip in history.skipped] == [("Some Show", "series")]


@pytest.mark.parametrize("kind", ["Movie", "tvMovie", "TV Movie", "short", "Video", "Film", ""])
def test_every_kind_of_film_counts(kind):
    assert len(read(imdb(f"tt1,9,2015-01-01,Film,Film,u,{kind},1995")).films) == 1


def test_a_zero_means_seen_and_not_rated():
    assert acts(read(letterboxd("2020-01-02,Heat,1995,u,0")).films[0]) == {"view": None}


@pytest.mark.parametrize("rating", ["-1", "11", "nan", "inf", "five"])
def test_a_rating_that_cannot_be_is_left_out_with_the_reason(rating):
    history = read(imdb(f"tt1,{rating},2015-01-01,Heat,Heat,u,movie,1995"))
    assert [skip.reason for skip in history.skipped] == ["bad_rating"]


def test_columns_are_known_by_name_in_any_order_and_case_with_others_between():
    data = table("mood,YOUR RATING,title,Colour,Year,CONST", "good,8,Heat,blue,1995,tt0113277")
    (film,) = read(data).films
    assert (film.title, film.imdb, acts(film)) == ("Heat", "tt0113277", {"rating": 4.0})


@pytest.mark.parametrize(
    "data",
    [
        "\ufeffTitle,Year,Rating\r\nAmélie,2001,4\r\n".encode(),
        "Title;Year;Rating\nAmélie;2001;4\n".encode("utf-16"),
        "Title;Year;Rating\nAmélie;2001;4\n".encode("utf-16-le"),
        "Title\tYear\tRating\rAmélie\t2001\t4\r".encode("latin-1"),
        'Title,Year,Rating\n"Amélie",2001,"4"'.encode("cp1252"),
        "Title,Year,Rating\nAmélie\x00,2001,4,one,cell,too,many\n".encode(),
        "made by some tool\n\nTitle;Year;Rating\nAmélie;2001;4,0\n".encode(),
    ],
    ids=["bom", "utf-16", "utf-16 without mark", "latin-1", "cp1252", "nul and ragged", "line above, comma"],
)
def test_any_encoding_line_end_and_separator_will_do(data):
    (film,) = read(data).films
    assert (film.title, film.year, acts(film)) == ("Amélie", 2001, {"rating": 4.0})


def test_a_title_may_hold_quotes_commas_and_line_breaks():
    (film,) = read(letterboxd('2020-01-02,"Good, ""Bad""\r\nand Ugly",1966,u,5')).films
    assert film.title == 'Good, "Bad" and Ugly'


@pytest.mark.parametrize(("highest", "given", "stars"), [(5, 3.5, 3.5), (10, 7, 3.5), (100, 45, 2.5), (100, 70, 3.5)])
def test_the_highest_rating_of_an_unknown_table_tells_its_scale(highest, given, stars):
    history = read(table("Title,Year,Rating", f"Heat,1995,{given}", f"Ronin,1998,{highest}"))
    assert acts(history.films[0]) == {"rating": stars}
    assert history.scale == highest


@given(st.integers(0, 100))
def test_scaled_ratings_are_half_stars_and_never_more_than_a_quarter_off(given_rating):
    stars = values.stars(given_rating, 100)
    assert stars in [step / 2 for step in range(1, 11)]
    assert abs(stars - given_rating / 20) <= 0.25 or given_rating < 5


@pytest.mark.parametrize("day", ["2999-01-01", "1492-10-12", "yesterday", "0000-00-00", "", "999999999999999999999"])
def test_a_date_that_cannot_be_counts_as_none(day):
    (film,) = read(letterboxd(f"{day},Heat,1995,u,4")).films
    assert film.acts["rating"].at is None


@pytest.mark.parametrize(
    "said",
    ["2020-01-02T03:04:05Z", "2020-01-02T04:04:05+01:00", "1577934245", "1577934245000", "Thu Jan 02 03:04:05 2020"],
)
def test_a_moment_may_be_written_in_many_ways(said):
    assert values.when(said, now=histories.NOW) == datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_trakt_json_tells_ratings_plays_and_lists_and_leaves_series_out():
    movie = {"title": "Heat", "year": 1995, "ids": {"imdb": "tt0113277", "tmdb": 949, "slug": "heat-1995"}}
    ronin = {"title": "Ronin", "year": 1998, "ids": {"imdb": "tt0122690"}}
    files = {
        "ratings-movies.json": document(
            [{"rated_at": "2020-01-02T03:04:05Z", "rating": 8, "type": "movie", "movie": movie}]
        ),
        "watched.json": document([{"plays": 2, "last_watched_at": "2020-01-02T03:04:05Z", "movie": ronin}]),
        "lists-watchlist.json": document([{"listed_at": "2020-01-02T03:04:05Z", "type": "movie", "movie": ronin}]),
        "ratings-episodes.json": document([{"rating": 8, "episode": {"title": "Pilot"}, "show": {"title": "A Show"}}]),
        "user-profile.json": document({"username": "somebody"}),
    }
    history = read(zipped(files), "trakt.zip")
    assert [(film.title, acts(film)) for film in history.films] == [
        ("Heat", {"rating": 4.0}),
        ("Ronin", {"view": None, "watchlist": None}),
    ]
    assert [(skip.title, skip.reason) for skip in history.skipped] == [("A Show", "series")]


def test_trakt_csv_may_say_several_things_in_one_line():
    data = table(
        "imdb_id,tmdb_id,type,watched_at,watchlisted_at,rating,rated_at", "tt0113277,949,movie,2020-01-01,,9,2020-01-02"
    )
    (film,) = read(data).films
    assert acts(film) == {"rating": 4.5}
    assert film.acts["rating"].at == datetime(2020, 1, 2, 12, tzinfo=UTC)


def test_movielens_titles_are_taken_apart():
    data = table(
        "movieId,title,genres,rating,timestamp",
        '1,"City of Lost Children, The (Cité des enfants perdus, La) (1995)",Drama,3.5,1577934245',
    )
    (film,) = read(data).films
    assert (film.title, film.original, film.year) == ("City of Lost Children, The", "Cité des enfants perdus, La", 1995)


def test_movielens_numbers_are_looked_up_in_the_files_beside_them():
    files = {
        "ratings.csv": table("userId,movieId,rating,timestamp", "7,6,4.5,1577934245"),
        "links.csv": table("movieId,imdbId,tmdbId", "6,0113277,949"),
        "movies.csv": table("movieId,title,genres", "6,Heat (1995),Crime"),
    }
    (film,) = read(zipped(files), "ml.zip").films
    assert (film.title, film.year, film.imdb, film.tmdb) == ("Heat", 1995, "tt0113277", 949)


def test_what_a_nameless_list_is_for_is_left_to_its_owner():
    data = table(
        "Position,Const,Created,Title,Title Type,Year,Your Rating,Date Rated", "1,tt1,2020-01-01,Heat,Movie,1995,,"
    )
    assert acts(read(data, "b1c2.csv").films[0]) == {"listed": None}
    assert acts(read(data, "WATCHLIST.csv").films[0]) == {"watchlist": None}
