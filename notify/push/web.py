"""Web Push: RFC 8030 (the request), 8188 and 8291 (the encryption), 8292 (VAPID, which says who sends)."""

import base64
import importlib.util
import logging
import time
from functools import cache
from typing import Any

import requests
from django.conf import settings

from notify.models import Device
from notify.push import endpoints, retry_after
from notify.push.base import Answer, Verdict
from notify.push.messages import LEAST_TTL, MOST_TTL, Message

logger = logging.getLogger(__name__)
TIMEOUT_SECONDS = 10
VAPID_SECONDS = 12 * 60 * 60
LONGEST_ANSWER = 1_000


class WebPush:
    """To a browser, through the push service of whoever made it."""

    def is_ready(self) -> bool:
        return bool(settings.VAPID_PRIVATE_KEY)

    def send(self, device: Device, message: Message) -> Answer:
        if not (self.is_ready() and is_installed()):
            return Answer(Verdict.CLOSED, "Web Push is not set up: see docs/notifications.md")
        try:
            parts = endpoints.check(device.token)
            endpoints.check_reachable(parts)
            return _post(device.token, _sealed(device, message), _headers(device.token, message))
        except endpoints.NotAllowed as problem:
            return Answer(Verdict.REFUSED, str(problem))
        # A second message of the same topic takes the first one's place, so asking again after silence does no harm.
        except (requests.RequestException, OSError) as problem:
            return Answer(Verdict.LATER, f"{type(problem).__name__}: {problem}"[:LONGEST_ANSWER])
        except Exception as problem:  # whatever a cipher makes of somebody's keys must not stop the others
            logger.exception("a push message could not be made")
            return Answer(Verdict.REFUSED, f"{type(problem).__name__}: {problem}"[:LONGEST_ANSWER])


def is_installed() -> bool:
    """Whether the extra `push` is there."""
    return importlib.util.find_spec("pywebpush") is not None


def new_keys() -> tuple[str, str]:
    """A public key and its private one, as VAPID_PUBLIC_KEY and VAPID_PRIVATE_KEY take them."""
    from pywebpush import Vapid  # noqa: PLC0415 - an extra

    made = Vapid()
    made.generate_keys()
    private = _text(made.private_key.private_numbers().private_value.to_bytes(32))
    return public_key(private), private


def public_key(private_key: str) -> str:
    """The other half."""
    numbers = _key(private_key).public_key.public_numbers()
    return _text(b"\x04" + numbers.x.to_bytes(32) + numbers.y.to_bytes(32))


def _text(key: bytes) -> str:
    return base64.urlsafe_b64encode(key).rstrip(b"=").decode()


def _sealed(device: Device, message: Message) -> bytes:
    """The payload as only this browser can read it."""
    from pywebpush import WebPusher  # noqa: PLC0415 - an extra, and it takes half a second to load

    keys = {name: device.keys.get(name, "") for name in ("p256dh", "auth")}
    return bytes(WebPusher({"endpoint": device.token, "keys": keys}).encode(message.payload, "aes128gcm")["body"])


def _headers(endpoint: str, message: Message) -> dict[str, str]:
    claims = {
        "sub": settings.VAPID_SUBJECT,
        "aud": endpoints.origin(endpoint),
        "exp": int(time.time()) + VAPID_SECONDS,
    }
    return {
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(min(max(message.ttl, LEAST_TTL), MOST_TTL)),
        "Urgency": "low",
        "Topic": message.topic,
        **_key(settings.VAPID_PRIVATE_KEY).sign(claims),
    }


@cache
def _key(private_key: str) -> Any:
    from pywebpush import Vapid  # noqa: PLC0415 - an extra

    return Vapid.from_string(private_key=private_key)


def _post(endpoint: str, body: bytes, headers: dict[str, str]) -> Answer:
    """Straight to the host that was checked: no redirect, and no proxy or password of the environment."""
    with requests.Session() as session:
        session.trust_env = False
        with session.post(
            endpoint, data=body, headers=headers, timeout=TIMEOUT_SECONDS, allow_redirects=False, stream=True
        ) as response:
            return _answer(response, " ".join(f"{response.status_code} {response.reason} {_words(response)}".split()))


def _words(response: requests.Response) -> str:
    """What comes at once of the words below the answer. The answer stands whether or not they can be read."""
    try:
        said = response.raw.read1(LONGEST_ANSWER, decode_content=True)
    except Exception:  # silence, a torn connection, something else than it is said to be
        return ""
    return bytes(said).decode(errors="replace")


def _answer(response: requests.Response, said: str) -> Answer:
    status = response.status_code
    if status in {200, 201, 202, 204}:
        return Answer(Verdict.TAKEN, external_id=response.headers.get("Location", "")[:255])
    if status in {404, 410}:
        return Answer(Verdict.GONE, said)
    if status == 413:
        return Answer(Verdict.TOO_LARGE, said)
    if status in {408, 425, 429} or status >= 500:
        return Answer(Verdict.LATER, said, retry_after.wait(response.headers.get("Retry-After")))
    return Answer(Verdict.REFUSED, said)
