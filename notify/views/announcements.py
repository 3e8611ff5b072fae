"""/staff/announcements/: what staff say to everybody, or to some: written, looked at, scheduled, and taken back."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http import MemberRequest
from notify import kinds, lines, tasks
from notify.access import for_staff
from notify.forms_announcements import AnnouncementForm
from notify.lines import Said
from notify.models import Announcement, InboxNotification
from notify.services import announcements
from recs.sentences import WayBack, with_way_back
from web import pagination

A_PAGE = 30
STATES: dict[str, Promise] = {
    "planned": gettext_lazy("Planned"),
    "due": gettext_lazy("On its way"),
    "out": gettext_lazy("Out"),
    "over": gettext_lazy("Over"),
    "withdrawn": gettext_lazy("Withdrawn"),
}


@dataclass(frozen=True, slots=True)
class Preview:
    """How the line will look, and how many people get it."""

    said: Said
    people: int


@never_cache
@require_safe
@for_staff
def show_all(request: MemberRequest) -> HttpResponse:
    page = pagination.page(request.GET.get("page"), total=Announcement.objects.count(), size=A_PAGE)
    found = Announcement.objects.select_related("created_by").order_by("-publish_at", "-pk")[page.offset : page.end]
    rows = [(one, _state(one)) for one in found]
    return render(request, "notify/staff/announcements.html", {"rows": rows, "page": page, "page_url": "?"})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@for_staff
def new(request: MemberRequest) -> HttpResponse:
    return _edit(request, Announcement(), AnnouncementForm(request.POST or None, initial={"publish_at": ""}))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@for_staff
def edit(request: MemberRequest, pk: int) -> HttpResponse:
    announcement = get_object_or_404(Announcement, pk=pk)
    if announcement.published_at:
        return redirect("notify:announcement", pk)
    return _edit(request, announcement, AnnouncementForm(request.POST or None, instance=announcement))


@never_cache
@require_safe
@for_staff
def show(request: MemberRequest, pk: int) -> HttpResponse:
    announcement = get_object_or_404(Announcement, pk=pk)
    context = {"announcement": announcement, "state": _state(announcement), "preview": _preview(announcement)}
    return render(request, "notify/staff/announcement.html", context)


@require_POST
@for_staff
def withdraw(request: MemberRequest, pk: int) -> HttpResponse:
    """Taken out of the inboxes (`on`), or put back (`off`): the way back of the other."""
    get_object_or_404(Announcement, pk=pk)
    if request.POST.get("withdrawn") == "off":
        announcements.restore(announcement_id=pk)
        messages.success(request, _("It is announced again."))
    else:
        announcements.withdraw(announcement_id=pk)
        way = WayBack(reverse("notify:announcement_withdraw", args=[pk]), "withdrawn", "off")
        messages.success(request, with_way_back(_("It leaves every inbox now."), way))
    tasks.announce_now()
    return redirect("notify:announcement", pk)


def _edit(request: MemberRequest, announcement: Announcement, form: AnnouncementForm) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "announcement": announcement}
    if request.method != "POST" or not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(request, "notify/staff/announcement_form.html", context, status=status)
    draft = form.save(commit=False)
    if "preview" in request.POST:
        return render(request, "notify/staff/announcement_form.html", {**context, "preview": _preview(draft)})
    try:
        announcements.save(announcement=draft, actor=request.user)
    except announcements.Refused:
        messages.error(request, _("It went out meanwhile, so its words stay. Withdraw it and write another."))
        return redirect("notify:announcement", draft.pk)
    if draft.publish_at <= timezone.now():
        tasks.announce_now()
    messages.success(request, _("Saved. It is announced when its time has come."))
    return redirect("notify:announcement", draft.pk)


def _preview(announcement: Announcement) -> Preview:
    line = InboxNotification(
        kind=kinds.ANNOUNCEMENT,
        title=announcement.title,
        message=announcement.message,
        action_url=announcement.action_url,
    )
    return Preview(lines.say([line], {}), announcements.people(announcement).count())


def _state(announcement: Announcement) -> tuple[str, str]:
    """One word for the template, one for the reader."""
    now = timezone.now()
    if announcement.withdrawn_at:
        name = "withdrawn"
    elif announcement.expires_at and announcement.expires_at <= now:
        name = "over"
    elif announcement.published_at:
        name = "out"
    else:
        name = "planned" if announcement.publish_at > now else "due"
    return name, str(STATES[name])
