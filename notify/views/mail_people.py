"""/staff/mail/why/, /preview/ and /next/: what one person gets, why not, and who is next."""

from typing import Any

from csp.decorators import csp_exempt, csp_update
from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from accounts.http import MemberRequest
from accounts.models import User
from notify import access, reasons, tasks
from notify import dry_run as dry_runs
from notify import why as whys
from notify.access import for_staff
from notify.filters import people
from notify.forms import PersonForm, WhyForm
from notify.services import digests
from notify.views.mails import framed

MOST_PEOPLE = 20


@never_cache
@require_safe
@for_staff
def why(request: MemberRequest) -> HttpResponse:
    """Every condition of one kind of message for one person, and what came of the last ones."""
    form = WhyForm(request.GET if "person" in request.GET else None)
    context = _people(request, form)
    if user := context.get("person"):
        access.noted(request, user, "why")
        kind, channel = form.square
        context["verdict"] = whys.look(user=user, kind=kind, channel=channel)
    return render(request, "notify/staff/why.html", context)


@never_cache
@require_safe
@for_staff
@csp_update({"frame-src": ["'self'"]})  # type: ignore[arg-type]
def preview(request: MemberRequest) -> HttpResponse:
    """A person's digest as it would be now; its links do nothing."""
    context = _people(request, PersonForm(request.GET if "person" in request.GET else None))
    if user := context.get("person"):
        access.noted(request, user, "digest")
        context["rendered"] = rendered = digests.preview(user)
        if rendered:
            headers = "\n".join(f"{name}: {value}" for name, value in rendered.headers)
            shown = headers.replace(user.email, context["address"]) if user.email else headers
            context["letter"] = {"text": rendered.text, "headers": shown}
            context["frame"] = reverse("notify:digest_frame", args=[user.pk])
    return render(request, "notify/staff/preview.html", context)


@never_cache
@require_safe
@xframe_options_sameorigin
@for_staff
@csp_exempt()  # type: ignore[arg-type]
def frame(request: MemberRequest, pk: int) -> HttpResponse:
    user = _user(pk)
    access.noted(request, user, "digest")
    rendered = digests.preview(user)
    if rendered is None:
        raise Http404
    return framed(rendered.html, request.GET.get("scheme", ""))


@never_cache
@require_POST
@for_staff
def send_test(request: MemberRequest, pk: int) -> HttpResponse:
    """That person's digest to whoever looks at it: through the same outbox, marked as a test, never counted."""
    user = _user(pk)
    access.noted(request, user, "digest")
    made = digests.send_now(user, recipient=request.user.email, is_test=True)
    if made is None:
        messages.warning(request, str(reasons.SENTENCES[reasons.NOTHING_TO_SAY]))
        return redirect(f"{reverse('notify:digest_preview')}?person={user.pk}")
    tasks.send_soon(made.id)
    messages.success(request, _("It is on its way to you. Its links do nothing."))
    return redirect("notify:mail", number=made.id)


@never_cache
@require_safe
@for_staff
def dry_run(request: MemberRequest) -> HttpResponse:
    found = dry_runs.run()
    counts = [(reasons.SENTENCES.get(reason, reason), count) for reason, count in found.counts if reason]
    context = {"run": found, "counts": counts, "shown": dry_runs.SHOWN}
    return render(request, "notify/staff/next.html", context)


def _people(request: MemberRequest, form: PersonForm) -> dict[str, Any]:
    """The form, and the one person who is meant, or those who may be."""
    context: dict[str, Any] = {"form": form}
    if not form.is_bound or not form.is_valid():
        return context
    found = list(people(form.cleaned_data["person"]).order_by("username")[: MOST_PEOPLE + 1])
    if len(found) == 1:
        return context | {"person": found[0], "address": access.address(found[0].email, reader=request.user)}
    kept = QueryDict(mutable=True)
    kept.update({name: value for name, value in form.cleaned_data.items() if name != "person"})
    many = [(user, access.address(user.email, reader=request.user)) for user in found[:MOST_PEOPLE]]
    return context | {"many": many, "more": len(found) > MOST_PEOPLE, "kept": kept.urlencode(), "asked": True}


def _user(pk: int) -> User:
    if pk >= 2**63:
        raise Http404
    return get_object_or_404(User, pk=pk)
