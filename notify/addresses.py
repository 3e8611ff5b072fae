"""What we keep of an address whose owner may be gone: a hash, and a form that nobody can write to."""

import contextlib
import hashlib
import re
import unicodedata

# All of these end a label (RFC 3490, 3.1). What the older standard turned into other letters, or dropped, makes another
# domain by the one that registries follow (RFC 5894, 7.2): "straße" is not "strasse".
_DOTS = re.compile(r"[.\u3002\uff0e\uff61]")
_DEVIATIONS = frozenset("ßς\u200c\u200d")
LONGEST_LABEL = 63


def normal(address: str) -> str:
    """The form in which two spellings of one mailbox are the same; the domain in ASCII (IDNA)."""
    local, _, domain = address.strip().rpartition("@")
    with contextlib.suppress(UnicodeError):  # no such domain: the same wrong letters are still the same
        domain = ascii_domain(domain)
    return f"{local}@{domain}".lower()


def ascii_domain(domain: str) -> str:
    """As the wire wants it. Raises ValueError (UnicodeError) for what can be no domain."""
    if domain.isascii():
        return domain
    labels = [_ascii_label(label) for label in _DOTS.split(domain.rstrip("."))]
    if not all(labels):
        raise UnicodeError("a label is empty")
    return ".".join(labels)


def _ascii_label(label: str) -> str:
    if label.isascii():
        return label
    if not _DEVIATIONS & set(label.lower()):
        return label.encode("idna").decode("ascii")
    coded = "xn--" + unicodedata.normalize("NFKC", label.lower()).encode("punycode").decode("ascii")
    if len(coded) > LONGEST_LABEL:
        raise UnicodeError("label too long")
    return coded


def hashed(address: str) -> str:
    """SHA-256 of the normal form, as hexadecimal digits."""
    return hashlib.sha256(normal(address).encode()).hexdigest()


def masked(address: str) -> str:
    """ "a…@example.org": enough for staff to recognise whom they were asked about."""
    local, _, domain = address.strip().rpartition("@")
    return f"{local[:1]}…@{domain}"
