"""How an act is answered: by htmx with the changed pieces of the page, otherwise with the way back and a message."""

import secrets
from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.forms import Form
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django_htmx.http import HttpResponseClientRedirect, reswap, retarget, trigger_client_event

from catalog.models import Movie
from recs import cards, home, sentences
from recs.http import Request
from recs.mine import Mine
from recs.services.interactions import Undo
from web.htmx import page_address, wants_partial


def changed(request: Request, movie: Movie, sentence: SafeString, *, undo: Undo | None = None) -> HttpResponse:
    """The act is done: say so, offer the way back, and bring the page up to date."""
    if not wants_partial(request):
        messages.success(request, sentences.with_undo(sentence, movie, undo))
        return HttpResponseRedirect(back(request, movie))
    request.mine = Mine(request.user)
    # Every card of the home page is in one of its rows.
    answer = fresh_rows(request) if is_home(request) else _changed_card(request, movie)
    answer.write(toast(request, sentences.with_undo(sentence, movie, undo, in_toast=True)))
    return trigger_client_event(answer, f"film-{movie.pk}-changed", after="settle")


def is_home(request: Request) -> bool:
    """Whether htmx asked from the home page."""
    return page_address(request).partition("?")[0] == reverse("home")


def fresh_rows(request: Request) -> HttpResponse:
    """The rows of the home page anew. They go beside the strip above them, because htmx tells nobody of a swap whose
    target the swap itself took off the page."""
    answer = render(request, "recs/home.html#fresh", home.page(request))
    return reswap(retarget(answer, "#home-state"), "innerHTML")


def refused(request: Request, reason: str) -> HttpResponse:
    """Nothing was written; say why, in a form that the asker can show."""
    if wants_partial(request):
        return HttpResponse(reason, status=400, content_type="text/plain; charset=utf-8")
    return render(request, "recs/refused.html", {"reason": reason, "back": back(request)}, status=400)


def log_in_first(request: Request, sentence: str) -> HttpResponse:
    messages.info(request, sentence)
    answer = redirect_to_login(back(request))
    return HttpResponseClientRedirect(answer.url) if wants_partial(request) else answer


def first_error(form: Form) -> str:
    return next(str(error) for errors in form.errors.values() for error in errors)


def undone(request: Request, movie: Movie, sentence: SafeString) -> HttpResponse:
    """As `changed`; the button that was pressed goes, so the film's card gets the focus."""
    answer = changed(request, movie, sentence)
    return trigger_client_event(answer, "focus-in", {"id": f"card-{movie.pk}"}, after="settle")


def _changed_card(request: Request, movie: Movie) -> HttpResponse:
    """The card that was pressed, or after an undo the card wherever it stands on the page."""
    card = Movie.objects.filter(pk=movie.pk).cards()[0]
    html = cards.render(card, request.mine.state(movie.pk), language=get_language() or "en")
    if not _used_toast(request):
        return HttpResponse(html)
    return reswap(HttpResponse(f'<div hx-swap-oob="outerHTML:#card-{movie.pk}">{html}</div>'), "none")


def toast(request: Request, said: SafeString, *, about: str = "") -> str:
    """One more toast; the one whose button was pressed goes, and so does an older one about the same thing."""
    context = {"said": said, "number": secrets.token_hex(4), "used": _used_toast(request), "about": about}
    return render_to_string("recs/_toast.html", context)


def _used_toast(request: Request) -> str:
    target = request.htmx.target or ""
    return target if target.startswith("toast-") else ""


def back(request: Request, movie: Movie | None = None) -> str:
    """Where the person came from, when that is a page of ours."""
    asked: Any = page_address(request) if wants_partial(request) else request.POST.get("next", "")
    if asked and url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure()):
        return asked
    return resolve_url(movie) if movie else reverse("home")
