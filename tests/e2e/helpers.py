"""What every journey does: open a page, sign in, count full page loads, read the mail."""

import re

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.core import mail
from django.test import Client
from playwright.sync_api import Page

from accounts.models import User


class Site:
    """The site as one browser sees it."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url
        self.loads = 0
        page.on("load", self._count)

    def _count(self, page: Page) -> None:
        self.loads += 1

    def open(self, path: str) -> Page:
        self.page.goto(f"{self.url}{path}")
        return self.page

    def sign_in(self, user: User) -> None:
        """Put a session's cookie into the browser: the log-in form has a test of its own."""
        client = Client()
        client.force_login(user)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        self.page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": self.url}])

    def link_in_last_mail(self) -> str:
        """The path of the first link of the newest mail."""
        found = re.search(r"https?://[^/\s]+(/\S+)", str(mail.outbox[-1].body))
        assert found, "the mail holds no link"
        return found[1]

    @property
    def session(self) -> SessionStore:
        cookies = {cookie["name"]: cookie["value"] for cookie in self.page.context.cookies()}
        return SessionStore(cookies[settings.SESSION_COOKIE_NAME])
