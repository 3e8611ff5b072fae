"""Rating a film, marking it, and taking that back: each works with and without JavaScript."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from catalog.models import Movie
from recs import access, sentences
from recs.forms import MarkForm, RatingForm
from recs.http import Request
from recs.mine import FLAGS
from recs.models import Interaction
from recs.services import interactions, pending
from recs.services.pending import Act
from recs.views import answers


@login_not_required
@require_POST
def rate(request: Request, slug: str) -> HttpResponse:
    movie = access.movie_for(slug)
    form = RatingForm(request.POST, movie=movie)
    if not form.is_valid():
        return answers.refused(request, answers.first_error(form))
    return _perform(request, movie, Act(Interaction.Type.RATING, rating=form.cleaned_data["rating"]))


@login_not_required
@require_POST
def mark(request: Request, slug: str, kind: str) -> HttpResponse:
    movie = access.movie_for(slug)
    if kind not in FLAGS:
        raise Http404
    form = MarkForm(request.POST)
    if not form.is_valid():
        return answers.refused(request, answers.first_error(form))
    return _perform(request, movie, Act(kind, on=form.cleaned_data["on"]))


@login_not_required
@require_POST
def undo(request: Request, slug: str) -> HttpResponse:
    movie = access.movie_for(slug)
    if not request.user.is_authenticated:
        return answers.log_in_first(request, _("Please log in to take that back."))
    try:
        interactions.undo(user=request.user, movie=movie, token=request.POST.get("token", ""))
    except interactions.UndoError:
        return answers.refused(request, _("That can no longer be undone here. Change it on the film's card instead."))
    return answers.undone(request, movie, sentences.restored(movie))


def _perform(request: Request, movie: Movie, act: Act) -> HttpResponse:
    if not request.user.is_authenticated:
        pending.keep(session=request.session, movie=movie, act=act)
        return answers.log_in_first(request, sentences.log_in_first(movie))
    undo = pending.perform(user=request.user, movie=movie, act=act)
    return answers.changed(request, movie, sentences.said(movie, act), undo=undo)
