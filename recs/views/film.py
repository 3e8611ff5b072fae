"""What recs adds to a film's page: films like it, and why it is suggested."""

import math
from dataclasses import asdict, replace
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from catalog.models import Movie
from recs import access, explain, guesses, home, queries, sentences, serving, tuner, whys
from recs.forms_taste import AdjustForm, Change
from recs.http import MemberRequest, Request
from recs.services import enrolment, tastes
from recs.shelf import GENRES, Person
from recs.taste import CHOICES
from recs.views import answers
from web.htmx import page_address, render_page, wants_partial

SIMILAR = 16
# The engine that stands in where the one of somebody's choice has nothing to say; the others have names for people.
CHOSEN_BY = {GENRES: _("The genres you like")}


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
    return render_page(request, "recs/why.html", _reasons(request, movie), partial="dialog")


@require_POST
def adjust(request: MemberRequest, slug: str) -> HttpResponse:
    """Use less of one reason, none of it, or all of it again; answers with where the film stands now."""
    movie = access.movie_for(slug)
    form = AdjustForm(request.POST)
    if not form.is_valid():
        return answers.refused(request, answers.first_error(form))
    change: Change = form.cleaned_data["change"]
    rank = whys.rank(_served(request, movie), request.mine, movie.pk)
    before = replace(change, weight=tastes.adjust(user=request.user, **asdict(change)))
    context = _reasons(request, movie)
    said = {
        "said": sentences.adjusted(whys.name_of(change), change.weight),
        "moved": sentences.moved(rank, context["rank"]),
        "undo": before.said,
    }
    return _adjusted(request, movie, {**context, **said})


def _adjusted(request: MemberRequest, movie: Movie, context: dict[str, Any]) -> HttpResponse:
    if not wants_partial(request):
        messages.success(request, render_to_string("recs/_moved.html", context))
        return HttpResponseRedirect(reverse("recs:why", args=[movie.slug]))
    answer = render(request, "recs/why.html#adjusted", context)
    if answers.is_home(request):  # the rows behind the drawer
        answer.write(render_to_string("recs/home.html#behind", home.page(request), request))
    return answer


def _served(request: MemberRequest, movie: Movie) -> Person:
    """The person as this film is picked for them: by the algorithm of their arm; of two that are mixed, by the one that
    has brought the film, which is where it stands higher."""
    arm = enrolment.standing(request.user, draw=False).arm
    person = home.served_by(home.person_of(request.user, request.mine), arm)
    if arm is None or not arm.mixes:
        return person
    both = [replace(person, taste=replace(person.taste, algorithm=name)) for name in (arm.algorithm, arm.rival)]
    ranks = [whys.rank(one, request.mine, movie.pk) or math.inf for one in both]
    return both[ranks.index(min(ranks))] if min(ranks) <= home.TOP else person


def _reasons(request: MemberRequest, movie: Movie) -> dict[str, Any]:
    """What speaks for the film, the stored pick's own words, and where the film stands."""
    person = _served(request, movie)
    pick = queries.stored_pick(request.user, movie)
    found = whys.explained(person, movie.pk)
    algorithm = found.algorithm if found else pick.algorithm if pick else ""
    choice = CHOICES.get(algorithm)
    return {
        "movie": movie,
        "explained": found,
        "rank": whys.rank(person, request.mine, movie.pk),
        "sentence": explain.sentences({0: pick.reason if pick else explain.popular()})[0],
        "pick": pick,
        "chosen_by": choice.line if choice else CHOSEN_BY.get(algorithm, algorithm),
        "chosen_name": choice.label if choice else "",
        "version": found.version if found else pick.model_version if pick else "",
        "arm": queries.arm_of(request.user, pick.algorithm) if pick else None,
        "is_done": movie.pk in request.mine.done,
        "level": _level(request, reverse("recs:why", args=[movie.slug])),
    }


@require_safe
def guess(request: MemberRequest, slug: str) -> HttpResponse:
    """Shown on request, because a guess sways; by itself (`only=rated`) no sooner than beside the rating."""
    movie = access.movie_for(slug)
    given = request.mine.ratings.get(movie.pk)
    asked = given is not None or request.GET.get("only") != "rated"
    found = guesses.of(request.mine.ratings, movie.pk) if asked else None
    here = reverse("recs:guess", args=[movie.slug])
    context = {
        "movie": movie,
        "given": given,
        "asked": asked,
        "guess": found,
        "verdict": found.verdict(given) if found and given else "",
        "to_go": max(0, guesses.FEWEST - len(request.mine.ratings.keys() - {movie.pk})),
        # What somebody asked to see stays when they mark the film; what came with a rating goes with it.
        "again": here if asked and given is None else f"{here}?only=rated",
    }
    return render_page(request, "recs/guess.html", context, partial="guess")


@login_not_required
@require_safe
def tune(request: Request, slug: str) -> HttpResponse:
    """Loaded by the film's page when it comes into view; a page of its own without JavaScript."""
    movie = access.movie_for(slug)
    tuned = tuner.Tuner(movie, more=request.GET.getlist("more"), less=request.GET.getlist("less"))
    context: dict[str, Any] = {"movie": movie, "tuner": tuned, "cards": tuned.films(exclude=request.mine.done)}
    context["level"] = _level(request, tuned.page)
    part = "tuned" if request.htmx.target == "tuner-in" else "tuner"
    answer = render_page(request, "recs/tune.html", context, partial=part)
    if wants_partial(request) and _is_page(request, tuned.page):
        answer.headers["HX-Push-Url"] = request.get_full_path()
    return answer


def _is_page(request: Request, address: str) -> bool:
    """Whether htmx asked from the page with this address."""
    return page_address(request).partition("?")[0] == address


def _level(request: Request, address: str) -> int:
    """Of headings: below the page's own, or, in a dialog or a part of another page, below that one's."""
    return 3 if wants_partial(request) and not _is_page(request, address) else 2
