"""What films are made of, in people's words: the names that algorithms give to features are for machines."""

from collections.abc import Collection, Mapping

from django.utils.translation import gettext

from catalog import names
from catalog.models import Person
from recs import queries

NAMED = ("genre", "person", "decade", "language", "word", "keyword")


def words(features: Collection[str]) -> dict[str, str]:
    """The words for each of these features ("genre:12", "decade:1990"); what is no longer there is left out."""
    people = _people(features)
    genres = queries.genre_names()
    found = {feature: _word(feature, genres, people) for feature in features}
    return {feature: word for feature, word in found.items() if word}


def number(feature: str) -> int:
    """The id in "genre:12"; 0 where a feature has none."""
    own = feature.partition(":")[2]
    return int(own) if own.isascii() and own.isdigit() and len(own) < 19 else 0


def block(feature: str) -> str:
    return feature.partition(":")[0]


def _people(features: Collection[str]) -> dict[int, str]:
    wanted = {number(feature) for feature in features if block(feature) == "person"}
    return dict(Person.objects.filter(pk__in=wanted).values_list("pk", "name")) if wanted else {}


def _word(feature: str, genres: Mapping[int, str], people: Mapping[int, str]) -> str:
    kind, own = block(feature), feature.partition(":")[2]
    if kind == "genre":
        return names.genre(genres[number(feature)]) if number(feature) in genres else ""
    if kind == "person":
        return people.get(number(feature), "")
    if kind == "decade":
        return gettext("%(year)ss") % {"year": own}
    return names.language(own) if kind == "language" else own
