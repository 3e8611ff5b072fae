"""What films are made of: genres, makers, decade, language and the words of their texts, each a named column.

A name is a block, a colon and what it is: "genre:12" and "person:7" (our ids), "decade:1990", "language:fr",
"word:heist". Values are 1, except that of the cast the leading part counts most; a director counts as much.
"""

import re
from collections.abc import Sequence
from itertools import chain

import numpy as np
from scipy.sparse import csr_matrix, hstack

from recs.algorithms.base import columns_of
from recs.packed import one_row, packed

TOP_CAST = 8
# A word says something when at least this many films share it and at most this part of them: the upper bound is
# what drops the small words of any language, and the list below helps where there are few films.
FEWEST_FILMS, LARGEST_SHARE = 3, 0.1
MOST_WORDS = 8_000
_WORD = re.compile(r"[^\W\d_]{3,30}")
_SMALL = """about after again against all along also although among and another any are around away back because become
    becomes been before begin begins being between both but can cannot could did does doing down during each even
    ever every few find finds for from full further gets goes had has have having her hers herself him himself his
    how into its itself just keep keeps last let made make makes many may might more most much must near never new
    not nothing now off old once one only other others our out over own past same set sets several she should since
    small some something soon still such take takes than that the their them themselves then there these they this
    those three through toward towards too turn turns two under until upon very was way were what when where which
    while who whom whose why will with within without would yet you young your"""
SMALL_WORDS = frozenset(_SMALL.split())

_GENRES = "SELECT string_agg(int4send(movie_id::int), ''), string_agg(int4send(genre_id::int), '') FROM movie_genres"
_MAKERS = f"""
    SELECT string_agg(int4send(movie_id::int), ''), string_agg(int4send(person_id::int), ''),
           string_agg(int4send(CASE WHEN job = 'Director' THEN 0 ELSE "order" END), '')
    FROM movie_cast WHERE job = 'Director' OR (cast_type = 'cast' AND "order" < {TOP_CAST})
"""
_FACTS = """
    SELECT array_agg(id), array_agg(extract(year FROM release_date)::int), array_agg(original_language),
           array_agg(concat_ws(' ', title, tagline, overview))
    FROM movies
"""

Named = tuple[csr_matrix, np.ndarray]


def genres(movie_ids: np.ndarray) -> Named:
    """Films × genres and the genres' ids."""
    films, numbers = packed(_GENRES, ">i4", ">i4")
    return table(films, numbers, np.ones(len(films)), movie_ids)


def features(movie_ids: np.ndarray, by_genre: Named) -> Named:
    """Films × features and the features' names."""
    ids, years, languages, writing = (part or [] for part in one_row(_FACTS))
    known = np.array(ids, dtype=np.int64)
    decades = [year and year // 10 * 10 for year in years]
    blocks = {
        "genre": by_genre,
        "person": _makers(movie_ids),
        "decade": _one_each(known, decades, movie_ids),
        "language": _one_each(known, languages, movie_ids),
        "word": words(known, writing, movie_ids),
    }
    names = [f"{block}:{name}" for block, (_, of) in blocks.items() for name in of.tolist()]
    return hstack([part for part, _ in blocks.values()], format="csr"), np.array(names, dtype=np.str_)


def _makers(movie_ids: np.ndarray) -> Named:
    films, people, order = packed(_MAKERS, ">i4", ">i4", ">i4")
    made, ids = table(films, people, 1 / np.sqrt(1 + order), movie_ids)
    np.minimum(made.data, 1.0, out=made.data)  # who directs and plays, or plays twice, is still one person
    return made, ids


def _one_each(films: np.ndarray, names: Sequence[str | int | None], movie_ids: np.ndarray) -> Named:
    """At most one name a film."""
    given = np.array([bool(name) for name in names], dtype=bool)
    kept = np.array([str(name) for name in names if name], dtype=np.str_)
    return table(films[given], kept, np.ones(len(kept)), movie_ids)


def words(films: np.ndarray, writing: Sequence[str], movie_ids: np.ndarray) -> Named:
    """Which of these films' texts use which words, whatever the language; too rare and too common ones left out."""
    found = [sorted(set(_WORD.findall(text.lower())) - SMALL_WORDS) for text in writing]
    owners = np.repeat(films, [len(own) for own in found])
    vocabulary, places, many = np.unique(
        np.array(list(chain.from_iterable(found)), dtype=np.str_), return_inverse=True, return_counts=True
    )
    telling = (many >= FEWEST_FILMS) & (many <= max(LARGEST_SHARE * len(films), FEWEST_FILMS))
    if telling.sum() > MOST_WORDS:
        telling &= many >= np.sort(many[telling])[-MOST_WORDS]
    inside = telling[places]
    return table(owners[inside], vocabulary[places[inside]], np.ones(int(inside.sum())), movie_ids)


def table(films: np.ndarray, names: np.ndarray, values: np.ndarray, movie_ids: np.ndarray) -> Named:
    """Films × names from pairs; pairs of films that have just come are left out, and pairs told twice add up."""
    columns = columns_of(films, movie_ids)
    inside = columns >= 0
    ids, places = np.unique(names[inside], return_inverse=True)
    return csr_matrix((values[inside], (columns[inside], places)), shape=(len(movie_ids), len(ids))), ids
