"""Push messages: turning them on and off for a device, and what the browser's service worker asks for."""

import json
from collections.abc import Mapping
from pathlib import Path

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.staticfiles import finders
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from accounts.http import MemberRequest
from notify import access, push_page, tasks, tokens
from notify.services import devices, push_clicks, pushes
from notify.views import links
from web.htmx import render_page, wants_partial

PAGE = "notify/push.html"
LONGEST = 10_000  # a browser's subscription is a tenth of it
ICON_SIZES = (192, 512)


@never_cache
@require_safe
def show(request: MemberRequest) -> HttpResponse:
    _only_where_on()
    return render_page(request, PAGE, push_page.context(request.user), partial="push")


@never_cache
@require_POST
def subscribe(request: MemberRequest) -> HttpResponse:
    """This browser's address and keys, from static/js/push.js."""
    _only_where_on()
    try:
        device = devices.subscribe(
            user=request.user,
            endpoint=request.POST.get("endpoint", ""),
            keys={name: request.POST.get(name, "") for name in ("p256dh", "auth")},
            user_agent=request.headers.get("User-Agent", ""),
        )
    except devices.BadSubscription as problem:
        return HttpResponseBadRequest(
            _("This browser’s push service cannot be used here: %(problem)s.") % {"problem": problem},
            content_type="text/plain; charset=utf-8",
        )
    request.session[devices.IN_SESSION] = device.pk
    return _section(request, "on")


@never_cache
@require_POST
def remove(request: MemberRequest, pk: int) -> HttpResponse:
    _only_where_on()
    devices.remove(device=access.device_of(request.user, pk))
    return _section(request, "removed", _("That device gets no more messages."))


@never_cache
@require_POST
def send_test(request: MemberRequest) -> HttpResponse:
    """One message to each device, now."""
    _only_where_on()
    try:
        rows = pushes.send_test(user=request.user)
    except pushes.TooMany:
        return _section(request, "enough", _("Those were enough for now. Try again in an hour."))
    for row in rows:
        tasks.send_soon(row.id)
    return _section(request, "sent", _("On its way. It may take a few seconds."))


def _section(request: MemberRequest, said: str, words: str = "") -> HttpResponse:
    """What htmx puts in the place of the section; without it, the page and the words on top of it."""
    if wants_partial(request):
        return render_page(request, PAGE, push_page.context(request.user) | {"push_said": said}, partial="push")
    if words:
        messages.success(request, words)
    return redirect("notify:push")


@login_not_required
@csrf_exempt
@never_cache
@require_POST
def renew(request: HttpRequest) -> HttpResponse:
    """A browser has changed its address while no page was open: it shows the secret of the old one, and needs neither
    session nor token."""
    _only_where_on()
    try:
        said = json.loads(request.body[:LONGEST])
        before, after = said["before"], said["after"]
        device = devices.renew(
            old=_text(before, "endpoint"),
            auth=_text(before["keys"], "auth"),
            endpoint=_text(after, "endpoint"),
            keys={name: _text(after["keys"], name) for name in ("p256dh", "auth")},
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        return HttpResponseBadRequest()
    return HttpResponse(status=204 if device else 404)


def _text(said: Mapping[str, object], name: str) -> str:
    found = said[name]
    if not isinstance(found, str):
        raise TypeError
    return found


@login_not_required
@never_cache
@require_safe
def follow(request: HttpRequest, token: str) -> HttpResponse:
    """From a message to the page that it is about; noted on the way unless the browser or the person asks us not to."""
    try:
        asked = tokens.read_click(token)
    except tokens.TokenError as problem:
        raise Http404 from problem
    if request.method == "GET" and not links.wants_no_trace(request):
        push_clicks.followed(key=asked.key)
    return redirect(asked.path)


@login_not_required
@require_safe
def key(request: HttpRequest) -> HttpResponse:
    """For a service worker that must subscribe anew."""
    _only_where_on()
    return JsonResponse({"key": settings.VAPID_PUBLIC_KEY})


@login_not_required
@cache_control(no_cache=True)
@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker rules what lies below its address, so it has none under /static/. Browsers ask for it anew
    every day; each time they must get the one that stands here."""
    _only_where_on()
    return HttpResponse(Path(str(finders.find("js/sw.js"))).read_bytes(), content_type="text/javascript; charset=utf-8")


@login_not_required
@cache_control(max_age=86_400, public=True)
@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """Lets phones install the site; iOS pushes to nothing else."""
    _only_where_on()
    icons = [
        {"src": static(f"img/icon-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": "any"}
        for size in ICON_SIZES
    ]
    icons.append({**icons[-1], "src": static("img/icon-mask.png"), "purpose": "maskable"})
    told = {
        "id": "/",
        "name": settings.SITE_NAME,
        "short_name": settings.SITE_NAME,
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#171226",
        "theme_color": "#171226",
        "icons": icons,
    }
    return JsonResponse(told, content_type="application/manifest+json")


def _only_where_on() -> None:
    if not push_page.is_on():
        raise Http404
