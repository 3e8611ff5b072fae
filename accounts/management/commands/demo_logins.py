from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.services import demo_logins


class Command(BaseCommand):
    help = "Show the demo's log-ins, and make those that are missing. Local mode only."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            logins = demo_logins.ensure()
        except demo_logins.LocalOnly as problem:
            raise CommandError(str(problem)) from problem
        width = max(len(login.user.email) for login in logins)
        self.stdout.write(f"{'role':<14}{'e-mail':<{width + 2}}password")
        for login in logins:
            self.stdout.write(f"{login.role:<14}{login.user.email:<{width + 2}}{login.password}")
        self.stdout.write(f"log in at {settings.SITE_URL}; kept in {demo_logins.passwords_file()}")
