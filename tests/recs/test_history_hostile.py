"""Uploads that mean harm, or are none: each refused with one clear line, or made harmless."""

import io
import struct
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from recs import history_words
from recs.history import container, reading, text
from recs.history.records import Refusal
from tests.recs import histories
from tests.recs.histories import document, letterboxd, read, table, zipped

HEAT = "2020-01-02,Heat,1995,https://boxd.it/1,4.5"
MB = 1024 * 1024


def refused(data: bytes, name: str = "ratings.csv") -> str:
    with pytest.raises(Refusal) as problem:
        read(data, name)
    sentence = history_words.refusal(problem.value)
    assert sentence
    assert "\n" not in sentence
    assert "%(" not in sentence
    return problem.value.code


def answer(name: str, data: bytes) -> str | None:
    """The sentence of a refusal; None for what could be read."""
    try:
        reading.read(name, data, now=histories.NOW)
    except Refusal as problem:
        return history_words.refusal(problem)
    return None


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"\x00" * 500, "empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40, "not_text"),
        (bytes(range(256)) * 400, "not_text"),
        (b"%PDF-1.7 Title,Year,Rating", "not_text"),
        (b"\x1f\x8b\x08\x00" + b"x" * 100, "not_text"),
        (b"<html><body>Log in</body></html>", "nothing_known"),
        (b"just a letter\nto nobody\n", "nothing_known"),
        (b'{"hello": "world"}', "nothing_known"),
        (b"[1, 2, 3]", "nothing_known"),
        (b'{"format": "marquee-history", "version": 99, "films": []}', "newer_export"),
        (b'[{"movie": ', "json_broken"),
        (b"[" * 200_000, "json_too_deep"),
        (b'{"a":' * 200_000, "json_too_deep"),
        (b"[" + b"1" * 10_000 + b"]", "json_broken"),
        (b"[" + b"{}," * 1_600_000 + b"{}]", "json_too_large"),
    ],
)
def test_what_is_no_history_is_refused_with_one_clear_line(data, code):
    assert refused(data) == code


def test_a_zip_bomb_is_not_opened():
    assert refused(zipped({"ratings.csv": b"0" * (30 * MB)}), "bomb.zip") == "zip_bomb"


def test_many_files_that_are_large_together_are_refused():
    line = b"2020-01-02,Heat,1995,u,4.5," + bytes(str(list(range(4_000))), "ascii")
    files = {f"ratings{number}.csv": line * 500 for number in range(7)}
    assert refused(zipped(files), "large.zip") == "zip_too_large"


def test_a_zip_that_lies_about_its_sizes_is_stopped_while_it_is_read():
    honest = zipped({"ratings.csv": b"a,b\n" * (18 * MB)})
    at = honest.rfind(b"PK\1\2")
    lie = bytearray(honest)
    struct.pack_into("<I", lie, at + 24, 100)  # the size that the table of contents names
    assert refused(bytes(lie), "liar.zip") in {"zip_broken", "zip_too_large"}


def test_a_zip_inside_a_zip_stays_shut():
    inner = zipped({"ratings.csv": letterboxd("2020-01-02,Inner,1995,u,4")})
    history = read(zipped({"ratings.csv": letterboxd(HEAT), "more.zip": inner, "fake.csv": inner}), "l.zip")
    assert [film.title for film in history.films] == ["Heat"]
    assert set(history.unread) == {"more.zip", "fake.csv"}


@pytest.mark.parametrize("name", ["../ratings.csv", "/etc/ratings.csv", "..\\..\\ratings.csv", "C:\\ratings.csv"])
def test_a_name_that_climbs_out_of_the_zip_is_left_alone(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert refused(zipped({name: letterboxd(HEAT)}), "l.zip") == "nothing_known"
    assert list(tmp_path.rglob("*")) == []


def test_a_locked_zip_is_refused():
    data = bytearray(zipped({"ratings.csv": letterboxd(HEAT)}))
    data[6] |= 1
    data[data.rfind(b"PK\1\2") + 8] |= 1
    assert refused(bytes(data), "l.zip") == "zip_locked"


@pytest.mark.parametrize("cut", [10, 60, 0.5, 0.9])
def test_half_a_zip_is_refused(cut):
    data = zipped({"ratings.csv": letterboxd(*[HEAT] * 50), "watched.csv": letterboxd(*[HEAT] * 50)})
    assert refused(data[: cut if isinstance(cut, int) else int(len(data) * cut)], "l.zip") == "zip_broken"


def test_a_damaged_zip_is_refused():
    data = bytearray(zipped({"ratings.csv": letterboxd(*[f"2020-01-02,Film {n},1995,u,4" for n in range(200)])}))
    data[60:90] = b"\xff" * 30
    assert refused(bytes(data), "l.zip") == "zip_broken"


def test_a_zip_with_far_too_many_files_is_refused_before_its_contents_are_read():
    files = {f"lists/{number:05}.csv": "" for number in range(container.MOST_FILES + 1)}
    assert refused(zipped(files, zipfile.ZIP_STORED), "l.zip") == "zip_too_many"
    assert refused(b"PK\3\4" + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 0, 0, 2**31, 0, 0), "l.zip") == "zip_too_many"


