"""Log-ins for looking round a demo: one for each role, with random passwords that only this machine knows."""

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.services import groups

DOMAIN = "marquee.localhost"  # .localhost is reserved: no mail can ever leave for it
PASSWORD_BYTES = 12


class LocalOnly(Exception):
    """Log-ins whose passwords stand in a file belong on nobody's server."""


@dataclass(frozen=True, slots=True)
class Role:
    name: str
    group: str | None = None
    is_staff: bool = False
    is_superuser: bool = False

    @property
    def email(self) -> str:
        return f"{self.name}@{DOMAIN}"


ROLES = (
    Role("viewer"),
    Role("editor", group=groups.EDITORS, is_staff=True),
    Role("experimenter", group=groups.EXPERIMENTERS, is_staff=True),
    Role("admin", is_staff=True, is_superuser=True),
)


@dataclass(frozen=True, slots=True)
class Login:
    role: str
    user: User
    password: str


def refuse_outside_local_mode() -> None:
    if not settings.LOCAL:
        raise LocalOnly("demo data belongs in local mode only (MARQUEE_MODE=local)")


def passwords_file() -> Path:
    return Path(settings.VAR) / "demo_logins.json"


@transaction.atomic
def ensure() -> list[Login]:
    """Make what is missing and answer all four. The file has the last word on the passwords: what it shows works."""
    refuse_outside_local_mode()
    known = _read()
    passwords = {role.email: known.get(role.email) or secrets.token_urlsafe(PASSWORD_BYTES) for role in ROLES}
    if passwords != known:
        _write(passwords)
    made = groups.ensure()
    logins = []
    for role in ROLES:
        user = _user(role, passwords[role.email])
        if role.group:
            user.groups.add(made[role.group])
        logins.append(Login(role=role.name, user=user, password=passwords[role.email]))
    return logins


def _user(role: Role, password: str) -> User:
    now = timezone.now()
    user, _ = User.objects.get_or_create(
        email=role.email,
        defaults={
            "username": f"demo-{role.name}",
            "first_name": "Demo",
            "last_name": role.name,
            "is_staff": role.is_staff,
            "is_superuser": role.is_superuser,
            "onboarding_completed": True,
            "onboarding_completed_at": now,
            "data_usage_consent": True,
        },
    )
    if not user.check_password(password):
        user.set_password(password)
        user.save(update_fields=["password", "updated_at"])
    EmailAddress.objects.update_or_create(user=user, email=role.email, defaults={"verified": True, "primary": True})
    return user


def _read() -> dict[str, str]:
    """What the file says; a file that is missing or damaged says nothing, and new passwords are made."""
    try:
        found = json.loads(passwords_file().read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) and all(isinstance(value, str) for value in found.values()) else {}


def _write(passwords: Mapping[str, str]) -> None:
    """Only the owner may read it, from the first byte on; a crash leaves the old file or the new one."""
    path = passwords_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(passwords, file, indent=2)
    draft.replace(path)
