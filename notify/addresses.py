"""What we keep of an address whose owner may be gone: a hash, and a form that nobody can write to."""

import contextlib
import hashlib


def normal(address: str) -> str:
    """The form in which two spellings of one mailbox are the same; the domain in ASCII (IDNA)."""
    local, _, domain = address.strip().rpartition("@")
    with contextlib.suppress(UnicodeError):  # no such domain: the same wrong letters are still the same
        domain = domain.encode("idna").decode("ascii")
    return f"{local}@{domain}".casefold()


def hashed(address: str) -> str:
    """SHA-256 of the normal form, as hexadecimal digits."""
    return hashlib.sha256(normal(address).encode()).hexdigest()


def masked(address: str) -> str:
    """ "a…@example.org": enough for staff to recognise whom they were asked about."""
    local, _, domain = address.strip().rpartition("@")
    return f"{local[:1]}…@{domain}"
