"""Which addresses may be pushed to.

The address of a browser's mailbox is given to us by that browser, so by anybody: without this list the site could be
made to send requests to whatever its network reaches.
"""

import ipaddress
import re
import socket
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

HOSTS = (
    "fcm.googleapis.com",
    "updates.push.services.mozilla.com",
    "*.updates.push.services.mozilla.com",
    "*.notify.windows.com",
    "web.push.apple.com",
)
LONGEST = 1000
PORTS = {"https": 443, "http": 80}
# Parsers disagree about what else may stand in an address.
_PLAIN = re.compile(r"[!#-\[\]_a-z~]+", re.IGNORECASE)
# An IPv4 address may stand in the last 32 bits (RFC 6052, RFC 8215; RFC 4291 has given up the third).
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_LOCAL_NAT64 = ipaddress.IPv6Network("64:ff9b:1::/48")
_COMPATIBLE = ipaddress.IPv6Network("::/96")
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class NotAllowed(ValueError):
    """No address of a push service that this site sends to."""


def check(endpoint: str) -> SplitResult:
    """The parts of the address. Raises NotAllowed.

    https only, on the hosts above or on those of PUSH_HOSTS; plain http only where PUSH_HOSTS names this very machine.
    """
    if len(endpoint) > LONGEST or not _PLAIN.fullmatch(endpoint):
        raise NotAllowed("that is no address")
    try:
        parts = urlsplit(endpoint)
        host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    except (ValueError, KeyError) as problem:
        raise NotAllowed("that is no address") from problem
    if "@" in parts.netloc or parts.fragment or not host:
        raise NotAllowed("that is no address of a push service")
    is_listed = _is_own(host, port)
    if parts.scheme != "https" and not (is_listed and host in _LOOPBACK):
        raise NotAllowed("push services are reached by https")
    if not is_listed and not (port == PORTS["https"] and any(_matches(host, place) for place in HOSTS)):
        raise NotAllowed("no push service that we know")
    return parts


def origin(endpoint: str) -> str:
    """What VAPID calls the audience."""
    parts = urlsplit(endpoint)
    return f"{parts.scheme}://{parts.netloc}"


def check_reachable(parts: SplitResult) -> None:
    """Raises NotAllowed when the host's name leads into a private network, and OSError when it leads nowhere.

    What PUSH_HOSTS names was allowed by whoever runs the site, wherever it lies.
    """
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    if _is_own(host, port):
        return
    for *_, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        if not is_public(str(address[0])):
            raise NotAllowed("that name leads into a private network")


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        if found in _LOCAL_NAT64 or found in _COMPATIBLE:
            return False
        inside = ipaddress.IPv4Address(int(found) % 2**32) if found in _NAT64 else None
        found = found.ipv4_mapped or found.sixtofour or inside or found
    return found.is_global and not found.is_multicast


def _is_own(host: str, port: int) -> bool:
    """PUSH_HOSTS names hosts, each with its port where that is not 443: "push.example.org", "127.0.0.1:9000"."""
    return any(
        _matches(f"{host}:{port}", place if _has_port(place) else f"{place}:443") for place in settings.PUSH_HOSTS
    )


def _has_port(place: str) -> bool:
    return re.search(r":\d+$", place) is not None


def _matches(host: str, place: str) -> bool:
    """ "*.example.org" stands for every name below example.org, and not for example.org itself."""
    if place.startswith("*."):
        return host.endswith(place[1:].lower()) and len(host) > len(place) - 1
    return host == place.lower()
