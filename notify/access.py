"""Who may read what: a line of an inbox its owner, what was sent to whom staff alone."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from django.core.exceptions import PermissionDenied
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404

from accounts.http import MemberRequest
from accounts.models import User
from notify import addresses
from notify.models import Device, InboxNotification
from notify.signals import person_inspected

P = ParamSpec("P")
Answer = TypeVar("Answer", bound=HttpResponseBase)


def is_staff(user: User) -> bool:
    return user.is_active and (user.is_staff or user.is_superuser)


def shows_address(reader: User) -> bool:
    """Only administrators read addresses; others can tell them apart."""
    return reader.is_active and reader.is_superuser


def address(text: str, *, reader: User) -> str:
    return text if shows_address(reader) else addresses.masked(text)


def noted(request: MemberRequest, person: User, what: str) -> None:
    """A look at a person's mail is written down, whoever keeps that. A frame belongs to a page that was noted."""
    if request.headers.get("Sec-Fetch-Dest") != "iframe":
        person_inspected.send(sender=User, actor=request.user, person=person, what=what)


def for_staff(
    view: Callable[Concatenate[MemberRequest, P], Answer],
) -> Callable[Concatenate[MemberRequest, P], Answer]:
    """Everybody else is refused; visitors are sent to the log-in before they get here."""

    @wraps(view)
    def guarded(request: MemberRequest, *args: P.args, **kwargs: P.kwargs) -> Answer:
        if not is_staff(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


def line_of(user: User, pk: int) -> InboxNotification:
    """Somebody else's line is a 404."""
    return get_object_or_404(user.inbox, pk=pk)


def device_of(user: User, pk: int) -> Device:
    """Somebody else's device is a 404."""
    return get_object_or_404(user.devices, pk=pk)
