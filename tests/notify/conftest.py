"""A mail server, a push service and a desk among the staff for the tests of this folder."""

from collections.abc import Iterator

import pytest
from django.test import Client

from notify.push import web
from tests import needs
from tests.notify.push_service import PushService, running
from tests.notify.smtp import Sink


@pytest.fixture
def desk(admin) -> Client:
    """The browser of an administrator."""
    client = Client()
    client.force_login(admin)
    return client


@pytest.fixture
def sink(settings) -> Iterator[Sink]:
    """A running mail server to which this process sends."""
    made = Sink()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", made.port, 0.5
    made.start()
    yield made
    made.stop()


PRIVATE_KEY = "tdJtCHELopd2Trnj5rsrlolLAfLOema3XdjPtQkSkik"


@pytest.fixture
def push_is_on(settings) -> None:
    """The site has keys of its own."""
    needs.package("pywebpush")
    settings.VAPID_PRIVATE_KEY, settings.VAPID_PUBLIC_KEY = PRIVATE_KEY, web.public_key(PRIVATE_KEY)
    settings.VAPID_SUBJECT = "mailto:films@example.org"


@pytest.fixture
def push_service(settings, push_is_on) -> Iterator[PushService]:
    """A push service on this machine that this site sends to."""
    with running() as service:
        settings.PUSH_HOSTS = [service.place]
        yield service
