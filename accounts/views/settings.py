"""The settings: one page and one form for each tab, saved by htmx or by a plain POST."""

from django.contrib import messages
from django.forms import ModelForm
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRefresh

from accounts.forms.settings import PrivacyForm, ProfileForm, RegionForm
from accounts.http import MemberRequest
from accounts.services import consent, preferences
from web.htmx import render_page, wants_partial

settings_page = require_http_methods(["GET", "HEAD", "POST"])


@never_cache
@settings_page
def profile(request: MemberRequest) -> HttpResponse:
    form = ProfileForm(_posted(request), instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        return _saved(request, form, "accounts/profile.html")
    return _page(request, form, "accounts/profile.html")


@never_cache
@settings_page
def region(request: MemberRequest) -> HttpResponse:
    """Language, zone and theme change the whole page, so that htmx, too, gets a new one."""
    theme = request.COOKIES.get("theme", "system")
    form = RegionForm(_posted(request), instance=request.user, initial={"theme": theme})
    if request.method != "POST" or not form.is_valid():
        return _page(request, form, "accounts/region.html")
    user = form.save()
    preferences.moved(user=user, before=form.initial["preferred_timezone"])
    response = HttpResponseClientRefresh() if wants_partial(request) else redirect(request.path)
    preferences.write_cookies(response, user=user, theme=form.cleaned_data["theme"])
    with translation.override(preferences.django_language(user.preferred_language)):
        messages.success(request, _("Saved."))
    return response


@never_cache
@settings_page
def privacy(request: MemberRequest) -> HttpResponse:
    form = PrivacyForm(_posted(request), instance=request.user)
    if request.method == "POST" and form.is_valid():
        consent.save(user=form.save(commit=False), changed=form.changed_data)
        return _saved(request, form, "accounts/privacy.html")
    return _page(request, form, "accounts/privacy.html")


@never_cache
@require_safe
def security(request: MemberRequest) -> HttpResponse:
    return render(request, "accounts/security.html")


def _posted(request: MemberRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _page(request: MemberRequest, form: ModelForm, template: str) -> HttpResponse:
    """The page with its form; 422 when what was typed cannot be saved."""
    if form.is_bound:  # a refused form has written its values on this object; the page must not show them as saved
        request.user.refresh_from_db()
    context = {"form": form}
    return render_page(request, template, context, partial="form", status=422 if form.is_bound else 200)


def _saved(request: MemberRequest, form: ModelForm, template: str) -> HttpResponse:
    """Say "Saved" beside the button, or, without htmx, on the page that follows."""
    if wants_partial(request):
        context = {"form": form, "saved": True}
        return render_page(request, template, context, partial="form")
    messages.success(request, _("Saved."))
    return redirect(request.path)
