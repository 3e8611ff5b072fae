"""Reading MovieLens files: every edition, every kind of bad line, and files that are no data set."""

import io
import random
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.sources.movielens import Film, Problem, Unusable, open_set
from catalog.sources.movielens import lines as source_lines
from catalog.sources.movielens.films import titles
from catalog.sources.movielens.ratings import Reader
from tests import movielens as made

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "ml-latest-small"
GOOD = made.GOOD


def read(path: Path, **options) -> tuple[list[Film], dict, list[Problem]]:
    """Films, all rating rows, and all problems of a data set."""
    with open_set(path) as data:
        listed = list(data.films())
        films = [film for film in listed if isinstance(film, Film)]
        known = {film.movie_id: film.movie_id for film in films}
        chunks = list(data.ratings(known, size=options.pop("size", 1000), **options))
    rows = {key: row for chunk in chunks for key, row in chunk.rows.items()}
    problems = [row for row in listed if isinstance(row, Problem)] + [p for chunk in chunks for p in chunk.problems]
    return films, rows, problems


def parse(body: bytes, *, size: int = 1000, separator: bytes = b",", **options) -> tuple[dict, list[Problem]]:
    """Rating rows and problems of some lines without a header; films 1 to 9 are known."""
    films = {str(number).encode(): number for number in range(1, 10)}
    reader = Reader(file="r", separator=separator, films=films, most_people=options.pop("most_people", None))
    chunks = list(reader.chunks(io.BytesIO(body), header=False, size=size, after=0))
    return {k: v for c in chunks for k, v in c.rows.items()}, [p for c in chunks for p in c.problems]


@pytest.mark.parametrize("edition", [made.csv_edition, made.dat_edition, made.item_edition])
@pytest.mark.parametrize("packed", [False, True])
def test_every_edition_is_read_from_a_folder_and_from_an_archive(tmp_path, edition, packed):
    folder = edition(tmp_path / "tiny")
    films, rows, problems = read(made.zipped(folder) if packed else folder)
    assert [film.title for film in films][0] == "Toy Boat"
    assert films[0].genres == ("Animation", "Family", "Comedy")
    assert {(key[0], key[1], row[1], row[2]) for key, row in rows.items()} == set(made.RATINGS)
    assert problems == []


def test_the_ten_million_edition_has_half_stars(tmp_path):
    _, rows, _ = read(made.dat_edition(tmp_path / "ten", half_stars=True))
    assert rows[1, 1][1] == 3.5


@pytest.mark.parametrize("half_stars", [False, True])
def test_accents_survive_both_encodings(tmp_path, half_stars):
    films, _, _ = read(made.dat_edition(tmp_path / "accents", half_stars=half_stars))
    assert films[2].title == "L'Été"


def test_a_folder_around_the_data_set_is_looked_into(tmp_path):
    made.csv_edition(tmp_path / "ml-tiny")
    with open_set(tmp_path) as data:
        assert (data.name, data.total_lines) == ("ml-tiny", 5)


