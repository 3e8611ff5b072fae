"""Requests as they are in this project, so that a type checker knows what they carry."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails


class HtmxRequest(HttpRequest):
    """Every request here: django-htmx has put its details on it."""

    htmx: HtmxDetails
