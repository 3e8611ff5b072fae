"""Browsers for tests that look at what a request brought about."""

from typing import Any

from django.test import Client, TestCase


class CommittingClient(Client):
    """Each request commits: what waits for that, such as a mail, has happened when the answer is there."""

    def request(self, **request: Any) -> Any:
        with TestCase.captureOnCommitCallbacks(execute=True):
            return super().request(**request)