def test_links_give_the_films_their_numbers(tmp_path):
    films, _, _ = read(made.csv_edition(tmp_path / "links"))
    assert [(film.imdb_id, film.tmdb_id) for film in films] == [("tt0000011", 901), ("tt0000012", None)]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Matrix, The (1999)", ("The Matrix", "The Matrix", (), 1999)),
        (
            "City of Lost Children, The (Cité des enfants perdus, La) (1995)",
            ("The City of Lost Children", "La Cité des enfants perdus", (), 1995),
        ),
        ("Seven (a.k.a. Se7en) (1995)", ("Seven", "Seven", ("Se7en",), 1995)),
        ("Avventura, L' (Adventure, The) (1960)", ("L'Avventura", "The Adventure", (), 1960)),
        ("(500) Days of Summer (2009)", ("(500) Days of Summer", "(500) Days of Summer", (), 2009)),
        ("Death Note (2006–2007)", ("Death Note", "Death Note", (), 2006)),
        ("Babylon 5", ("Babylon 5", "Babylon 5", (), None)),
        ("1984 (1956)", ("1984", "1984", (), 1956)),
        ("Me, Myself and I (1992)", ("Me, Myself and I", "Me, Myself and I", (), 1992)),
        ("(1999)", ("", "", (), 1999)),
    ],
)
def test_titles_are_turned_round_and_taken_apart(written, expected):
    assert titles(written) == expected


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"1,2,3.0", "wrong number of fields"),
        (b"1,2,3.0,1000000000,9", "wrong number of fields"),
        (b"x,2,3.0,1000000000", "person or film is not a number"),
        (b"0,2,3.0,1000000000", "person or film is not a number"),
        (b"1,-2,3.0,1000000000", "person or film is not a number"),
        (b"1,2,good,1000000000", "rating is not a number"),
        (b"1,2,nan,1000000000", "rating is not a number"),
        (b"1,2,1e0,1000000000", "rating is not a number"),
        (b"1,2,0.0,1000000000", "rating is not a half step from 0.5 to 5"),
        (b"1,2,5.5,1000000000", "rating is not a half step from 0.5 to 5"),
        (b"1,2,3.2,1000000000", "rating is not a half step from 0.5 to 5"),
        (b"1,2,3.0,soon", "time is not a number"),
        (b"1,2,3.0,-5", "time is before 1990 or in the future"),
        (b"1,2,3.0,99999999999", "time is before 1990 or in the future"),
        (b"1,2,3.0,1_000_000_000", "time is not a number"),
        (b"1,77,3.0,1000000000", "film is not in the list of films"),
        (b"1,2,3.\x000,1000000000", "NUL byte"),
        (b"1,2,3.0," + b"1" * 5000, "line too long"),
        (b"\xff\xfe\x8a", "wrong number of fields"),
    ],
)
def test_a_bad_line_is_named_and_its_neighbours_stay(line, reason):
    rows, problems = parse(b"1,1,4.0,%d\n%b\n3,3,2.5,%d\n" % (GOOD, line, GOOD))
    assert problems == [Problem("r", 2, reason)]
    assert set(rows) == {(1, 1), (3, 3)}


@pytest.mark.parametrize(
    "body",
    [
        b"1,2,3.5,1000000000",
        b"1,2,3.5,1000000000\r\n",
        b"\xef\xbb\xbf1,2,3.5,1000000000\n",
        b"\n\n1,2,3.5,1000000000\n\n  \n",
        b"01,02,3.50,1000000000\n",
        b" 1 , 2 , 3.5 , 1000000000 \n",
    ],
)
def test_unusual_but_good_lines_are_read(body):
    rows, problems = parse(body)
    assert [(key, row[1:]) for key, row in rows.items()] == [((1, 2), (3.5, 1_000_000_000))]
    assert problems == []


def test_of_two_ratings_of_a_film_the_later_counts():
    rows, problems = parse(b"1,2,3.0,1000000001\n1,2,4.0,1000000002\n1,2,5.0,1000000000\n")
    assert rows == {(1, 2): (2, 4.0, 1_000_000_002)}
    assert [problem.line for problem in problems] == [1, 3]


def test_only_the_first_people_are_read_when_asked():
    rows, problems = parse(b"".join(b"%d,1,3.0,%d\n" % (person, GOOD) for person in (5, 6, 7, 5)), most_people=2)
    assert {person for person, _ in rows} == {5, 6}
    assert len(problems) == 1


@pytest.mark.parametrize("after", [0, 1, 2, 5, 9, 10, 11])
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_reading_goes_on_behind_any_line(tmp_path, after, size):
    rows = [f"{person},1,3.0,{GOOD}" for person in range(1, 11)]
    _, read_rows, _ = read(made.csv_edition(tmp_path / "resume", rows=rows), after=after, size=size)
    assert {person for person, _ in read_rows} == set(range(max(after, 1), 11))


