"""JSON: what Trakt exports, and what we export ourselves."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from recs.history import values
from recs.history.container import Part
from recs.history.records import LISTED, LONGEST_TITLE, Act, Refusal, Row, Skip
from recs.history.text import MOST_ROWS

OURS = "marquee-history"
VERSION = 1
LARGEST = 16 * 1024 * 1024
MOST_VALUES = 3_000_000  # each costs far more memory than the two letters it may take in the file
KINDS = ("rating", "view", "like", "dislike", "favorite", "watchlist", "not_interested", "click")
NOTES = ("from", "group", "asked")  # what our own rows carry beside the act
LONGEST_COMMENT = 10_000
TRAKT = ("movie", "show", "episode", "season")


def load(text: str) -> Any:
    """Raises Refusal for what is no JSON, or JSON made to exhaust whoever reads it."""
    if len(text) > LARGEST or sum(map(text.count, "[{,")) > MOST_VALUES:
        raise Refusal("json_too_large", most=LARGEST // (1024 * 1024))
    try:
        return json.loads(text)
    except RecursionError as problem:
        raise Refusal("json_too_deep") from problem
    except ValueError as problem:
        raise Refusal("json_broken") from problem


def is_ours(content: Any) -> bool:
    return isinstance(content, dict) and content.get("format") == OURS


def is_trakt(content: Any) -> bool:
    return isinstance(content, list) and any(_what(item) for item in content[:50])


def genres(content: Mapping[str, Any]) -> list[int]:
    """TMDB's numbers of the genres that the person likes, from our own export."""
    said = content.get("genres")
    found = [values.tmdb(one.get("tmdb")) for one in said if isinstance(one, dict)] if isinstance(said, list) else []
    return list(dict.fromkeys(number for number in found if number))[:100]


def ours(content: Mapping[str, Any], *, now: datetime) -> Iterator[Row | Skip]:
    if content.get("version") != VERSION:
        raise Refusal("newer_export")
    films = content.get("films")
    for film in _few(films if isinstance(films, list) else []):
        if not isinstance(film, dict):
            yield Skip("", "no_title")
            continue
        said = film.get("acts")
        acts = [act for one in (said if isinstance(said, list) else []) if (act := _our_act(one, now))]
        row = _film(film, film, tuple(acts))
        yield row if acts or isinstance(row, Skip) else Skip(row.title, "no_acts", row.year, row.imdb)


def _our_act(said: Any, now: datetime) -> Act | None:
    if not isinstance(said, dict) or said.get("kind") not in KINDS:
        return None
    rating = values.number(said["rating"]) if said.get("rating") is not None else None
    if (said["kind"] == "rating") != (rating is not None):
        return None
    if rating is not None and not (0.5 <= rating <= 5 and rating * 2 == int(rating * 2)):
        return None
    notes = said.get("metadata")
    kept = (
        {key: _storable(notes[key])[:40] for key in NOTES if isinstance(notes.get(key), str)}
        if isinstance(notes, dict)
        else {}
    )
    comment = said.get("comment")
    comment = _storable(comment)[:LONGEST_COMMENT] if isinstance(comment, str) else ""
    return Act(said["kind"], rating, values.when(said.get("at"), now=now), kept or None, comment)


def trakt(content: list[Any], part: Part, *, now: datetime) -> Iterator[Row | Skip]:
    """Ratings are out of 10; plays count as seen; what a list is for, only its file's name can say."""
    for item in _few(content):
        what = _what(item)
        if not what:
            yield Skip("", "no_title")
            continue
        if what != "movie":
            named = item[what] if isinstance(item.get(what), dict) else {}
            show = item["show"] if isinstance(item.get("show"), dict) else {}
            yield Skip(_text(show.get("title") or named.get("title")), "series")
            continue
        movie = item["movie"]
        acts = _trakt_acts(item, part, now)
        ids = movie.get("ids") if isinstance(movie.get("ids"), dict) else {}
        yield _film(movie, ids, acts) if acts is not None else Skip(_text(movie.get("title")), "bad_rating")


def _trakt_acts(item: Mapping[str, Any], part: Part, now: datetime) -> tuple[Act, ...] | None:
    rating = values.number(item["rating"]) if item.get("rating") is not None else 0.0
    if rating is None or not 0 <= rating <= 10:
        return None
    if rating:
        return (Act("rating", values.stars(rating, 10), values.when(item.get("rated_at"), now=now)),)
    seen = item.get("watched_at") or item.get("last_watched_at")
    if seen or "plays" in item or "rated_at" in item:
        return (Act("view", None, values.when(seen or item.get("rated_at"), now=now)),)
    meant = "watchlist" if "watchlist" in part.stem else "favorite" if "favo" in part.stem else LISTED
    return (Act(meant, None, values.when(item.get("listed_at") or item.get("collected_at"), now=now)),)


def _what(item: Any) -> str:
    """Which kind of thing an entry is about; "" when it is none that we know."""
    if not isinstance(item, dict):
        return ""
    kinds = [kind for kind in TRAKT if isinstance(item.get(kind), dict)]
    return next((kind for kind in ("episode", "season", "show", "movie") if kind in kinds), "")


def _film(film: Mapping[str, Any], ids: Mapping[str, Any], acts: tuple[Act, ...]) -> Row | Skip:
    title, original = _text(film.get("title")), _text(film.get("original_title"))
    imdb, tmdb = values.imdb(_text(ids.get("imdb"))), values.tmdb(ids.get("tmdb"))
    if not (title or imdb or tmdb):
        return Skip("", "no_title")
    slug = _text(film.get("slug")) if film is ids else ""
    return Row(title, acts, original, values.year(film.get("year")), imdb, tmdb, slug)


def _text(value: Any) -> str:
    return " ".join(_storable(value[:LONGEST_TITLE]).split()) if isinstance(value, str) else ""


def _storable(text: str) -> str:
    """Without NUL and halves of letters, which JSON may hold and PostgreSQL does not."""
    return text.replace("\0", "").encode("utf-8", "ignore").decode()


def _few(items: list[Any]) -> list[Any]:
    if len(items) > MOST_ROWS:
        raise Refusal("too_many_rows", most=MOST_ROWS)
    return items
