"""The welcome: pick groups and genres, rate a few films, done. Each page can be skipped, left and come back to."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.services import welcome as account_welcome
from catalog import names
from catalog.models import Genre
from recs import access, feedback, onboarding, queries, serving
from recs.forms_onboarding import AnswerForm, TastesForm
from recs.http import MemberRequest
from recs.mine import Mine
from recs.onboarding import MOST_GROUPS
from recs.services import interactions, picks
from recs.services import onboarding as services
from recs.views import answers
from web.htmx import render_page, wants_partial

STRIP = 5


@never_cache
@require_safe
def welcome(request: MemberRequest) -> HttpResponse:
    """Where this person left off."""
    return redirect(onboarding.progress(request.user, request.mine).step)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def groups(request: MemberRequest) -> HttpResponse:
    """Step 1. Pressing a tile saves at once by htmx; without it the buttons below save everything."""
    page = _page_number(request)
    offered = onboarding.groups(page)
    picked = onboarding.picked_keys(request.mine)
    if request.method != "POST":
        return _groups_page(request, page, offered, picked)
    form = TastesForm(request.POST, offered=offered, picked=picked)
    if not form.is_valid():
        return _groups_page(request, page, offered, picked, form)
    services.choose(user=request.user, offered=offered, **form.cleaned_data)
    if wants_partial(request):
        kept = {group.key for group in form.cleaned_data["groups"]} | form.elsewhere
        return render(request, "recs/welcome/groups.html#count", {"count": len(kept), "most": MOST_GROUPS})
    if request.POST.get("go") == "others":
        return HttpResponseRedirect(f"{reverse('recs:welcome_groups')}?set={page + 1}")
    return redirect("recs:welcome_films")


@never_cache
@require_safe
def films(request: MemberRequest) -> HttpResponse:
    """Step 2: one film after the other, and what we would suggest by now."""
    return _films_page(request)


@require_POST
def answer(request: MemberRequest, slug: str) -> HttpResponse:
    movie = access.movie_for(slug)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return answers.refused(request, answers.first_error(form))
    if form.cleaned_data["rating"] is not None:
        interactions.rate(user=request.user, movie=movie, rating=form.cleaned_data["rating"])
    else:
        services.answer(user=request.user, movie=movie, kind=form.cleaned_data["answer"])
    if not wants_partial(request):
        return redirect("recs:welcome_films")
    request.mine = Mine(request.user)
    return _films_page(request)


@require_POST
def finish(request: MemberRequest) -> HttpResponse:
    account_welcome.finish(user=request.user)
    picks.follow(user=request.user)
    messages.success(request, _("Done: these films are picked for you. Change any of this in your settings."))
    return redirect("home")


@require_POST
def skip(request: MemberRequest) -> HttpResponse:
    account_welcome.leave(user=request.user)
    messages.info(request, _("Skipped. The way back is on your home page."))
    return redirect("home")


def _page_number(request: MemberRequest) -> int:
    asked = request.POST.get("set") or request.GET.get("set") or ""
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 4 else 0


def _groups_page(
    request: MemberRequest,
    page: int,
    offered: list[onboarding.Group],
    picked: frozenset[str],
    form: TastesForm | None = None,
) -> HttpResponse:
    """After a refused form what was pressed stays pressed."""
    pressed = set(request.POST.getlist("groups")) if form else picked
    chosen = set(request.POST.getlist("genres")) if form else set(map(str, queries.genre_preferences(request.user)))
    shown = queries.cards([pk for group in offered for pk in group.films])
    tiles = [
        {
            "key": group.key,
            "genres": [names.genre(name) for name in group.genres],
            "pressed": group.key in pressed,
            "films": [shown[pk] for pk in group.films if pk in shown],
        }
        for group in offered
    ]
    context = {
        "tiles": tiles,
        "genres": [(genre.pk, names.genre(genre.name), str(genre.pk) in chosen) for genre in Genre.objects.all()],
        "count": len(picked if form is None else pressed | form.elsewhere),
        "most": MOST_GROUPS,
        "page": page,
        "errors": [error for errors in form.errors.values() for error in errors] if form else [],
    }
    return render_page(
        request, "recs/welcome/groups.html", context, partial="count", status=422 if form is not None else 200
    )


def _films_page(request: MemberRequest) -> HttpResponse:
    progress = onboarding.progress(request.user, request.mine)
    film_id = onboarding.next_film(request.mine) if progress.answered < progress.to_rate else None
    strip = _strip(request, [film_id] if film_id else [])
    shown = queries.cards([*strip, *([film_id] if film_id else [])])
    context: dict[str, Any] = {
        "progress": progress,
        "film": shown.get(film_id) if film_id else None,
        "number": progress.answered + 1,
        "strip": [shown[pk] for pk in strip if pk in shown],
        "stars": range(1, 6),
    }
    return render_page(request, "recs/welcome/films.html", context, partial="step")


def _strip(request: MemberRequest, leave_out: list[int]) -> list[int]:
    """What we would suggest to this person by now."""
    mine = request.mine
    exclude = {*feedback.settled(mine.deeds), *leave_out}
    genres = queries.genre_preferences(request.user)
    found = serving.picks(feedback.weights(mine.deeds), n=STRIP, exclude=exclude, genres=genres)
    return [pick.movie_id for pick in found]
