from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.services import demo_logins
from notify.models import Announcement
from notify.services import announcements, news

TITLE = "Welcome to the demo"
MESSAGE = (
    "Everybody here is simulated, but for the log-ins that the terminal shows. Rate a film and see your picks change;"
    " ask any of them why it is there, or choose what should reach you by e-mail."
)


class Command(BaseCommand):
    help = "Put a first message and the news of their picks into the inboxes of the demo's log-ins. Local mode only."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            logins = demo_logins.ensure()
        except demo_logins.LocalOnly as problem:
            raise CommandError(str(problem)) from problem
        admin = next(login.user for login in logins if login.user.is_superuser)
        if not Announcement.objects.exists():
            welcome = Announcement(title=TITLE, message=MESSAGE, action_url="/settings/notifications/")
            announcements.save(announcement=welcome, actor=admin)
        announcements.carry_out()
        news.new_picks()
