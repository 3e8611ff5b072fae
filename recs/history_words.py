"""What the import pages say: why a file was refused, why a line was left out, where the file is from."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from recs import cards
from recs.history.records import Refusal
from recs.models import Interaction

FORMATS: Mapping[str, Promise | str] = {
    "letterboxd": "Letterboxd",
    "imdb": "IMDb",
    "trakt": "Trakt",
    "movielens": "MovieLens",
    "marquee": _("our own export"),
    "csv": _("a table"),
}
REFUSALS: Mapping[str, Promise | str] = {
    "empty": _("This file is empty."),
    "not_text": _("This is no file that we can read. Please choose the ZIP, CSV or JSON file of your export."),
    "nothing_known": _(
        "We found no films in this file. Please choose an export of Letterboxd, IMDb, Trakt or MovieLens, or a table "
        "with the columns Title, Year and Rating."
    ),
    "too_often": _("These were many files in a short time. Please try again in a few minutes."),
    "too_large": _("This file is too large: we read up to %(most)d MB."),
    "too_many_rows": _("This file has too many lines: we read up to %(most)d."),
    "zip_broken": _("This ZIP file is damaged. Please download your export once more."),
    "zip_locked": _("This ZIP file is locked with a password. Please choose one without."),
    "zip_too_many": _("This ZIP file holds too many files: we read up to %(most)d."),
    "zip_too_large": _("Unpacked, this ZIP file is too large: we read up to %(most)d MB."),
    "zip_bomb": _("This ZIP file unpacks to far more than an export can hold, so we did not open it."),
    "json_broken": _("This JSON file is damaged. Please download your export once more."),
    "json_too_deep": _("This JSON file is nested far deeper than an export can be, so we did not read it."),
    "json_too_large": _("This JSON file is too large: we read up to %(most)d MB."),
    "newer_export": _("This export was made by another version of this site, and we cannot read it."),
    "many_people": _("This file holds the ratings of more than one person. Please choose one with yours only."),
    "movielens_alone": _(
        "This file names its films by MovieLens numbers only. Please put it into a ZIP file together with links.csv "
        "or movies.csv."
    ),
}
REASONS: Mapping[str, Promise | str] = {
    "series": _("Not a film"),
    "no_title": _("No title"),
    "bad_rating": _("A rating that we cannot read"),
    "too_long": _("A line too long to read"),
    "no_acts": _("Nothing said about it"),
}
NOT_FOUND, NOT_CHOSEN, KEPT = _("Not in our catalogue"), _("Several matches, none chosen"), _("We kept yours")
_KINDS: Mapping[str, Promise | str] = {
    "view": _("Seen"),
    "like": _("Liked"),
    "dislike": _("Disliked"),
    "favorite": _("Favourite"),
    "watchlist": _("Watchlist"),
    "not_interested": _("Not interested"),
    "click": _("Picked in the welcome"),
    "listed": _("On a list"),
}


def refusal(problem: Refusal) -> str:
    said = REFUSALS.get(problem.code, REFUSALS["not_text"])
    return str(said) % problem.facts if problem.facts else str(said)


def kind(name: str, rating: float | None) -> str:
    """One act in a word or two."""
    if name != Interaction.Type.RATING or rating is None:
        return str(_KINDS.get(name, name))
    return cards.spoken(rating)


def scale(highest: int) -> str:
    """The rule by which ratings became stars, with an example."""
    if highest == 10:
        return gettext("Ratings are out of 10 in this file: 7 becomes 3½ stars.")
    if highest == 100:
        return gettext("Ratings are out of 100 in this file: 70 becomes 3½ stars, and 45 becomes 2½.")
    return gettext("Ratings are out of 5 in this file, in stars like ours.")
