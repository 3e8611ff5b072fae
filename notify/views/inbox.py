"""The inbox: the page, and what can be done with its lines, each with and without JavaScript."""

import datetime
import hashlib
from typing import cast

from django.contrib import messages
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBadRequest,
    HttpResponseNotModified,
    JsonResponse,
    QueryDict,
)
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.html import conditional_escape
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import reswap, retarget

from accounts.http import MemberRequest
from notify import access, inbox_page, lines, queries
from notify.context import label, short
from notify.inbox_page import IN_INBOX, Asked
from notify.models import Channel
from notify.services import inbox, preferences
from recs.http import Request
from recs.sentences import WayBack, with_way_back
from recs.views import answers
from web.htmx import page_address, render_page, wants_partial

ACTS = {"read": inbox.read, "unread": inbox.unread, "back": inbox.unarchive}


@never_cache
@require_safe
def show(request: MemberRequest) -> HttpResponse:
    """Opening the list sees: what it shows is no longer new. A browser that fetches ahead has opened nothing."""
    context = inbox_page.context(request.user, Asked.of(request.GET))
    if context["shown_at"] and request.method == "GET" and not _is_ahead(request):
        inbox.see(user=request.user, until=context["shown_at"], snapshot=context["snapshot"])
    return render_page(request, "notify/inbox.html", context, partial="list")


@require_safe
def badge(request: MemberRequest) -> HttpResponse:
    """What the bell shows, for pages that cannot listen; unchanged, it costs no body."""
    unseen = queries.unseen(request.user.pk)
    tag = f'"{unseen}-{get_language()}-{hashlib.sha256(str(request.user.pk).encode()).hexdigest()[:8]}"'
    same = tag in request.headers.get("If-None-Match", "")
    told = {"unseen": unseen, "label": label(unseen), "short": short(unseen)}
    answer: HttpResponse = HttpResponseNotModified() if same else JsonResponse(told)
    answer.headers["ETag"] = tag
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.headers["Vary"] = "Cookie, Accept-Language"
    return answer


@require_POST
def follow(request: MemberRequest, pk: int) -> HttpResponse:
    """Read, and go where the line leads. Only our own addresses: a form does not lead to another site."""
    line = access.line_of(request.user, pk)
    inbox.read(line=line)
    there = lines.say([line], {}).there
    return redirect(there if there.startswith("/") else "notify:inbox")


@require_POST
def mark(request: MemberRequest, pk: int, act: str) -> HttpResponse:
    line = access.line_of(request.user, pk)
    if act == "archive":
        moment = inbox.archive(line=line)
        return _done(request, _("Put away."), _way_back("archive", moment))
    if act not in ACTS:
        raise Http404
    ACTS[act](line=line)
    return _done(request, _("It is back in your inbox.") if act == "back" else "")


@require_POST
def read_all(request: MemberRequest) -> HttpResponse:
    """Up to what the page showed: what arrived meanwhile stays unread. `until` is a moment and a snapshot."""
    at, _space, snapshot = request.POST.get("until", "").partition(" ")
    until = _moment(at)
    if until is None:
        return HttpResponseBadRequest()
    moment = inbox.read_all(user=request.user, until=until, snapshot=snapshot)
    if moment is None:
        return _done(request, _("Everything was read already."))
    return _done(request, _("All marked as read."), _way_back("read", moment))


@require_POST
def undo(request: MemberRequest) -> HttpResponse:
    act, _space, at = request.POST.get("undo", "").partition(" ")
    moment = _moment(at)
    if act not in ("read", "archive") or moment is None:
        return HttpResponseBadRequest()
    take_back = inbox.undo_read if act == "read" else inbox.undo_archive
    take_back(user=request.user, moment=moment)
    return _done(request, _("Everything is as it was."))


@require_POST
def mute(request: MemberRequest) -> HttpResponse:
    """No more of this kind in the inbox (`off`), or again (`on`)."""
    kind = request.POST.get("off") or request.POST.get("on") or ""
    if kind not in IN_INBOX:
        return HttpResponseBadRequest()
    enabled = "on" in request.POST
    preferences.choose(user=request.user, kind=kind, channel=Channel.IN_APP, enabled=enabled)
    if enabled:
        return _done(request, _("“%(kind)s” comes to your inbox again.") % {"kind": IN_INBOX[kind]})
    said = _("“%(kind)s” comes to your inbox no more.") % {"kind": IN_INBOX[kind]}
    return _done(request, said, WayBack(reverse("notify:inbox_mute"), "on", kind))


def _done(request: MemberRequest, sentence: str, way: WayBack | None = None) -> HttpResponse:
    """Say so, offer the way back, and show the list as it is now."""
    if not wants_partial(request):
        if sentence:
            messages.success(request, with_way_back(sentence, way) if way else sentence)
        return redirect(_back(request))
    query = QueryDict(page_address(request).partition("?")[2])
    answer = render(request, "notify/inbox.html#list", inbox_page.context(request.user, Asked.of(query)))
    if sentence:
        said = with_way_back(sentence, way, in_toast=True) if way else conditional_escape(sentence)
        answer.write(answers.toast(cast(Request, request), said, about="inbox"))
    return reswap(retarget(answer, "#inbox"), "outerHTML")


def _back(request: MemberRequest) -> str:
    asked = answers.back(cast(Request, request))
    here = reverse("notify:inbox")
    return asked if asked.partition("?")[0] == here else here


def _way_back(act: str, moment: datetime.datetime) -> WayBack:
    return WayBack(reverse("notify:inbox_undo"), "undo", f"{act} {moment.isoformat()}")


def _moment(text: str) -> datetime.datetime | None:
    """A moment as we wrote it; None for anything else."""
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return found if found and timezone.is_aware(found) else None


def _is_ahead(request: HttpRequest) -> bool:
    """Whether a browser asks before its person does (`Sec-Purpose: prefetch`, also of a prerendered page)."""
    purpose = request.headers.get("Sec-Purpose", "") + request.headers.get("Purpose", "")
    return "prefetch" in purpose or "prerender" in purpose
