"""What large mail providers ask of a sender, held against the settings and against what the domain says of itself."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.utils import parseaddr
from urllib.parse import urlsplit

from django.conf import settings

from notify import dns, mime

OK, MISSING, ADVICE, UNKNOWN = "ok", "missing", "advice", "unknown"
HERE = {"localhost", "127.0.0.1", "::1"}
NOWHERE = ("localhost", ".local", ".test", ".invalid", "example.org", "example.com", "example.net")
# Words that end in nobody's mailbox.
NOT_SENDING = ("TerminalBackend", "console", "filebased", "locmem", "dummy")


@dataclass(frozen=True, slots=True)
class Finding:
    level: str
    text: str


def findings(*, selector: str = "", server: dns.Server | None = None) -> list[Finding]:
    """Everything that was looked at; what could not be looked up says so."""
    domain = sender_domain()
    found = [*_sending(), *_pages(), *_records()]
    if not domain or domain.endswith(NOWHERE):
        return [*found, Finding(MISSING, f"DEFAULT_FROM_EMAIL: nobody can answer to the domain “{domain}”")]
    found.append(Finding(OK, f"DEFAULT_FROM_EMAIL: mails come from {domain}"))
    found += _looked_up("SPF", lambda: _spf(dns.txt(domain, server=server), domain))
    found += _looked_up("DMARC", lambda: _dmarc(domain, server))
    found += _looked_up("DKIM", lambda: _dkim(domain, selector, server))
    return [*found, *_looked_up("MX", lambda: _mx(domain, server))]


def sender_domain() -> str:
    try:
        return mime.wire(parseaddr(settings.DEFAULT_FROM_EMAIL)[1]).rpartition("@")[2].lower()
    except ValueError:
        return ""


def _sending() -> Iterator[Finding]:
    if any(word in settings.EMAIL_BACKEND for word in NOT_SENDING):
        yield Finding(MISSING, "EMAIL_URL: no mail leaves this site yet")
    elif settings.MAIL_PROVIDER:
        yield Finding(OK, f"MAIL_PROVIDER: mails go through {settings.MAIL_PROVIDER}")
    elif settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL or settings.EMAIL_HOST in HERE:
        yield Finding(OK, f"EMAIL_URL: mails go to {settings.EMAIL_HOST}")
    else:
        yield Finding(
            MISSING, f"EMAIL_URL: mails and password go to {settings.EMAIL_HOST} unencrypted; use smtp+tls://"
        )
    if settings.MAIL_EVENT_SOURCE == "none":
        yield Finding(
            ADVICE,
            "MAIL_EVENT_SOURCE: nobody reports what became of a mail, so doubts stay with staff and bounces"
            " that come later are not seen",
        )


def _pages() -> Iterator[Finding]:
    parts = urlsplit(settings.SITE_URL)
    if parts.scheme == "https" and parts.hostname not in HERE:
        yield Finding(OK, f"SITE_URL: links in mails lead to {parts.hostname}, and one click unsubscribes")
    else:
        yield Finding(MISSING, "SITE_URL: unsubscribing with one click needs a public https address (RFC 8058)")


def _records() -> Iterator[Finding]:
    if not settings.POSTAL_ADDRESS:
        yield Finding(ADVICE, "POSTAL_ADDRESS: many countries ask for the sender's address in every digest")
    if not settings.UNSUBSCRIBE_EMAIL:
        yield Finding(ADVICE, "UNSUBSCRIBE_EMAIL: some mail programs can unsubscribe only by writing a mail")


def _looked_up(name: str, look: Callable[[], Finding]) -> Iterator[Finding]:
    try:
        yield look()
    except dns.LookupFailed as problem:
        yield Finding(UNKNOWN, f"{name}: could not be looked up ({problem})")


def _spf(texts: list[str], domain: str) -> Finding:
    records = [text for text in texts if text.lower().split(" ")[0] == "v=spf1"]
    if not records:
        return Finding(MISSING, f"SPF: {domain} does not say who may send in its name (a TXT record “v=spf1 …”)")
    if len(records) > 1:
        return Finding(MISSING, f"SPF: {domain} has {len(records)} records; with more than one none counts")
    words = records[0].lower().split()
    if "+all" in words or "all" in words:
        return Finding(MISSING, "SPF: “+all” lets everybody send in your name")
    return Finding(OK, f"SPF: {records[0]}")


def _dmarc(domain: str, server: dns.Server | None) -> Finding:
    """The domain's own record, or the one of the domain above it."""
    for name in [domain, *([domain.split(".", 1)[1]] if domain.count(".") > 1 else [])]:
        for text in dns.txt(f"_dmarc.{name}", server=server):
            tags = dict(part.strip().split("=", 1) for part in text.split(";") if "=" in part)
            if tags.get("v") == "DMARC1":
                level = ADVICE if tags.get("p") == "none" and "rua" not in tags else OK
                return Finding(level, f"DMARC: {text}")
    return Finding(MISSING, f"DMARC: _dmarc.{domain} has no record; “v=DMARC1; p=none; rua=mailto:…” is a beginning")


def _dkim(domain: str, selector: str, server: dns.Server | None) -> Finding:
    if not selector:
        return Finding(UNKNOWN, "DKIM: its name is only known to whoever signs; give it with --selector")
    name = f"{selector}._domainkey.{domain}"
    if any("p=" in text.replace("p=;", "") for text in dns.txt(name, server=server)):
        return Finding(OK, f"DKIM: {name} holds a key")
    return Finding(MISSING, f"DKIM: {name} holds no key")


def _mx(domain: str, server: dns.Server | None) -> Finding:
    if dns.has_mx(domain, server=server):
        return Finding(OK, f"MX: {domain} takes mail, so bounces can come back")
    return Finding(MISSING, f"MX: {domain} takes no mail, so bounces cannot come back")
