"""A browser for every kind of person there is, to see who may open what."""

from django.test import Client

from accounts.models import User
from accounts.services import groups
from tests import factories

ROLES = ("member", "editor", "experimenter", "staff", "administrator")


def browsers() -> dict[str, Client]:
    """By role, each signed in as somebody of their own."""
    made = groups.ensure()
    told: dict[str, User] = {
        "member": factories.user(),
        "editor": factories.user(),
        "experimenter": factories.user(),
        "staff": factories.user(is_staff=True),
        "administrator": factories.user(is_staff=True, is_superuser=True),
    }
    told["editor"].groups.add(made[groups.EDITORS])
    told["experimenter"].groups.add(made[groups.EXPERIMENTERS])
    found = {role: Client() for role in told}
    for role, browser in found.items():
        browser.force_login(told[role])
    return found
