"""A look at a finished mail: what its headers say, how large it is, where its links lead."""

from dataclasses import dataclass
from email import message_from_bytes, policy
from html.parser import HTMLParser
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import Resolver404, resolve

CLIPPED_AT = 90_000  # bytes; Gmail hides what comes after about 102 kB


@dataclass(frozen=True, slots=True)
class Link:
    """`problem` is empty for a link that leads to a page of ours."""

    url: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Rendered:
    """`size` is that of the HTML in bytes, which is what mail programs cut off; `message` the mail as it is sent."""

    subject: str
    html: str
    text: str
    headers: tuple[tuple[str, str], ...]
    size: int
    links: tuple[Link, ...]
    message: bytes

    @property
    def is_too_large(self) -> bool:
        return self.size >= CLIPPED_AT

    @property
    def broken_links(self) -> list[Link]:
        return [link for link in self.links if link.problem]


def read(message: bytes) -> Rendered:
    """Take a mail apart again."""
    mail = message_from_bytes(message, policy=policy.default)
    html, text = _part(mail, "html"), _part(mail, "plain")
    return Rendered(
        subject=str(mail["Subject"]),
        html=html,
        text=text,
        headers=tuple((name, str(value)) for name, value in mail.items()),
        size=len(html.encode()),
        links=tuple(checked(url) for url in links(html)),
        message=message,
    )


def links(html: str) -> list[str]:
    """Every address in the mail, each once, in order."""
    reader = _Reader()
    reader.feed(html)
    return list(dict.fromkeys(reader.found))


def checked(url: str) -> Link:
    parts, ours = urlsplit(url), urlsplit(settings.SITE_URL)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        return Link(url, "not absolute")
    if parts.netloc != ours.netloc:
        return Link(url, "" if parts.netloc == "image.tmdb.org" else "not ours")
    try:
        resolve(parts.path)
    except Resolver404:
        return Link(url, "no such page")
    return Link(url)


def _part(mail: object, subtype: str) -> str:
    body = mail.get_body(preferencelist=(subtype,))  # type: ignore[attr-defined]
    return body.get_content() if body else ""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in {"href", "src", "background"}]
