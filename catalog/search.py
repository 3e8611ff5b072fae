"""Finding films and people by what somebody typed: one query for both, then one for the cards.

Words are looked up in `Movie.search` (full text, accents ignored, the last word may be unfinished) and in people's
names. Only when no title and no name holds them does likeness of spelling (trigrams) come in, so that a search that
hits costs the same however large the catalogue is.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection

from catalog import asked, names, queries
from catalog.asked import WORDS, Asked

MOST_HITS = 480  # candidates that are ranked; nobody turns to the 21st page
PEOPLE = 6
# ts_rank's weights, in PostgreSQL's order D, C, B, A: overview, cast and director, title.
WEIGHTS = "{0, 0.1, 0.4, 1.0}"
NAMED = "{0, 0, 1, 1}"


@dataclass(frozen=True, slots=True)
class Hit:
    """A film or a person, with what a list of suggestions shows of it."""

    pk: int
    label: str
    slug: str
    year: int | None
    near: bool  # found by likeness of spelling only
    likeness: float


@dataclass(frozen=True, slots=True)
class Hits:
    films: list[Hit]
    people: list[Hit]
    total: int  # of films, up to MOST_HITS

    @property
    def did_you_mean(self) -> str | None:
        """The likeliest spelling, where nothing was found as typed."""
        found = [*self.films, *self.people]
        if not found or not all(hit.near for hit in found):
            return None
        people = [hit for hit in self.people if hit.likeness >= max(film.likeness for film in (*self.films, hit))]
        return (people or found)[0].label


def find(query: Asked, *, films: int, people: int = PEOPLE, offset: int = 0) -> Hits:
    """The best films and people for a search; nothing, at no cost, for one that asks for nothing."""
    if query.is_empty:
        return Hits([], [], 0)
    condition, values = _conditions(query)
    sql = (_BY_WORDS if query.has_words else _BY_CONDITIONS).replace("/*conditions*/", condition)
    values |= _words(query.text) | {"films": films, "people": people, "offset": offset}
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows = cursor.fetchall()
    found: dict[str, list[Hit]] = {"film": [], "person": [], "total": []}
    for kind, *columns in rows:
        found[kind].append(Hit(*columns))
    return Hits(found["film"], found["person"], sum(hit.pk for hit in found["total"]))


def _words(text: str) -> dict[str, Any]:
    """The text itself, and its last word apart: that one may be unfinished."""
    last = ["", *WORDS.findall(text)][-1]
    head, tail = text[: len(text) - len(last)], last
    if not text.endswith(last) or '"' in text or head.endswith("-"):
        head, tail = text, ""
    pattern = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return {
        "text": text,
        "head": head,
        "tail": tail,
        "starts": f"{pattern}%",
        "inside": f"% {pattern}%",
        "weights": WEIGHTS,
        "named": NAMED,
        "most": MOST_HITS,
    }


def _conditions(query: Asked) -> tuple[str, dict[str, Any]]:
    """SQL for the operators, every value a parameter."""
    parts = ["NOT m.adult"]
    values: dict[str, Any] = {}
    if query.first_year is not None:
        parts.append("m.release_date >= make_date(%(first_year)s, 1, 1)")
        values["first_year"] = query.first_year
    if query.last_year is not None:
        parts.append("m.release_date <= make_date(%(last_year)s, 12, 31)")
        values["last_year"] = query.last_year
    if query.rating is not None:
        parts.append(f"m.tmdb_rating {query.rating[0]} %(rating)s")
        values["rating"] = query.rating[1]
    has_genre = "EXISTS (SELECT FROM movie_genres g WHERE g.movie_id = m.id AND g.genre_id = ANY(%({})s))"
    for number, genre in enumerate(query.genres):
        parts.append(has_genre.format(f"genre{number}"))
        values[f"genre{number}"] = genre_ids([genre])
    if query.without:
        parts.append("NOT " + has_genre.format("without"))
        values["without"] = genre_ids(query.without)
    for number, person in enumerate(query.people):
        parts.append(_PLAYS.format(f"person{number}"))
        values[f"person{number}"] = person
    return " AND ".join(parts), values


def genre_ids(said: Iterable[str]) -> list[int]:
    """Ids of the genres that begin with what was said, in English or in the reader's language: g:sci is enough."""
    wanted = tuple(name.casefold().replace("-", " ") for name in said)
    return [
        genre.pk
        for slug, genre in queries.facets().genres.items()
        if slug.replace("-", " ").startswith(wanted) or names.genre(genre.name).casefold().startswith(wanted)
    ]


def unknown_genres(query: Asked) -> list[str]:
    return [name for name in (*query.genres, *query.without) if not genre_ids([name])]


def parse(typed: str) -> Asked:
    return asked.parse(typed)


_PLAYS = """m.id IN (SELECT c.movie_id FROM people p JOIN movie_cast c ON c.person_id = p.id
    WHERE f_unaccent(lower(p.name)) %%> f_unaccent(lower(%({0})s))
    AND word_similarity(f_unaccent(lower(%({0})s)), f_unaccent(lower(p.name))) >= 0.6)"""

_QUERY = r"""(
    (websearch_to_tsquery('simple', f_unaccent(%(head)s)) && to_tsquery('simple', CASE WHEN %(tail)s = '' THEN ''
        ELSE '''' || regexp_replace(f_unaccent(%(tail)s), '\W', ' ', 'g') || ''':*' END))
    || websearch_to_tsquery('english', f_unaccent(%(text)s)))"""

