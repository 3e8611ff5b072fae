"""Why a film is suggested: data when the pick is made, a sentence when it is shown.

Reasons are stored with the picks, so they hold ids and no words: a person may read them in another language.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from catalog import names as catalog_names
from catalog.models import Genre, Movie
from recs import traits

Reason = Mapping[str, Any]
NO_WORDS: Mapping[str, str] = MappingProxyType({})
TOLD = 3  # the three strongest films carry over a third of a score


def because(films: Iterable[tuple[int, float]], *, liked: bool = True) -> dict[str, Any]:
    """`films`: the person's own films and each one's share in the pick, strongest first."""
    return {"kind": "because", "liked": liked, "films": [{"id": film, "share": share} for film, share in films]}


def genre(genre_ids: Iterable[int]) -> dict[str, Any]:
    return {"kind": "genre", "genres": list(genre_ids)}


def popular() -> dict[str, Any]:
    return {"kind": "popular"}


def trending() -> dict[str, Any]:
    return {"kind": "trending"}


def gem() -> dict[str, Any]:
    return {"kind": "gem"}


def made_of(features: Iterable[tuple[str, float]]) -> dict[str, Any]:
    """What the film is made of that speaks for it: names as in `Dataset.feature_names`, each with its share."""
    return {"kind": "made_of", "features": [{"name": name, "share": share} for name, share in features]}


def around() -> dict[str, Any]:
    return {"kind": "around"}


def different() -> dict[str, Any]:
    return {"kind": "different"}


def alike() -> dict[str, Any]:
    return {"kind": "alike"}


def similar(movie_id: int) -> dict[str, Any]:
    return {"kind": "similar", "films": [{"id": movie_id, "share": 1.0}]}


def film_ids(reasons: Iterable[Reason]) -> set[int]:
    """The films that the sentences will name."""
    return {film["id"] for reason in reasons for film in reason.get("films", [])}


def feature_names(reasons: Iterable[Reason]) -> set[str]:
    """The features that the sentences will name."""
    return {feature["name"] for reason in reasons for feature in reason.get("features", [])}


def sentences(reasons: Mapping[int, Reason]) -> dict[int, SafeString]:
    """A sentence for each pick (by whatever key), with two queries for all of them."""
    titles = dict(Movie.objects.filter(pk__in=film_ids(reasons.values())).values_list("pk", "title"))
    wanted = {number for reason in reasons.values() for number in reason.get("genres", [])}
    names = dict(Genre.objects.filter(pk__in=wanted).values_list("pk", "name")) if wanted else {}
    made_of = feature_names(reasons.values())
    words = traits.words(made_of) if made_of else {}
    return {key: sentence(reason, titles=titles, genres=names, words=words) for key, reason in reasons.items()}


def sentence(
    reason: Reason, *, titles: Mapping[int, str], genres: Mapping[int, str], words: Mapping[str, str] = NO_WORDS
) -> SafeString:
    """What is gone is not named; a reason with nothing left to name becomes the plain one. `words`: of features."""
    made_of = [words[one["name"]] for one in reason.get("features", []) if one["name"] in words]
    films = [titles[film["id"]] for film in reason.get("films", []) if film["id"] in titles]
    named = [catalog_names.genre(genres[number]) for number in reason.get("genres", []) if number in genres]
    kind = reason.get("kind", "")
    if kind in ("because", "similar") and films:
        return _about_films(kind, tuple(films), reason.get("liked", True), get_language())
    if kind == "genre" and named:
        return format_html(_("A favourite in {genres}"), genres=_listed(named))
    if kind == "made_of" and made_of:
        return format_html(_("Made of what you like: {things}"), things=_listed(made_of))
    return escape(_plain(kind))


@lru_cache(maxsize=8192)
def _about_films(kind: str, films: tuple[str, ...], liked: bool, language: str | None) -> SafeString:
    """Remembered for the language, which is the active one: many picks of a page name the same films."""
    if kind == "similar":
        return format_html(_("Similar to {films}"), films=_listed(films))
    if liked:
        return format_html(_("Because you liked {films}"), films=_listed(films))
    return format_html(_("Because you picked {films}"), films=_listed(films))


PLAIN = {
    "trending": gettext_noop("Much watched and rated here these days"),
    "gem": gettext_noop("Little known and well rated"),
    "made_of": gettext_noop("Made of what you like"),
    "different": gettext_noop("A good bet outside your usual genres"),
    "alike": gettext_noop("Liked lately by people with your taste"),
    "around": gettext_noop("Liked at your age, in your country or in your language"),
    "popular": gettext_noop("Popular with many people"),
}


def _plain(kind: str) -> str:
    return _(PLAIN.get(kind, PLAIN["popular"]))


def _listed(names: Sequence[str]) -> SafeString:
    """One, two or three names in the order of the language, each set apart from the direction of the sentence."""
    parts = [format_html("<bdi>{}</bdi>", name) for name in names[:TOLD]]
    if len(parts) == 1:
        return parts[0]
    if len(parts) == 2:
        return format_html(_("{first} and {second}"), first=parts[0], second=parts[1])
    return format_html(_("{first}, {second} and {third}"), first=parts[0], second=parts[1], third=parts[2])
