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
_SMALL = """
    able about accidentally actually after again against ago all along already also although always among and
    another any anything apart are around arrive arrives attempt attempts away back bad based became because become
    becomes been before begin beginning begins being believe believes best better between big both bring bringing
    brings but call called came can cannot caught cause change changed changes come comes coming could couple course
    day days deal decide decides despite did didn different discover discovers does doesn doing don done down during
    each early easy either else embark encounter encounters end ends enough enter entire even eventually ever every
    everyone everything fall falls far fast feel fellow felt few final finally find finding finds first five follow
    following follows for force forced forces four from front full further gave get gets getting give gives giving
    goes good got great greatest grow growing grows had half hand hands happen happened happens hard has have having
    help helps her hers herself high him himself his hit hold holds hope hopes how however inside instead into
    involved isn its itself join joins just keep keeps knew know known knows large last late later latest lead
    leading leads learn learns least leave leaves leaving led left less let life like little live lives living long
    longer look looking looks lost lot made major make makes making man many may meanwhile meet meets men met might
    mind more most move moves moving much must named near need needs never new next night not nothing now off offer
    old once one only open order other others our out over own part past people perfect place plan plans play plays
    point put puts quickly quite ready real really recently remain remains return returns right run running runs
    same says second seem seemingly seems seen sees self sent set sets seven several she should shows simple since
    six slowly small some someone something sometimes soon special spend start started starting starts stay still
    stop story strange struggle struggles struggling success such suddenly take taken takes taking tell tells ten
    than that the their them themselves then there these they thing things think thinks this those thought threatens
    three through time times together told too took toward towards tries trip try trying turn turned turning turns
    two under unexpected unlikely until upon used uses using various very want wanted wants was wasn watch way week
    well went were what when where which while who whole whom whose why will win with within without woman women won
    word words work working works world worst would wrong year years yet you young your
"""
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
