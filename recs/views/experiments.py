"""What is being tried on people, for the people it is tried on: what, why, what came of it, and the way out."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from recs import trials
from recs.http import MemberRequest, Request
from recs.services import enrolment, picks


@login_not_required
@require_safe
@cache_control(private=True, no_cache=True)
def experiments(request: Request) -> HttpResponse:
    user = cast(User, request.user) if request.user.is_authenticated else None
    left = user is not None and trials.has_left(user)
    context = {
        "running": trials.running(user, asked=request.GET.get("mine", "")),
        "learnt": trials.learnt(),
        "has_left": left,
        "why_not": "" if left else trials.why_not(user),
    }
    return render(request, "recs/experiments.html", context)


@require_POST
def take_part(request: MemberRequest) -> HttpResponse:
    """Leave (`part=0`, with `forget=1` to be taken out of the figures, too) or come back."""
    if request.POST.get("part") == "1":
        enrolment.rejoin(user=request.user)
        picks.follow(user=request.user)  # an arm from before is older than the picks that were made meanwhile
        messages.success(request, _("You take part again."))
    else:
        enrolment.leave(user=request.user, forget=request.POST.get("forget") == "1")
        messages.success(request, _("You have left. From your next page on, you are in no experiment."))
    return redirect("recs:experiments")
