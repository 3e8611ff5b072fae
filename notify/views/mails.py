"""/staff/mail/: what was sent to whom, what became of it, and sending it once more."""

import uuid
from typing import Any

from csp.decorators import csp_exempt, csp_update
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe
from django_tables2 import RequestConfig

from accounts.http import MemberRequest
from notify import access, letters, stories
from notify.access import for_staff
from notify.filters import DeliveryFilter
from notify.forms import ConfirmForm, ResendForm
from notify.models import Channel, Delivery, DeliveryStatus
from notify.services import confirming, resending
from notify.tables import SWAP, DeliveriesTable, badge, kind_name
from web.htmx import render_page

A_PAGE = 30
SCHEMES = ("light", "dark")
HEAVY = ("message", "content", "data", "last_error")


@never_cache
@require_safe
@for_staff
def show_all(request: MemberRequest) -> HttpResponse:
    found = DeliveryFilter(request.GET, queryset=Delivery.objects.select_related("user").defer(*HEAVY))
    table = DeliveriesTable(found.qs, reader=request.user)
    RequestConfig(request, paginate={"per_page": A_PAGE, "silent": True}).configure(table)
    context = {"table": table, "filter": found, "total": table.paginator.count, "swap": SWAP}
    return render_page(request, "notify/staff/log.html", context, partial="results")


@never_cache
@require_safe
@for_staff
@csp_update({"frame-src": ["'self'"]})  # type: ignore[arg-type]
def show(request: MemberRequest, number: int) -> HttpResponse:
    delivery = _mail(number)
    access.noted(request, delivery.user, "mail")
    return _page(request, delivery, _resend_form())


@never_cache
@require_safe
@xframe_options_sameorigin
@for_staff
@csp_exempt()  # type: ignore[arg-type]
def preview(request: MemberRequest, number: int) -> HttpResponse:
    """The HTML of a mail for a frame: no script runs in it, no form is sent from it, no link leads out of it."""
    delivery = _mail(number)
    access.noted(request, delivery.user, "mail")
    letter = letters.opened(delivery, shows_address=access.shows_address(request.user))
    return framed(letter.html, request.GET.get("scheme", ""))


@never_cache
@require_POST
@for_staff
@csp_update({"frame-src": ["'self'"]})  # type: ignore[arg-type]
def resend(request: MemberRequest, number: int) -> HttpResponse:
    delivery, form = _mail(number), ResendForm(request.POST)
    if not form.is_valid():
        return _page(request, delivery, form)
    try:
        made = resending.resend(delivery=delivery, actor=request.user, **form.cleaned_data)
    except resending.Refused as refused:
        form.add_error(None, str(refused.sentence))
        return _page(request, delivery, form)
    messages.success(request, _("It stands in the outbox again and goes out within a minute."))
    return redirect("notify:mail", number=made.id)


@never_cache
@require_POST
@for_staff
@csp_update({"frame-src": ["'self'"]})  # type: ignore[arg-type]
def confirm(request: MemberRequest, number: int) -> HttpResponse:
    delivery, form = _mail(number), ConfirmForm(request.POST)
    if not form.is_valid() and delivery.status == DeliveryStatus.IN_DOUBT:
        return _page(request, delivery, _resend_form(), form)
    if form.is_valid() and confirming.arrived(delivery=delivery, actor=request.user, **form.cleaned_data):
        messages.success(request, _("It counts as sent."))
    else:
        messages.info(request, _("It was settled already."))
    return redirect("notify:mail", number=delivery.id)


def framed(html: str, scheme: str) -> HttpResponse:
    """A mail's HTML as an answer of its own, under a policy of its own: mails need their styles inline."""
    shown = letters.in_colours(html, scheme if scheme in SCHEMES else "light")
    answer = HttpResponse(shown.replace("<head>", '<head><base target="_blank">', 1))
    images = " ".join({*settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]["img-src"], settings.SITE_URL})
    answer["Content-Security-Policy"] = (
        f"sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src {images}; frame-ancestors 'self'"
    )
    return answer


def _mail(number: int) -> Delivery:
    """Or 404. The numbers of a bigint end before those of an address."""
    if number >= 2**63 or not (found := Delivery.objects.select_related("user").filter(id=number).first()):
        raise Http404
    return found


def _resend_form() -> ResendForm:
    return ResendForm(initial={"nonce": uuid.uuid4().hex})


def _page(
    request: MemberRequest, delivery: Delivery, form: ResendForm, confirm: ConfirmForm | None = None
) -> HttpResponse:
    reader, confirm = request.user, confirm or ConfirmForm()
    context: dict[str, Any] = {
        "mail": delivery,
        "letter": letters.opened(delivery, shows_address=access.shows_address(reader)),
        "recipient": access.address(delivery.recipient, reader=reader)
        if delivery.channel == Channel.EMAIL
        else delivery.recipient,
        "badge": badge(delivery),
        "kind": kind_name(delivery.notification_type),
        "story": stories.of(delivery),
        "form": form,
        "confirm": confirm,
        "obstacle": resending.obstacle(delivery=delivery),
        "why": stories.sentence(delivery.reason),
    }
    return render(request, "notify/staff/mail.html", context, status=422 if form.errors or confirm.errors else 200)
