"""The links of a mail: all absolute, those that act or unsubscribe signed."""

from dataclasses import dataclass

from django.urls import reverse

from accounts.models import User
from notify import mime, tokens


@dataclass(frozen=True, slots=True)
class Links:
    """`key` is the mail's idempotency key. `is_measured`: whether we may note that a link was followed. `is_sample`:
    somebody else reads the mail, so its links must not do anything to the person it was made for."""

    user: User
    key: str
    is_measured: bool = True
    is_sample: bool = False

    def to(self, name: str, *args: str) -> str:
        """To a page of ours, by way of the counter where that is allowed."""
        path = reverse(name, args=args)
        if self.is_measured and not self.is_sample:
            path = reverse("notify:click", args=[tokens.click(path, self.key)])
        return mime.absolute(path)

    def act(self, movie_id: int, what: str) -> str:
        token = tokens.SAMPLE if self.is_sample else tokens.act(self.user, movie_id, what, self.key)
        return mime.absolute(reverse("notify:act", args=[token]))

    def unsubscribe(self, scope: str) -> str:
        return mime.unsubscribe_url(self.user, scope, self.key, is_sample=self.is_sample)
