"""What we say after an act, in one sentence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from catalog.models import Movie
from recs.models import Interaction
from recs.services.interactions import Undo
from recs.services.pending import Act

Kind = Interaction.Type

DONE: Mapping[str, Promise | str] = {
    Kind.WATCHLIST: _("{film} is on your watchlist."),
    Kind.FAVORITE: _("{film} is one of your favourites."),
    Kind.LIKE: _("You like {film}."),
    Kind.DISLIKE: _("You did not like {film}."),
    Kind.NOT_INTERESTED: _("{film} is hidden from your picks."),
    Kind.VIEW: _("You have seen {film}."),
}
TAKEN_BACK: Mapping[str, Promise | str] = {
    Kind.WATCHLIST: _("{film} is off your watchlist."),
    Kind.FAVORITE: _("{film} is no longer a favourite."),
    Kind.LIKE: _("Your like of {film} is gone."),
    Kind.DISLIKE: _("Your dislike of {film} is gone."),
    Kind.NOT_INTERESTED: _("{film} may be recommended again."),
    Kind.VIEW: _("{film} is no longer marked as seen."),
}


def said(movie: Movie, act: Act) -> SafeString:
    """The sentence as HTML: the title is escaped and keeps its own writing direction."""
    if act.kind != Kind.RATING:
        return _about(movie, str((DONE if act.on else TAKEN_BACK)[act.kind]))
    if act.rating:
        stars = number_format(act.rating, decimal_pos=None if act.rating % 1 else 0)
        return _about(movie, gettext("You gave {film} {stars} out of 5."), stars=stars)
    return _about(movie, gettext("Your rating of {film} is gone."))


def restored(movie: Movie) -> SafeString:
    return _about(movie, gettext("{film} is back as it was."))


def log_in_first(movie: Movie) -> SafeString:
    return _about(movie, gettext("Log in or join, and we will remember that about {film}."))


def with_undo(sentence: SafeString, movie: Movie, undo: Undo | None, *, in_toast: bool = False) -> SafeString:
    """The sentence with the button that takes the act back; it needs no form of its own (see base.html)."""
    context = {"sentence": sentence, "movie": movie, "undo": undo, "in_toast": in_toast}
    return render_to_string("recs/_said.html", context)


def picks_changed(before: Sequence[int], after: Sequence[int]) -> str:
    """What a change of taste did to the first picks, given as ids in their order."""
    new = len(set(after) - set(before))
    if new:
        changed = ngettext("%(new)d of %(all)d pick changed.", "%(new)d of %(all)d picks changed.", len(after))
        return changed % {"new": new, "all": len(after)}
    if list(before) != list(after):
        return gettext("The same picks, in another order.")
    return gettext("Saved. Your picks stay as they are.")


def adjusted(name: str, weight: float) -> SafeString:
    """`name` is a film, a genre, a person, or what we call popularity."""
    if weight >= 1:
        said = gettext("{name} counts in full again.")
    elif weight > 0:
        said = gettext("{name} counts less for your picks now.")
    else:
        said = gettext("{name} no longer counts for your picks.")
    return format_html(mark_safe(said), name=format_html("<bdi>{}</bdi>", name))  # noqa: S308


def moved(before: int | None, after: int | None) -> str:
    """Where a film stands among somebody's picks after a change, and where it stood before."""
    if after is None:
        return gettext("It is no longer among your picks.") if before else gettext("It is not among your picks.")
    if before is None:
        return gettext("It is now number %(after)d of your picks.") % {"after": after}
    if before == after:
        return gettext("It stays number %(after)d of your picks.") % {"after": after}
    return gettext("From number %(before)d to number %(after)d of your picks.") % {"before": before, "after": after}


@dataclass(frozen=True, slots=True)
class WayBack:
    """A button that sends one value to an address: how things were before."""

    there: str
    name: str
    value: str


def with_way_back(sentence: str, way: WayBack, *, in_toast: bool = False) -> SafeString:
    return render_to_string("recs/_way_back.html", {"sentence": sentence, "way": way, "in_toast": in_toast})


def _about(movie: Movie, sentence: str, **facts: str) -> SafeString:
    # Our own sentences are trusted; what is put into them is escaped.
    return format_html(mark_safe(sentence), film=format_html("<bdi>{}</bdi>", movie.title), **facts)  # noqa: S308
