from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Compile locale/*/LC_MESSAGES/*.po to .mo without GNU gettext; files that are up to date stay as they are."

    def handle(self, *args: Any, **options: Any) -> None:
        compiled = 0
        for folder in settings.LOCALE_PATHS:
            for source in sorted(Path(folder).glob("*/LC_MESSAGES/*.po")):
                compiled += self._compile(source)
        if options["verbosity"]:
            self.stdout.write(f"{compiled} catalogues compiled")

    def _compile(self, source: Path) -> bool:
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            return False
        try:
            with source.open("rb") as handle:
                catalog = read_po(handle, abort_invalid=True)
        except (PoFileError, ValueError) as problem:
            raise CommandError(f"{source}: {problem}") from None
        scratch = target.with_suffix(".mo.new")
        with scratch.open("wb") as handle:
            write_mo(handle, catalog)
        scratch.replace(target)
        return True
