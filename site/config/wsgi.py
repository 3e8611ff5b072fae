"""The WSGI application that the web server runs."""

import importlib
import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
# Django imports the views when the first visitor asks; the libraries behind them take a second or two, which is
# better spent before the server listens. It needs no database.
importlib.import_module(settings.ROOT_URLCONF)
