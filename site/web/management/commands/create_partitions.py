from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from web import partitions


class Command(BaseCommand):
    help = "Make the coming partitions of every partitioned table. Safe to run at any time, any number of times."

    def handle(self, *args: Any, **options: Any) -> None:
        made = partitions.create_coming(timezone.localdate())
        for name in made:
            self.stdout.write(f"made {name}")
        self.stdout.write(f"{len(made)} partitions made for {len(partitions.registered())} tables")
