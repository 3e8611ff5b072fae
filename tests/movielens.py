"""Tiny made-up data sets in the form of every MovieLens edition."""

import zipfile
from pathlib import Path

GOOD = 1_000_000_000
FILMS = [(1, "Toy Boat (1995)", "Animation|Children's|Comedy"), (2, "Heat Wave, The (1995)", "Action|Crime|Thriller")]
RATINGS = [(1, 1, 4, GOOD), (1, 2, 3, GOOD + 1), (2, 1, 5, GOOD + 2), (3, 2, 1, GOOD + 3)]
FLAGS = 19


def csv_edition(folder: Path, *, rows: list[str] | None = None, films: list[str] | None = None) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    films = films or [f"{number},{_quoted(title)},{genres}" for number, title, genres in FILMS]
    (folder / "movies.csv").write_text("\n".join(["movieId,title,genres", *films, ""]))
    (folder / "links.csv").write_text("movieId,imdbId,tmdbId\n1,0000011,901\n2,0000012,\n")
    rows = rows if rows is not None else [f"{person},{film},{stars}.0,{at}" for person, film, stars, at in RATINGS]
    (folder / "ratings.csv").write_text("\n".join(["userId,movieId,rating,timestamp", *rows, ""]))
    return folder


def _quoted(title: str) -> str:
    return f'"{title}"' if "," in title else title


def dat_edition(folder: Path, *, half_stars: bool = False) -> Path:
    """1M has whole stars and Latin-1; 10M has half stars and UTF-8."""
    folder.mkdir(parents=True, exist_ok=True)
    encoding = "utf-8" if half_stars else "latin-1"
    films = [*FILMS, (3, "Été, L' (1999)", "Drama")]
    text = "".join(f"{number}::{title}::{genres}\n" for number, title, genres in films)
    (folder / "movies.dat").write_text(text, encoding=encoding)
    rows = [(person, film, stars - 0.5 if half_stars else stars, at) for person, film, stars, at in RATINGS]
    (folder / "ratings.dat").write_text("".join(f"{p}::{f}::{stars}::{at}\n" for p, f, stars, at in rows))
    return folder


def item_edition(folder: Path) -> Path:
    """100K: tabs, bars, flags for genres, Latin-1."""
    folder.mkdir(parents=True, exist_ok=True)
    films = [(1, "Toy Boat (1995)", {3, 4, 5}), (2, "Été, L' (Summer) (1995)", {8}), (3, "unknown", {0})]
    lines = [
        f"{number}|{title}|01-Jan-1995||http://example.org/|" + "|".join(str(int(at in flags)) for at in range(FLAGS))
        for number, title, flags in films
    ]
    (folder / "u.item").write_text("\n".join([*lines, ""]), encoding="latin-1")
    (folder / "u.data").write_text("".join(f"{p}\t{f}\t{stars}\t{at}\n" for p, f, stars, at in RATINGS))
    return folder


def zipped(folder: Path, *, top: str = "ml-tiny/") -> Path:
    path = folder.with_suffix(".zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, f"{top}{file.name}")
    return path
