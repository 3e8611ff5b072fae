"""Where the links of our mails lead. They work without logging in, and only a POST changes anything: programs that look
for viruses follow every link, and people forward mails. A token stands for no more than what it was signed for, so
these pages need no other proof that a form is ours.
"""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from accounts.services.preferences import django_language
from catalog.models import Movie
from notify import tokens
from notify.kinds import CHOICES
from notify.services import clicks, leaving, mail_acts, preferences
from recs import sentences

# Where a followed link may lead: pages of ours that only show something.
LEADS_TO = frozenset({"home", "catalog:movie", "recs:watchlist", "notify:preferences"})


@login_not_required
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """RFC 8058: a mail program posts here without cookies and wants 200, however often, and whoever is gone."""
    if token == tokens.SAMPLE:
        return _page(request, "sample")
    try:
        asked = tokens.read_unsubscribe(token)
    except tokens.TokenError:
        return _page(request, "broken", status=400)
    user = User.objects.filter(pk=asked.user_id).first()
    if request.method != "POST":
        return _page(request, "unsubscribe", user, scope=asked.scope, kind=CHOICES.get(asked.scope))
    said = _posted(request)
    if "undo" in said:
        return _resubscribe(request, user, str(said["undo"]))
    scope = tokens.ALL if said.get("scope") == tokens.ALL else asked.scope
    stopped = leaving.leave(user=user, scope=scope, key=asked.key) if user and _is_scope(scope) else ()
    if said.get("List-Unsubscribe"):
        return HttpResponse("Unsubscribed.\n", content_type="text/plain; charset=utf-8")
    way_back = tokens.way_back(user, stopped) if user and stopped else ""
    return _page(request, "unsubscribed", user, scope=scope, kind=CHOICES.get(scope), way_back=way_back)


@login_not_required
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def act(request: HttpRequest, token: str) -> HttpResponse:
    """Want to see, seen it, not for me: a page that asks, and a button that does it."""
    if token == tokens.SAMPLE:
        return _page(request, "sample")
    try:
        asked = tokens.read_act(token)
    except tokens.TokenExpired:
        return _page(request, "old", status=410)
    except tokens.TokenError:
        return _page(request, "broken", status=400)
    user = User.objects.filter(pk=asked.user_id, is_active=True).first()
    movie = Movie.objects.filter(pk=asked.movie_id).first()
    if user is None or movie is None:
        return _page(request, "gone", user, status=410)
    undo = ""
    if request.method == "POST":
        said = _posted(request)
        if "undo" in said:
            mail_acts.take_back(user=user, movie=movie, what=asked.what, token=str(said["undo"]))
        else:
            undo = mail_acts.perform(user=user, movie=movie, what=asked.what)
    wish = mail_acts.wish(asked.what)
    is_on = mail_acts.is_done(user=user, movie=movie, what=asked.what)
    with translation.override(django_language(user.preferred_language)):
        done = sentences.said(movie, wish) if is_on else ""
    card = next(iter(Movie.objects.filter(pk=movie.pk).cards()), None)
    context: dict[str, Any] = {"movie": movie, "card": card, "what": asked.what, "is_on": is_on, "done": done}
    return _page(request, "act", user, undo=undo, **context)


@login_not_required
@never_cache
@require_safe
def click(request: HttpRequest, token: str) -> HttpResponse:
    """To a page of ours; noted on the way unless the browser or the person asks us not to."""
    try:
        asked = tokens.read_click(token)
    except tokens.TokenError:
        return _page(request, "broken", status=400)
    if not _may_lead_to(asked.path):
        return _page(request, "broken", status=400)
    if request.method == "GET" and not wants_no_trace(request):
        clicks.followed(key=asked.key, path=asked.path)
    return redirect(asked.path)


def _resubscribe(request: HttpRequest, user: User | None, token: str) -> HttpResponse:
    if user is None:
        return _page(request, "broken", status=400)
    try:
        kinds = tokens.read_way_back(token, user)
    except tokens.TokenError:
        return _page(request, "broken", user, status=400)
    preferences.resubscribe(user=user, kinds=kinds)
    return _page(request, "resubscribed", user)


def _is_scope(scope: str) -> bool:
    return scope == tokens.ALL or scope in CHOICES


def _posted(request: HttpRequest) -> QueryDict:
    """What was sent, as a form or as multipart; whoever sends neither has posted all the same."""
    try:
        return request.POST
    except (BadRequest, MultiPartParserError, SuspiciousOperation):
        return QueryDict()


def wants_no_trace(request: HttpRequest) -> bool:
    said = request.headers
    is_ahead = any("prefetch" in said.get(name, "").lower() for name in ("Sec-Purpose", "Purpose", "X-Moz"))
    return said.get("DNT") == "1" or said.get("Sec-GPC") == "1" or is_ahead


def _may_lead_to(path: str) -> bool:
    if not path.startswith("/") or path.startswith(("//", "/\\")):
        return False
    try:
        return resolve(path).view_name in LEADS_TO
    except Resolver404:
        return False


def _page(
    request: HttpRequest, name: str, user: User | None = None, *, status: int = 200, **context: Any
) -> HttpResponse:
    """In the language of whoever the mail was for: the browser may speak another one."""
    language = django_language(user.preferred_language) if user else translation.get_language()
    with translation.override(language):
        response = render(request, f"notify/links/{name}.html", {"about": user, **context}, status=status)
    response["X-Robots-Tag"] = "noindex"
    response["Referrer-Policy"] = "no-referrer"
    return response
