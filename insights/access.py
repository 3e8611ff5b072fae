"""Who may read the site's numbers: staff, and the people of the groups who look after films and experiments."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.core.exceptions import PermissionDenied
from django.http.response import HttpResponseBase
from django.urls import reverse

from accounts.http import MemberRequest
from accounts.models import User
from accounts.services import groups
from web.cache import get_or_build

READERS = (groups.EDITORS, groups.EXPERIMENTERS)
DESK_SECONDS = 60

P = ParamSpec("P")
Answer = TypeVar("Answer", bound=HttpResponseBase)
View = Callable[Concatenate[MemberRequest, P], Answer]


def may_read(user: User) -> bool:
    """Asks the database only about those who are no staff."""
    return user.is_active and (user.is_staff or user.is_superuser or user.groups.filter(name__in=READERS).exists())


def for_readers(
    view: Callable[Concatenate[MemberRequest, P], Answer],
) -> Callable[Concatenate[MemberRequest, P], Answer]:
    """Everybody else is refused; visitors are sent to the log-in before they get here."""

    @wraps(view)
    def guarded(request: MemberRequest, *args: P.args, **kwargs: P.kwargs) -> Answer:
        if not may_read(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


def may_experiment(user: User) -> bool:
    """Administrators, and whoever has the right that the group of experimenters gives."""
    return user.has_perm("recs.change_experiment")


def for_experimenters(
    view: Callable[Concatenate[MemberRequest, P], Answer],
) -> Callable[Concatenate[MemberRequest, P], Answer]:
    """Experiments are made and decided by few; the other readers of numbers are refused too."""

    @wraps(view)
    def guarded(request: MemberRequest, *args: P.args, **kwargs: P.kwargs) -> Answer:
        if not may_experiment(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


def for_staff(
    view: Callable[Concatenate[MemberRequest, P], Answer],
) -> Callable[Concatenate[MemberRequest, P], Answer]:
    """Numbers about people are for staff alone."""

    @wraps(view)
    def guarded(request: MemberRequest, *args: P.args, **kwargs: P.kwargs) -> Answer:
        if not (request.user.is_active and (request.user.is_staff or request.user.is_superuser)):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


def may_see_looks(user: User) -> bool:
    """Administrators, and those of the staff whom they have given the right to see who looked at whom."""
    return user.is_active and user.is_staff and user.has_perm("insights.view_inspection")


def for_auditors(
    view: Callable[Concatenate[MemberRequest, P], Answer],
) -> Callable[Concatenate[MemberRequest, P], Answer]:
    """Who looks after those who look at people."""

    @wraps(view)
    def guarded(request: MemberRequest, *args: P.args, **kwargs: P.kwargs) -> Answer:
        if not may_see_looks(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


def may_see_films(user: User) -> bool:
    """Staff, and whoever may change films."""
    return user.is_active and (user.is_staff or user.has_perm("catalog.change_movie"))


def for_editors(
    view: Callable[Concatenate[MemberRequest, P], Answer],
) -> Callable[Concatenate[MemberRequest, P], Answer]:
    """How films do is for those who look after them."""

    @wraps(view)
    def guarded(request: MemberRequest, *args: P.args, **kwargs: P.kwargs) -> Answer:
        if not may_see_films(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


def desk(user: Any) -> str:
    """Where somebody's work begins: the address of the first page of numbers that they may see, or nothing.

    Every page of every member asks, so that it is remembered for a minute. It is a link; the pages ask for themselves.
    """
    if not isinstance(user, User) or not user.is_active:
        return ""
    if user.is_staff or user.is_superuser:
        return reverse("insights:overview")
    return get_or_build(f"insights:desk:{user.pk}", lambda: _desk(user), seconds=DESK_SECONDS)


def _desk(user: User) -> str:
    if may_experiment(user):
        return reverse("insights:experiments")
    return reverse("insights:films") if may_see_films(user) else ""
