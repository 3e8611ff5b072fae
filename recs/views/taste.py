"""How picks are made, in a person's own hands: the taste panel, and what they told us not to use."""

from dataclasses import asdict, replace
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import reswap, retarget, trigger_client_event

from recs import queries, sentences, whys
from recs import taste as settings
from recs.forms_taste import AdjustForm, Change, TasteForm, packed
from recs.home import TOP
from recs.http import MemberRequest
from recs.sentences import WayBack
from recs.services import tastes
from recs.taste import Taste
from recs.views import answers
from web.htmx import wants_partial


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def taste(request: MemberRequest) -> HttpResponse:
    if request.method != "POST":
        return _page(request, TasteForm(user=request.user))
    form = TasteForm(_sent(request), user=request.user)
    if not form.is_valid():
        return _refused(request, form)
    shown = _top(request)
    before = tastes.save(user=request.user, taste=form.chosen)
    return _saved(request, sentences.picks_changed(shown, _top(request)), before)


@require_POST
def use(request: MemberRequest) -> HttpResponse:
    """An adjustment changed from the list of all of them; from the reasons of one film see `film.adjust`."""
    form = AdjustForm(request.POST)
    if not form.is_valid():
        return answers.refused(request, answers.first_error(form))
    change: Change = form.cleaned_data["change"]
    before = replace(change, weight=tastes.adjust(user=request.user, **asdict(change)))
    way_back = WayBack(request.path, "change", before.said)
    sentence = sentences.adjusted(whys.name_of(change), change.weight)
    if wants_partial(request):
        answer = render(request, "recs/taste.html#adjusted", {"adjusted": whys.adjusted(request.user)})
        answer.write(answers.toast(request, sentences.with_way_back(sentence, way_back, in_toast=True)))
        return reswap(retarget(answer, "#adjusted"), "outerHTML")
    messages.success(request, sentences.with_way_back(sentence, way_back))
    return HttpResponseRedirect(reverse("recs:taste") + "#adjusted")


def panel(request: MemberRequest, form: TasteForm) -> dict[str, Any]:
    """What the taste panel needs, wherever it stands. It opens where somebody left it open, or is at work in it."""
    is_open = request.COOKIES.get("taste") == "open" or request.GET.get("taste") == "open"
    now = settings.of(request.user)
    return {"taste": form, "taste_open": is_open, "taste_now": settings.CHOICES[now.algorithm].label}


def _sent(request: MemberRequest) -> QueryDict:
    """A reset sends what everybody has; an undo sends, in one word, the settings as they were."""
    posted = request.POST
    if posted.get("reset"):
        return QueryDict(packed(Taste(algorithm=settings.ours(request.user))))
    before = posted.get("to")
    return QueryDict(str(before)) if before else posted


def _top(request: MemberRequest) -> list[int]:
    return [pick.movie_id for pick in queries.stored_picks(request.user)[:TOP]]


def _page(request: MemberRequest, form: TasteForm) -> HttpResponse:
    context = {**panel(request, form), "adjusted": whys.adjusted(request.user), "here": reverse("recs:taste")}
    return render(request, "recs/taste.html", context, status=422 if form.is_bound else 200)


def _refused(request: MemberRequest, form: TasteForm) -> HttpResponse:
    """What was sent stands in the form, with what is wrong beside it; nothing is kept."""
    if not wants_partial(request):
        return _page(request, form)
    answer = render(request, "recs/_taste_form.html", panel(request, form), status=422)
    return reswap(retarget(answer, "#taste-form"), "outerHTML")


def _saved(request: MemberRequest, sentence: str, before: Taste) -> HttpResponse:
    way_back = WayBack(reverse("recs:taste"), "to", packed(before))
    if not wants_partial(request):
        messages.success(request, sentences.with_way_back(sentence, way_back))
        return HttpResponseRedirect(_next(request))
    answer = answers.fresh_rows(request) if answers.is_home(request) else reswap(HttpResponse(), "none")
    form = TasteForm(user=request.user)
    # What somebody moved themselves is already where they moved it, and may be under their finger.
    moved = not any(request.POST.get(name) for name in ("reset", "to", "step"))
    answer.write(render_to_string("recs/_taste_now.html", {**panel(request, form), "moved": moved}, request=request))
    said = sentences.with_way_back(sentence, way_back, in_toast=True)
    answer.write(answers.toast(request, said, about="taste"))
    there = "taste" if answers.is_home(request) else "taste-form"
    # The button of an undo goes with its toast; whoever pressed it stands in the panel again.
    return trigger_client_event(answer, "focus-in", {"id": there}, after="settle") if request.POST.get("to") else answer


def _next(request: MemberRequest) -> str:
    """Back to the panel, which stands open on the home page."""
    back = request.POST.get("next", "")
    return f"{reverse('home')}?taste=open#taste" if back.partition("?")[0] == reverse("home") else reverse("recs:taste")
