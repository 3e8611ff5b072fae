"""/settings/notifications/: each section is saved by itself, by htmx or by a plain form."""

from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.http import MemberRequest
from notify import matrix, push_page, schedule, tasks
from notify.forms import ClicksForm, DigestForm, MatrixForm, PauseForm, QuietForm
from notify.kinds import DIGEST
from notify.models import Channel
from notify.services import on_demand, preferences
from web.htmx import render_page, wants_partial

PAGE = "notify/preferences.html"


@never_cache
@require_safe
def show(request: MemberRequest) -> HttpResponse:
    return render_page(request, PAGE, _context(request), partial="page")


@never_cache
@require_POST
def kinds(request: MemberRequest) -> HttpResponse:
    form = MatrixForm(request.POST)
    if not form.is_valid():
        return _refused(request, "kinds", form)
    preferences.choose_all(user=request.user, wanted=form.wanted)
    return _saved(request, "kinds")


@never_cache
@require_POST
def digest(request: MemberRequest) -> HttpResponse:
    form = DigestForm(request.POST, kept=preferences.of(request.user).timezone)
    if not form.is_valid():
        return _refused(request, "digest", form)
    preferences.save_schedule(user=request.user, **form.cleaned_data)
    return _saved(request, "digest")


@never_cache
@require_POST
def digest_on(request: MemberRequest) -> HttpResponse:
    """The short way to the weekly digest, for pages that offer it."""
    preferences.choose(user=request.user, kind=DIGEST, channel=Channel.EMAIL, enabled=True)
    if wants_partial(request):
        return render_page(request, PAGE, _context(request), partial="joined")
    messages.success(request, _("You get the weekly digest from now on."))
    return redirect("notify:preferences")


@never_cache
@require_POST
def digest_now(request: MemberRequest) -> HttpResponse:
    """One digest at once, to look at; once an hour."""
    try:
        made = on_demand.send_me_one(user=request.user)
    except on_demand.Refused as refused:
        return _told(request, refused=refused)
    tasks.send_soon(made.id)
    return _told(request)


@never_cache
@require_POST
def quiet(request: MemberRequest) -> HttpResponse:
    form = QuietForm(request.POST)
    if not form.is_valid():
        return _refused(request, "quiet", form)
    preferences.save_quiet_hours(user=request.user, **form.cleaned_data)
    return _saved(request, "quiet")


@never_cache
@require_POST
def pause(request: MemberRequest) -> HttpResponse:
    form = PauseForm(request.POST)
    if not form.is_valid():
        return _refused(request, "pause", form)
    preferences.pause(user=request.user, weeks=form.cleaned_data["weeks"])
    return _saved(request, "pause")


@never_cache
@require_POST
def resume(request: MemberRequest) -> HttpResponse:
    preferences.resume(user=request.user)
    return _saved(request, "pause")


@never_cache
@require_POST
def clicks(request: MemberRequest) -> HttpResponse:
    form = ClicksForm(request.POST)
    if not form.is_valid():
        return _refused(request, "clicks", form)
    preferences.measure_clicks(user=request.user, allowed=form.cleaned_data["measure"])
    return _saved(request, "clicks")


def _refused(request: MemberRequest, part: str, form: Form) -> HttpResponse:
    """The section, or the page around it, with what was typed and what is wrong with it."""
    return render_page(request, PAGE, _context(request, **{part: form}), partial=part, status=422)


def _saved(request: MemberRequest, part: str) -> HttpResponse:
    """Say "Saved" beside the button, or, without htmx, on the page that follows."""
    if wants_partial(request):
        return render_page(request, PAGE, _context(request) | {"saved": part}, partial=part)
    messages.success(request, _("Saved."))
    return redirect("notify:preferences")


def _told(request: MemberRequest, refused: on_demand.Refused | None = None) -> HttpResponse:
    """What came of asking for a digest, beside the button or on the page that follows."""
    if wants_partial(request):
        context = _context(request) | {"asked": True, "refused": refused}
        return render_page(request, PAGE, context, partial="now", status=422 if refused else 200)
    if refused is None:
        messages.success(request, _("It is on its way to %(address)s.") % {"address": request.user.email})
    elif refused.until:
        time = date_format(localtime(refused.until), "TIME_FORMAT")
        messages.warning(request, f"{refused.sentence} {_('The next one at %(time)s.') % {'time': time}}")
    else:
        messages.warning(request, str(refused.sentence))
    return redirect("notify:preferences")


def _context(request: MemberRequest, **bound: Form) -> dict[str, Any]:
    kept = preferences.of(request.user)
    begun: dict[str, Any] = {
        "kinds": MatrixForm(),
        "digest": DigestForm(
            kept=kept.timezone,
            initial={"day": kept.digest_day, "time": kept.digest_time, "timezone": kept.timezone},
        ),
        "quiet": QuietForm(initial={"start": kept.quiet_start, "end": kept.quiet_end}),
        "pause": PauseForm(),
        "clicks": ClicksForm(initial={"measure": kept.measure_clicks}),
    }
    due = preferences.next_digest(kept)
    return {
        "forms": begun | bound,
        "kept": kept,
        "rows": matrix.rows(request.user, request.POST.getlist("squares") if "kinds" in bound else None),
        "due": due and due.at,
        "zone": schedule.zone(kept.timezone),
        "zone_is_lost": schedule.is_lost(kept.timezone),
        "is_paused": preferences.is_paused(kept),
        "is_verified": preferences.is_verified(request.user),
    } | push_page.context(request.user)