def test_a_million_lines_are_refused():
    assert refused(letterboxd(*[HEAT] * 1_000_000)) == "too_many_rows"


def test_lines_are_counted_over_all_files_of_a_zip():
    rows = [f"2020-01-02,Film {number},1995,u,4.5" for number in range(text.MOST_ROWS // 2 + 1)]
    assert refused(zipped({"ratings.csv": letterboxd(*rows), "watched.csv": letterboxd(*rows)}), "l") == "too_many_rows"


def test_a_line_of_a_megabyte_is_left_out_and_the_others_come_in():
    history = read(letterboxd(HEAT, f"2020-01-02,{'x' * MB},1995,u,4", "2020-01-02,Ronin,1998,u,4"))
    assert [film.title for film in history.films] == ["Heat", "Ronin"]
    assert [skip.reason for skip in history.skipped] == ["too_long"]


@pytest.mark.parametrize("data", [b"," * 5 * MB, b"Title,Year,Rating" + b",x" * MB + b"\nHeat,1995,4\n"])
def test_a_line_of_millions_of_cells_is_no_header(data):
    assert refused(data) == "nothing_known"


def test_the_ratings_of_several_people_are_refused():
    data = table("userId,movieId,title,rating,timestamp", "1,2,Heat (1995),4,1", "2,2,Heat (1995),4,1")
    assert refused(data) == "many_people"


def test_movielens_numbers_alone_are_refused_with_what_to_do():
    assert refused(table("movieId,rating,timestamp", "2,4,1")) == "movielens_alone"


def test_halves_of_letters_and_nul_do_not_reach_the_database():
    film = {"title": "He\x00at\ud800", "imdb": "tt0113277", "acts": [{"kind": "view", "comment": "a\x00\udc00b"}]}
    data = document({"format": "marquee-history", "version": 1, "films": [film]})
    (read_film,) = read(data, "x.json").films
    assert read_film.title == "Heat"
    assert read_film.acts["view"].comment == "ab"


@given(st.binary(max_size=400))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_read_or_refused_and_never_break_anything(data):
    for name, content in (("x.csv", data), ("x.zip", b"PK" + data), ("x.csv", b"Title,Year,Rating\n" + data)):
        assert answer(name, content) != ""


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=9) | st.integers(), lambda inner: (
    st.lists(inner, max_size=4)
    | st.dictionaries(st.sampled_from(["movie", "ids", "rating", "films", "acts", "kind", "title", "year"]), inner)
)))  # fmt: skip
@settings(max_examples=200, deadline=None)
def test_any_json_is_read_or_refused(content):
    for said in (content, [content], {"format": "marquee-history", "version": 1, "films": content, "genres": content}):
        assert answer("x.json", document(said)) != ""


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_cell_that_could_be_a_formula_is_disarmed_and_read_back_as_it_was(cell):
    assert text.armed(cell) == f"'{cell}"
    assert text.armless(text.armed(cell)).strip() == cell.strip()


def test_an_upload_that_says_it_is_too_large_is_refused_before_it_is_read(member):
    answer = member.generic(
        "POST",
        reverse("recs:history_import"),
        b"",
        content_type="multipart/form-data; boundary=x",
        CONTENT_LENGTH=str(100 * MB),
    )
    assert answer.status_code == 413
    assert "This file is too large: we read up to 20 MB." in answer.content.decode()


def test_a_form_without_a_token_is_refused(viewer):
    client = Client(enforce_csrf_checks=True)
    client.force_login(viewer)
    assert client.post(reverse("recs:history_import"), {"file": io.BytesIO(letterboxd(HEAT))}).status_code == 403


@pytest.mark.parametrize("kind", ["image/png", "text/html", "application/x-msdownload"])
def test_what_the_browser_calls_a_file_does_not_matter(member, kind):
    file = SimpleUploadedFile("ratings.csv", letterboxd(HEAT), content_type=kind)
    assert member.post(reverse("recs:history_import"), {"file": file}).status_code == 302
