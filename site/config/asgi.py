"""The ASGI application: live streams only; pages run on WSGI."""

import os

import django

from config import web_server

web_server.end_at_once_while_loading()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from notify.live.app import application  # noqa: E402 - the settings must be there first

__all__ = ["application"]
