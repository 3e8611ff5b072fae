"""A mail server for the tests of this folder."""

from collections.abc import Iterator

import pytest

from tests.notify.smtp import Sink


@pytest.fixture
def sink(settings) -> Iterator[Sink]:
    """A running mail server to which this process sends."""
    made = Sink()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", made.port, 0.5
    made.start()
    yield made
    made.stop()
