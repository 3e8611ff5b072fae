"""A stored mail taken apart, for staff to look at: they see what was sent, and nothing that acts for its reader."""

import re
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import cast

from notify import addresses, kinds
from notify.models import Channel, Delivery

# Signed links act for the person whom the mail is for, as does the subject of a mail that unsubscribes; what remains of
# them leads nowhere.
_SIGNED = re.compile(r"(/(?:u|m|push|confirm-email|password/reset/key)/|[?&]subject=unsubscribe%20)[^\s\"'<>]+")
_DARK = re.compile(r"@media\s*\(\s*prefers-color-scheme\s*:\s*dark\s*\)")
_ID = re.compile(rb"^message-id:.*?\r?\n(?:[ \t].*?\r?\n)*", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Letter:
    """`headers` as they stand in the mail, `html` and `text` decoded; "" for a part that is not there."""

    headers: str
    text: str
    html: str
    size: int


def opened(delivery: Delivery, *, shows_address: bool) -> Letter:
    """What stands in the row. Addresses are masked for those who may not read them; a row without bytes is its text,
    and so is a mail about the account, whose bytes are for its reader alone."""
    raw = b"" if kinds.is_account(delivery.notification_type) else bytes(delivery.message or b"")
    if delivery.channel != Channel.EMAIL or not raw:
        text = raw.decode(errors="replace") if raw else delivery.content
        return Letter("", cut(text), "", len(raw))
    parsed = cast(EmailMessage, message_from_bytes(raw, policy=default))
    head = re.split(rb"\r?\n\r?\n", raw, maxsplit=1)[0].decode(errors="replace")
    if not shows_address and delivery.recipient:
        head = re.sub(re.escape(delivery.recipient), addresses.masked(delivery.recipient), head, flags=re.IGNORECASE)
    text, html = _part(parsed, "plain"), _part(parsed, "html")
    return Letter(cut(head), cut(text), cut(html), len(raw))


def cut(text: str) -> str:
    """The same words, with links that lead nowhere."""
    return _SIGNED.sub(r"\1…", text)


def in_colours(html: str, scheme: str) -> str:
    """The mail as a program shows it that is light or dark, whatever this browser is."""
    return _DARK.sub("@media all" if scheme == "dark" else "@media not all", html)


def renamed(message: bytes, message_id: str) -> bytes:
    """The same mail with another Message-ID: a mailbox drops a second one of the same."""
    head, gap, body = re.split(rb"(\r?\n\r?\n)", message, maxsplit=1)
    end = b"\r\n" if b"\r" in gap else b"\n"
    bare = _ID.sub(b"", head + end)
    return bare + b"Message-ID: " + message_id.encode("ascii") + gap + body


def _part(mail: EmailMessage, kind: str) -> str:
    found = mail.get_body((kind,))
    if found is None:
        return ""
    try:
        return str(found.get_content())
    except (LookupError, UnicodeError):  # an unknown or a wrong character set
        return bytes(found.get_payload(decode=True) or b"").decode(errors="replace")
