"""A push service on this machine that reads what it gets, as a browser would, and answers what a test tells it to."""

import base64
import json
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import http_ece
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from accounts.models import User
from notify.models import Device
from notify.services import devices


def text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Browser:
    """Keys as a browser makes them, and what it makes of a message."""

    def __init__(self) -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.secret = b"sixteen secrets!"

    @property
    def keys(self) -> dict[str, str]:
        point = self.private.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        return {"p256dh": text(point), "auth": text(self.secret)}

    def read(self, body: bytes) -> dict[str, Any]:
        plain = http_ece.decrypt(body, private_key=self.private, auth_secret=self.secret, version="aes128gcm")
        return json.loads(plain)


@dataclass
class Asked:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class PushService:
    """Answers in the order of `answers` (status and headers), then 201 for ever. `hang` keeps it silent."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    answers: deque[tuple[int, dict[str, str]]] = field(default_factory=deque)
    hang: threading.Event | None = None

    @property
    def place(self) -> str:
        return self.url.removeprefix("http://")

    def device(self, user: User, browser: Browser | None = None, path: str = "/one") -> Device:
        keys = (browser or Browser()).keys
        return devices.subscribe(user=user, endpoint=f"{self.url}{path}", keys=keys, user_agent="Firefox/140 Windows")


@contextmanager
def running() -> Iterator[PushService]:
    service = PushService()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            service.asked.append(Asked(self.path, dict(self.headers), body))
            if service.hang:
                service.hang.wait(5)
            status, headers = service.answers.popleft() if service.answers else (201, {"Location": "/message/7"})
            self.send_response(status)
            for name, value in {"Content-Length": "0", **headers}.items():
                self.send_header(name, value)
            self.end_headers()

        do_GET = do_POST

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield service
    finally:
        if service.hang:
            service.hang.set()
        server.shutdown()
        server.server_close()
