"""A push service's answer is its first line: it stands whatever becomes of the words below it."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from notify.models import Device
from notify.push import messages, web
from tests.notify.push_service import Browser

TORN = [b"Content-Length: 500\r\n\r\nhalf of it"]
SILENT = [b"Content-Length: 500\r\n\r\n", *[b""] * 15]
NO_ZIP = [b"Content-Encoding: gzip\r\nContent-Length: 7\r\n\r\nnot zip"]
NO_CHUNKS = [b"Transfer-Encoding: chunked\r\n\r\nnonsense\r\n"]
DRIBBLING = [b"Content-Length: 60\r\n\r\n", *[b"."] * 60]


@contextlib.contextmanager
def answering(*pieces: bytes) -> Iterator[str]:
    """The address of a server that says this, one piece each tenth of a second, and hangs up."""

    def serve() -> None:
        with contextlib.suppress(OSError), listener.accept()[0] as taken:
            taken.recv(65_536)
            for piece in pieces:
                taken.sendall(piece)
                time.sleep(0.1)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, daemon=True).start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture
def quick(monkeypatch, push_is_on) -> None:
    monkeypatch.setattr(web, "TIMEOUT_SECONDS", 0.5)


@pytest.mark.parametrize(
    ("status", "verdict"), [(b"201 Created", "taken"), (b"503 Busy", "later"), (b"410 Gone", "gone")]
)
@pytest.mark.parametrize("below", [TORN, SILENT, NO_ZIP, NO_CHUNKS, DRIBBLING])
def test_the_first_line_decides_and_nobody_waits_for_the_rest(settings, quick, status, verdict, below):
    message = messages.make(title="Three films", body="", url="/", topic="picks", click="/push/x/")
    with answering(b"HTTP/1.1 " + status + b"\r\n", *below) as place:
        settings.PUSH_HOSTS = [place]
        began = time.monotonic()
        answer = web.WebPush().send(Device(token=f"http://{place}/one", keys=Browser().keys), message)
    assert (answer.verdict, time.monotonic() - began < 3) == (verdict, True)
