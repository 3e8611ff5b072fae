"""What a push message says, and how it is kept small: push services promise to carry 4 KB, encryption included."""

import base64
import hashlib
import json
import re
from dataclasses import asdict, dataclass, replace

MOST_BYTES = 3 * 1024
TITLE_BYTES = 400
BODY_BYTES = 1_600
LEAST_TTL, MOST_TTL = 3_600, 86_400
_TOPIC = re.compile(r"[A-Za-z0-9_-]{1,32}")


class TooLarge(ValueError):
    """It does not fit, however short its words are made."""


@dataclass(frozen=True, slots=True)
class Message:
    """`url` is a path of ours. `click` is the path that leads there and notes that somebody followed; what shows the
    message goes there. Of two messages with one `topic` (32 letters, digits, - and _) the newer takes the other's
    place, in the push service and on the screen. `ttl` is for how many seconds a device may be out of reach."""

    title: str
    body: str
    url: str
    topic: str
    click: str = ""
    ttl: int = MOST_TTL

    @property
    def payload(self) -> bytes:
        said = {name: value for name, value in asdict(self).items() if name != "ttl"}
        return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def make(*, title: str, body: str, url: str, topic: str, click: str) -> Message:
    """Shortened to what fits. Raises ValueError for an address that is not a path of ours, TooLarge for a long one."""
    if not re.fullmatch(r"/(?![/\\])[^\s\\]*", url):
        raise ValueError("a push message leads to a path of this site")
    message = Message(shorten(title, TITLE_BYTES), shorten(body, BODY_BYTES), url, tidy(topic), click)
    while len(message.payload) > MOST_BYTES and message.body:  # quotes and the like take two bytes each
        message = replace(message, body=shorten(message.body, len(message.body.encode()) * 3 // 4))
    if len(message.payload) > MOST_BYTES:
        raise TooLarge(f"{len(message.payload)} bytes")
    return message


def read(payload: bytes) -> Message:
    """The message of a payload. Raises ValueError."""
    try:
        return Message(**json.loads(payload))
    except TypeError as problem:
        raise ValueError("no message of ours") from problem


def shrunk(message: Message) -> Message:
    """What is left when a push service finds it too large: a short title."""
    return replace(message, title=shorten(message.title, 120), body="")


def shorten(text: str, most: int) -> str:
    """On one line, in at most so many bytes of UTF-8."""
    text = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    if len(text.encode()) <= most:
        return text
    return text.encode()[: max(0, most - 3)].decode(errors="ignore").rstrip() + "…" if most >= 8 else ""


def tidy(topic: str) -> str:
    """As the header wants it; any other name becomes a digest of itself, so that equal names stay equal."""
    if _TOPIC.fullmatch(topic):
        return topic
    return base64.urlsafe_b64encode(hashlib.sha256(topic.encode()).digest()).decode()[:32]