def test_blocks_cut_anywhere_give_the_same_lines(monkeypatch):
    chance = random.Random(3)
    wanted = [bytes(chance.choices(b"abc,", k=chance.randrange(12))) for _ in range(300)]
    for block in (1, 2, 3, 7, 64, 5000):
        monkeypatch.setattr(source_lines, "BLOCK", block)
        stream = io.BytesIO(b"\r\n".join(wanted))
        found = [line for _, line in source_lines.numbered(stream, limit=10**6)]
        assert found == wanted[: len(found)]
        assert not any(wanted[len(found) :])


LINE = st.one_of(
    st.binary(max_size=60),
    st.text("0123456789.,-:\t\r\0 eE+_", max_size=40).map(str.encode),
    st.tuples(st.integers(-3, 12), st.integers(-3, 12), st.sampled_from([0, 0.5, 3, 4.25, 5.5]), st.integers()).map(
        lambda row: ",".join(map(str, row)).encode()
    ),
)


@settings(max_examples=300, deadline=None)
@given(garbage=st.lists(LINE.map(lambda line: line.replace(b"\n", b"")), max_size=30), size=st.integers(1, 8))
def test_garbage_never_raises_and_never_takes_a_good_line_with_it(garbage, size):
    good = [b"%d,9,4.5,%d" % (person, GOOD) for person in range(100, 100 + len(garbage) + 1)]
    mixed = [line for pair in zip(good, [*garbage, b""], strict=True) for line in pair]
    rows, _ = parse(b"\n".join(mixed), size=size)
    assert {(person, 9) for person in range(100, 100 + len(good))} <= set(rows)


@settings(max_examples=100, deadline=None)
@given(garbage=st.lists(st.binary(max_size=80), max_size=20))
def test_garbage_among_films_never_raises(garbage, tmp_path_factory):
    folder = made.csv_edition(tmp_path_factory.mktemp("films"))
    with (folder / "movies.csv").open("ab") as out:
        out.write(b"\n".join(garbage))
    films, _, _ = read(folder)
    assert [film.title for film in films[:2]] == ["Toy Boat", "The Heat Wave"]


def test_a_film_line_that_is_none_is_a_problem(tmp_path):
    films = ["1,Fine (1999),Drama", "1,Again (1999),Drama", "x,Bad (1999),Drama", '4,"Open (1999),Drama', "5,,Drama"]
    found, _, problems = read(made.csv_edition(tmp_path / "films", films=films, rows=[]))
    assert [film.title for film in found] == ["Fine"]
    assert [(problem.line, problem.reason) for problem in problems] == [
        (3, "film listed twice"),
        (4, "film number is not a number"),
        (5, "wrong number of fields"),
        (6, "no title"),
    ]


def broken_archives(folder: Path) -> dict[str, bytes]:
    whole = made.zipped(made.csv_edition(folder / "whole")).read_bytes()
    return {
        "cut": whole[: len(whole) // 2],
        "no directory": whole[:-40],
        "bad sum": whole[:60] + bytes([whole[60] ^ 255]) + whole[61:],
        "picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20,
        "empty": b"",
    }


@pytest.mark.parametrize("kind", ["cut", "no directory", "bad sum", "picture", "empty"])
def test_a_damaged_archive_is_unusable(tmp_path, kind):
    path = tmp_path / "damaged.zip"
    path.write_bytes(broken_archives(tmp_path)[kind])
    with pytest.raises(Unusable, match=r"^[^\n]+$"), open_set(path) as data:
        list(data.films())


def test_a_folder_without_ratings_is_unusable(tmp_path):
    with pytest.raises(Unusable, match="holds no MovieLens ratings"), open_set(tmp_path):
        pass


def test_a_folder_with_two_data_sets_is_unusable(tmp_path):
    made.csv_edition(tmp_path / "one")
    made.item_edition(tmp_path / "two")
    with pytest.raises(Unusable, match=r"several data sets \(one/ratings.csv, two/u.data\)"), open_set(tmp_path):
        pass


def test_ratings_without_films_are_unusable(tmp_path):
    (made.csv_edition(tmp_path / "half") / "movies.csv").unlink()
    with pytest.raises(Unusable, match=r"not movies\.csv beside it"), open_set(tmp_path / "half"):
        pass


@pytest.mark.parametrize("name", ["ratings.csv", "movies.csv"])
def test_a_picture_with_the_right_name_is_unusable(tmp_path, name):
    (made.csv_edition(tmp_path / "picture") / name).write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 99)
    with pytest.raises(Unusable, match="does not"), open_set(tmp_path / "picture"):
        pass


