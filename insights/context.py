"""What every template may know of the reader's work here."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from insights import access


def desk(request: HttpRequest) -> dict[str, Any]:
    """`desk`: the address of the numbers that this reader looks after; empty for everybody else. Asked when needed: an
    error page may come before anybody knows who reads."""
    user = getattr(request, "user", None)
    return {"desk": SimpleLazyObject(lambda: access.desk(user))}
