"""Closing the account: the password once more, then everything is gone."""

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.forms.settings import CloseAccountForm
from accounts.http import MemberRequest
from accounts.services import closing


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def close(request: MemberRequest) -> HttpResponse:
    posted = request.POST if request.method == "POST" else None
    form = CloseAccountForm(posted, user=request.user)
    if posted is None or not form.is_valid():
        return render(request, "accounts/close.html", {"form": form}, status=422 if form.is_bound else 200)
    user = request.user
    logout(request)
    closing.close(user=user)
    messages.success(request, _("Your account is deleted, with everything that belonged to it."))
    return redirect("home")
