"""What recs adds to a film's page: films like it, and why it is suggested."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from catalog import names
from catalog.models import Movie
from recs import access, explain, feedback, queries, serving, whys
from recs.http import MemberRequest, Request
from recs.shelf import COLLABORATIVE, GENRES, POPULAR
from web.htmx import render_page

SIMILAR = 16
CHOSEN_BY = {
    COLLABORATIVE: _("The taste of people who rate as you do"),
    GENRES: _("The genres you like"),
    POPULAR: _("What most people like"),
}


@login_not_required
@require_safe
def similar(request: Request, slug: str) -> HttpResponse:
    """Loaded by the film's page when it comes into view; a page of its own without JavaScript."""
    movie = access.movie_for(slug)
    picks = serving.similar(movie.pk, n=SIMILAR, exclude=request.mine.done)
    found = queries.cards([pick.movie_id for pick in picks])
    cards = [found[pick.movie_id] for pick in picks if pick.movie_id in found]
    return render_page(request, "recs/similar.html", {"movie": movie, "cards": cards}, partial="row")


@require_safe
def why(request: MemberRequest, slug: str) -> HttpResponse:
    movie = access.movie_for(slug)
    working = whys.working(feedback.weights(request.mine.deeds), movie.pk)
    context = {"movie": movie, "working": working, **_said(request, movie)}
    if working:
        cards = queries.cards([film for film, _share in working.shares])
        context["films"] = [(cards[film], share) for film, share in working.shares if film in cards]
    return render_page(request, "recs/why.html", context, partial="dialog")


def _said(request: MemberRequest, movie: Movie) -> dict[str, Any]:
    """The stored pick's own words, the film's genres, and what this person gave the film, if anything."""
    pick = queries.stored_pick(request.user, movie)
    reason = pick.reason if pick else explain.popular()
    return {
        "sentence": explain.sentences({0: reason})[0],
        "pick": pick,
        "chosen_by": CHOSEN_BY.get(pick.algorithm, pick.algorithm) if pick else "",
        "genres": [(genre.get_absolute_url(), names.genre(genre.name)) for genre in movie.genres.all()],
        "is_done": movie.pk in request.mine.done,
    }
