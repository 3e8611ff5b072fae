"""People who have confirmed their address, and the mails that they got."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from accounts.models import User
from tests import factories
from tests.browsers import CommittingClient

PASSWORD = "open sesame 42"


@pytest.fixture
def client() -> Client:
    return CommittingClient()


@pytest.fixture
def member(viewer: User) -> Client:
    signed_in = CommittingClient()
    signed_in.force_login(viewer)
    return signed_in


@pytest.fixture
def newcomer(db) -> User:
    """Somebody who has joined and confirmed, but not been welcomed yet."""
    user = factories.user(email="newcomer@example.org", password=PASSWORD)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


@pytest.fixture
def confirmed_viewer(viewer: User) -> User:
    EmailAddress.objects.create(user=viewer, email=viewer.email, verified=True, primary=True)
    return viewer


def link_in(message: object) -> str:
    """The path of the first link to this site in a mail."""
    return re.search(r"http://testserver(/\S+)", message.body)[1]  # type: ignore[index, attr-defined]
