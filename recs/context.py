"""What every template may know of the person who reads it."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from recs.mine import Mine


def mine(request: HttpRequest) -> dict[str, Any]:
    """Nothing is loaded until a card asks; an error page may come before the middleware did."""
    return {"mine": getattr(request, "mine", None) or Mine(AnonymousUser())}