@pytest.mark.parametrize("path", ["nowhere", "notes.txt"])
def test_what_is_neither_folder_nor_archive_is_unusable(tmp_path, path):
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(Unusable), open_set(tmp_path / path):
        pass


def test_an_archive_that_swells_beyond_any_edition_is_unusable(tmp_path, monkeypatch):
    folder = made.csv_edition(tmp_path / "bomb", rows=["1,1,3.0,1000000000"] * 20_000)
    monkeypatch.setattr("catalog.sources.movielens.ratings.LIMIT", 100_000)
    with pytest.raises(Unusable, match="larger than any"), open_set(made.zipped(folder)):
        pass


def test_a_line_without_end_is_never_held_whole(tmp_path):
    stream = io.BytesIO(b"1," + b"9" * (3 * source_lines.BLOCK) + b"\n1,2,3.0,1000000000\n")
    found = list(source_lines.numbered(stream, limit=10**9))
    assert [len(line) > source_lines.MAX_LINE for _, line in found] == [True, False]
    assert max(len(line) for _, line in found) == source_lines.MAX_LINE + 1


def test_the_small_edition_is_read_whole():
    if not SHARED.exists():
        pytest.skip("the data set is not here")
    films, rows, problems = read(SHARED, size=100_000)
    assert (len(films), len(rows), problems) == (9_742, 100_836, [])


def test_an_error_of_the_reader_is_not_taken_for_a_broken_file(tmp_path):
    with pytest.raises(RuntimeError, match="mine"), open_set(made.zipped(made.csv_edition(tmp_path / "own"))):
        raise RuntimeError("mine")


def test_an_encrypted_archive_is_unusable(tmp_path):
    path = made.zipped(made.csv_edition(tmp_path / "locked"))
    raw = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = raw.find(mark)
        while at >= 0:
            raw[at + offset] |= 1
            at = raw.find(mark, at + 1)
    path.write_bytes(bytes(raw))
    assert zipfile.is_zipfile(path)
    with pytest.raises(Unusable), open_set(path):
        pass


def tags(path: Path) -> list[tuple[int, str]]:
    with open_set(path) as data:
        return list(data.tags())


@pytest.mark.parametrize("packed", [False, True])
def test_tags_are_read_where_an_edition_has_them(tmp_path, packed):
    folder = made.csv_edition(tmp_path / "tagged")
    rows = [
        "userId,movieId,tag,timestamp",
        '1,2,"Heist,  Slow",5',
        "1,x,no film,5",
        "2,1,Toys,6",
        "short,line",
        '3,1,"',
    ]
    (folder / "tags.csv").write_text("\n".join(rows))
    assert tags(made.zipped(folder) if packed else folder) == [(2, "heist, slow"), (1, "toys")]


def test_the_older_editions_write_tags_with_colons(tmp_path):
    folder = made.dat_edition(tmp_path / "ten", half_stars=True)
    (folder / "tags.dat").write_text("1::2::a :: b::5\n")
    assert tags(folder) == [(2, "a :: b")]


@pytest.mark.parametrize("edition", [made.csv_edition, made.item_edition])
def test_an_edition_without_tags_has_none(tmp_path, edition):
    assert tags(edition(tmp_path / "plain")) == []
