"""From words to the bytes that go over the wire: one e-mail, rendered once, with the headers that bulk mail needs.

The bytes are ASCII whatever the words are, so that every server takes them as they stand; the one exception is an
address whose local part is not ASCII, which needs a server that speaks SMTPUTF8.
"""

import base64
import binascii
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from email.header import Header
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime, parseaddr
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import get_language

from accounts.models import User
from notify import tokens
from notify.addresses import ascii_domain
from notify.kinds import KINDS

LONGEST_SUBJECT = 200
LONGEST_NAME = 80
# Writing-direction overrides make a title lie about what follows it; the joiners that emoji need stay.
_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True)
class Built:
    """A finished e-mail and the Message-ID in it."""

    message: bytes
    message_id: str


class _Addresses(UnstructuredHeader, BaseHeader):
    """A header of addresses in angle brackets, folded between them only: Python would put a long one in code words."""

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: " + f",{policy.linesep} ".join(str(self).split(", ")) + policy.linesep


class _Subject(UnstructuredHeader, BaseHeader):
    """Folded the older way: the newer one leaves the first line of a long subject empty."""

    def fold(self, *, policy: Policy) -> str:
        words = str(self)
        is_plain = words.isascii() and max(map(len, words.split()), default=0) < 60
        folded = Header(words, None if is_plain else "utf-8", maxlinelen=76, header_name=self.name)
        return f"{self.name}: {folded.encode(linesep=policy.linesep)}{policy.linesep}"


_HEADERS = HeaderRegistry()
_HEADERS.map_to_type("subject", _Subject)
_HEADERS.map_to_type("list-unsubscribe", _Addresses)
_HEADERS.map_to_type("message-id", _Addresses)
_POLICY = SMTP.clone(header_factory=_HEADERS, cte_type="7bit")


def build(
    *,
    user: User,
    kind: str,
    subject: str,
    text: str,
    html: str,
    key: str,
    headers: Mapping[str, str] | None = None,
    recipient: str = "",
    is_sample: bool = False,
) -> Built:
    """The mail in both forms. `key` is its idempotency key, of which the Message-ID is made: the same key gives the
    same Message-ID. `html` may be empty. `recipient` where it is not the person's own address. `is_sample`: a mail that
    is about `user` and goes to somebody else, whose link to unsubscribe does nothing. Raises KeyError for a kind that
    does not exist, ValueError for an address that cannot be written.
    """
    address = wire(recipient or user.email)
    local, _, domain = address.rpartition("@")
    mail = EmailMessage(policy=_POLICY if local.isascii() else _POLICY.clone(utf8=True))
    message_id = message_id_for(user=user, kind=kind, key=key)
    mail["Subject"] = line(subject, LONGEST_SUBJECT)
    mail["From"] = _sender()
    # Whoever gives somebody else's address as theirs must not write to that person by way of their own name.
    name = "" if KINDS[kind].is_account else line(user.display_name, LONGEST_NAME)
    mail["To"] = Address(name, local, domain)
    mail["Date"] = format_datetime(timezone.now())
    mail["Message-ID"] = message_id
    mail["Auto-Submitted"] = "auto-generated"
    if not KINDS[kind].is_account:
        for name, value in _bulk(user, kind, key, is_sample).items():
            mail[name] = value
    for name, value in (headers or {}).items():
        mail[name] = line(value, 900)
    mail.make_alternative()
    mail.attach(_part(text, "plain"))
    if html:
        mail.attach(_part(html, "html"))
    mail["Content-Language"] = get_language() or settings.LANGUAGE_CODE
    return Built(mail.as_bytes(), message_id)


def message_id_for(*, user: User, kind: str, key: str) -> str:
    """ "<digest.2026-W43.7@example.org>": the kind, what is particular of the key, the person."""
    own = [part for part in key.split(":") if part not in (kind, str(user.pk))]
    local = ".".join(re.sub(r"[^A-Za-z0-9_-]+", ".", part).strip(".") for part in (kind, *own, str(user.pk)))
    return f"<{re.sub(r'[.]{2,}', '.', local)[:180]}@{site_domain()}>"


def unsubscribe_url(user: User, scope: str, key: str, *, is_sample: bool = False) -> str:
    """`key` is that of the mail in which the link stands."""
    token = tokens.SAMPLE if is_sample else tokens.unsubscribe(user, scope, key)
    return absolute(reverse("notify:unsubscribe", args=[token]))


def absolute(path: str) -> str:
    return settings.SITE_URL.rstrip("/") + path


def site_domain() -> str:
    return ascii_domain(urlsplit(settings.SITE_URL).hostname or "localhost")


def wire(address: str) -> str:
    """The address as SMTP wants it: the domain in ASCII. Raises ValueError where there is no address to be seen."""
    local, at, domain = address.strip().rpartition("@")
    if not (local and at and domain) or re.search(r"[\s\x00-\x1f\x7f<>]", address.strip()):
        raise ValueError("this is not an e-mail address")
    return f"{local}@{ascii_domain(domain)}"


def line(words: str, longest: int) -> str:
    """One line that is safe in a header: no control characters, no overrides of the direction, and not too long."""
    is_plain = words.isascii() and words.isprintable()  # most are, and the rest takes its time
    kept = words if is_plain else "".join(_spaced(one) for one in words if _is_sayable(one))
    kept = " ".join(kept.split())
    return kept if len(kept) <= longest else kept[: longest - 1].rstrip() + "…"


def _spaced(letter: str) -> str:
    return " " if unicodedata.category(letter) == "Cc" else letter


def _is_sayable(letter: str) -> bool:
    return letter not in _OVERRIDES and unicodedata.category(letter) != "Cs"


def _sender() -> Address:
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    local, _, domain = wire(address).rpartition("@")
    return Address(line(name, LONGEST_NAME), local, domain)


def _bulk(user: User, kind: str, key: str, is_sample: bool) -> dict[str, str]:
    """RFC 8058 (one click), RFC 2919 (List-Id), and what large providers ask for to tell complaints apart."""
    domain, ways = site_domain(), [f"<{unsubscribe_url(user, kind, key, is_sample=is_sample)}>"]
    if settings.UNSUBSCRIBE_EMAIL and not is_sample:
        about = quote(f"unsubscribe {tokens.unsubscribe(user, kind, key)}")
        ways.append(f"<mailto:{wire(settings.UNSUBSCRIBE_EMAIL)}?subject={about}>")
    return {
        "List-Unsubscribe": ", ".join(ways),
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-Id": f"<{kind.replace('_', '-')}.{domain}>",
        "Feedback-ID": f"{kind}:bulk:mail:{slugify(settings.SITE_NAME)[:15] or 'site'}",
        "Precedence": "bulk",
    }


def _part(words: str, subtype: str) -> EmailMessage:
    """In whichever encoding is shorter: quoted-printable stays readable, base64 suits other scripts. Python's own way
    there takes longer than all the rest of the mail."""
    raw = "\n".join(words.splitlines()).encode(errors="ignore") + b"\n"  # half a surrogate pair says nothing
    quoted, coded = binascii.b2a_qp(raw, istext=True), base64.encodebytes(raw)
    part = EmailMessage(policy=_POLICY)
    part["Content-Type"] = f'text/{subtype}; charset="utf-8"'
    part["Content-Transfer-Encoding"] = "quoted-printable" if len(quoted) <= len(coded) else "base64"
    part.set_payload(min(quoted, coded, key=len).decode("ascii"))
    return part
