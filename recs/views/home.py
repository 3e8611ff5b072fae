"""The front page: a person's rows, or for a visitor what this site is."""

from typing import cast

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from recs import home as rows
from recs import landing
from recs.forms_taste import TasteForm
from recs.http import MemberRequest, Request
from recs.views import taste


@login_not_required
@require_safe
@cache_control(private=True, no_cache=True)
def home(request: Request) -> HttpResponse:
    if request.user.is_authenticated:
        member = cast(MemberRequest, request)
        steering = taste.panel(member, TasteForm(user=member.user))
        return render(request, "recs/home.html", {**rows.page(request), **steering})
    return render(request, "recs/landing.html", {"rows": landing.rows(get_language() or "en")})