_TYPED = "f_unaccent(lower(%(text)s))"
_TITLE = "f_unaccent(lower(m.title))"
_BARE_TITLE = f"regexp_replace({_TITLE}, '^(the|an?) ', '')"
_NAME = "f_unaccent(lower(p.name))"
# Likeness to the best stretch of a title finds it; likeness to the whole tells Amélie from American Pie.
_LIKE = "(0.6 * word_similarity({0}, {1}) + 0.4 * similarity({0}, {2}))"

_BY_WORDS = f"""
WITH direct AS MATERIALIZED (
    SELECT m.id FROM movies m WHERE {_TITLE} = {_TYPED} AND /*conditions*/
    UNION
    (SELECT m.id FROM movies m WHERE m.search @@ {_QUERY} AND /*conditions*/
     ORDER BY m.popularity_score DESC, m.id LIMIT %(most)s)
), names AS MATERIALIZED (
    SELECT p.id, 1.0::float8 AS likeness FROM people p
    WHERE {_NAME} LIKE f_unaccent(lower(%(starts)s)) OR {_NAME} LIKE f_unaccent(lower(%(inside)s))
    ORDER BY {_NAME} = {_TYPED} DESC, p.id LIMIT 50
), hit AS MATERIALIZED (
    SELECT EXISTS (SELECT FROM names) OR EXISTS (
        SELECT FROM direct d JOIN movies m USING (id) WHERE ts_rank(%(named)s::float4[], m.search, {_QUERY}) > 0
        OR {_TITLE} = {_TYPED}) AS found
), near_names AS MATERIALIZED (
    SELECT p.id, {_LIKE.format(_TYPED, _NAME, _NAME)} AS likeness FROM people p
    WHERE NOT (SELECT found FROM hit) AND {_NAME} %%> {_TYPED}
    ORDER BY likeness DESC, p.id LIMIT 5
), near_titles AS MATERIALIZED (
    SELECT m.id, {_LIKE.format(_TYPED, _TITLE, _BARE_TITLE)} AS likeness FROM movies m
    WHERE NOT (SELECT found FROM hit) AND {_TITLE} %%> {_TYPED} AND /*conditions*/
), best AS MATERIALIZED (
    SELECT greatest((SELECT max(likeness) FROM near_names), (SELECT max(likeness) FROM near_titles), 0) AS likeness
), who AS MATERIALIZED (
    SELECT id, likeness, false AS near FROM names UNION ALL
    SELECT id, likeness, true FROM near_names WHERE likeness >= 0.8 * (SELECT likeness FROM best)
), found AS (
    SELECT id, max(likeness) AS likeness, bool_and(near) AS near FROM (
        SELECT id, 0.0::float8 AS likeness, false AS near FROM direct
        UNION ALL SELECT id, likeness, true FROM near_titles WHERE likeness >= 0.75 * (SELECT likeness FROM best)
        UNION ALL SELECT m.id, 0.9 * who.likeness, who.near FROM who
            JOIN movie_cast c ON c.person_id = who.id JOIN movies m ON m.id = c.movie_id WHERE /*conditions*/
    ) every GROUP BY id
), scored AS (
    SELECT m.id, m.title, m.slug, m.release_date, found.near, found.likeness, m.popularity_score,
        CASE WHEN {_TYPED} IN ({_TITLE}, f_unaccent(lower(m.original_title))) THEN 4
            WHEN {_BARE_TITLE} = {_TYPED} THEN 3
            WHEN {_TITLE} LIKE f_unaccent(lower(%(starts)s)) THEN 1 ELSE 0 END
        + 2 * ts_rank(%(weights)s::float4[], m.search, {_QUERY}) + 2 * found.likeness
        + 0.5 * word_similarity({_TYPED}, {_TITLE})
        + 0.5 * m.popularity_score / (10 + m.popularity_score) AS score
    FROM found JOIN movies m USING (id)
)
(SELECT 'film', id, title, slug, extract(year FROM release_date)::int, near, likeness FROM scored
 ORDER BY score DESC, popularity_score DESC, id LIMIT %(films)s OFFSET %(offset)s)
UNION ALL
(SELECT 'person', p.id, p.name, p.slug, NULL, who.near, who.likeness FROM who JOIN people p USING (id)
 ORDER BY {_NAME} = {_TYPED} DESC, who.likeness DESC,
    (SELECT count(*) FROM movie_cast c WHERE c.person_id = p.id) DESC, p.id LIMIT %(people)s)
UNION ALL SELECT 'total', count(*), '', '', NULL, false, 0 FROM scored
"""

_BY_CONDITIONS = """
WITH found AS MATERIALIZED (
    SELECT m.id, m.title, m.slug, m.release_date, m.popularity_score FROM movies m WHERE /*conditions*/
    ORDER BY m.popularity_score DESC, m.id LIMIT %(most)s
)
(SELECT 'film', id, title, slug, extract(year FROM release_date)::int, false, 0 FROM found
 ORDER BY popularity_score DESC, id LIMIT %(films)s OFFSET %(offset)s)
UNION ALL SELECT 'total', count(*), '', '', NULL, false, 0 FROM found
"""
