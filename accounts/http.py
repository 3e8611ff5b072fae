"""Requests of people who are signed in."""

from accounts.models import User
from web.http import HtmxRequest


class MemberRequest(HtmxRequest):
    """Inside a view that requires sign-in."""

    user: User
