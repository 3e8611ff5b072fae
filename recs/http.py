"""Requests as this app's views meet them."""

from accounts.models import User
from recs.mine import Mine
from web.http import HtmxRequest


class Request(HtmxRequest):
    """Anybody's request; `mine` is empty for a visitor."""

    mine: Mine


class MemberRequest(Request):
    """Inside a view that requires sign-in."""

    user: User
