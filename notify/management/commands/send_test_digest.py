from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from notify import tasks
from notify.digest.inspection import Rendered
from notify.services import digests


class Command(BaseCommand):
    help = "Send somebody's digest as it would be now, as a test that is never counted, or write it into a folder."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="whose digest")
        parser.add_argument("--to", default="", help="another address to send it to; its links then do nothing")
        parser.add_argument("--preview", type=Path, help="a folder to write the mail into instead of sending it")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email__iexact=options["email"]).first()
        if user is None:
            raise CommandError(f"nobody here has the address {options['email']}")
        if options["preview"]:
            self._write(digests.preview(user), options["preview"])
            return
        try:
            delivery = digests.send_now(user, recipient=options["to"])
        except ValueError as problem:
            raise CommandError(str(problem)) from problem
        if delivery is None:
            raise CommandError("there are fewer than three fresh films to write about")
        tasks.send_soon(delivery.id)
        self.stdout.write(f"“{delivery.subject}” is on its way to {delivery.recipient}")

    def _write(self, mail: Rendered | None, folder: Path) -> None:
        if mail is None:
            raise CommandError("there are fewer than three fresh films to write about")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "digest.html").write_text(mail.html)
            (folder / "digest.txt").write_text(mail.text)
            (folder / "digest.eml").write_bytes(mail.message)
        except OSError as problem:
            raise CommandError(f"the mail could not be written: {problem}") from problem
        self.stdout.write(f"{mail.subject}\n{mail.size} bytes of HTML, {len(mail.links)} links")
        for link in mail.broken_links:
            self.stdout.write(f"{link.problem}: {link.url}")
