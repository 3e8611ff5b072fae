"""The WSGI application that the web server runs."""

import importlib
import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from config import web_server

web_server.end_at_once_while_loading()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# One request is one thread's work. With more, the threads of the linear algebra wait for each other in a loop, and on a
# busy machine a rating costs three times the CPU. It is read when numpy is loaded: not yet.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
application = get_wsgi_application()
# Django imports the views when the first visitor asks; the libraries behind them take a second or two, which is
# better spent before the server listens. It needs no database.
importlib.import_module(settings.ROOT_URLCONF)
