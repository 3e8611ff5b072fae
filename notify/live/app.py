"""The ASGI application of the streams: one address, and a word for whoever looks after the process."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.db import DatabaseError

from notify.live import people, states
from notify.live.hub import RETRY, Hub, Stream

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Headers = dict[str, str]

LAST_WORDS = 0.3  # seconds for the ends of all streams to be written
_hubs: list[Hub] = []


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        await _live(receive, send)
    elif scope["type"] == "http":
        await _answer(scope, receive, send)


def hub() -> Hub:
    """The one of this process, started by whoever comes first."""
    if not _hubs:
        _hubs.append(Hub())
        _hubs[0].start()
    return _hubs[0]


async def _live(receive: Receive, send: Send) -> None:
    while (message := await receive())["type"] != "lifespan.shutdown":
        hub()
        _end_on_signals()
        await send({"type": f"{message['type']}.complete"})
    await send({"type": "lifespan.shutdown.complete"})


def _end_on_signals() -> None:
    """Servers wait for the requests under way before they say that they stop, and a stream is under way for ever: when
    the process is asked to end, the streams are the first to hear of it."""
    loop = asyncio.get_running_loop()
    with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):  # another system, or another thread
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, _end, loop)


def _end(loop: asyncio.AbstractEventLoop) -> None:
    hub().stop()
    loop.call_later(LAST_WORDS, sys.exit)


async def _answer(scope: Scope, receive: Receive, send: Send) -> None:
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    if scope["path"] == "/healthz":
        await _say(send, 200, "ok")
    elif scope["path"] != urlsplit(settings.EVENTS_URL).path:
        await _say(send, 404, "not found")
    elif scope["method"] != "GET":
        await _say(send, 405, "only GET", {"allow": "GET"})
    elif not people.is_ours(
        host=headers.get("host", ""), origin=headers.get("origin", ""), site=headers.get("sec-fetch-site", "")
    ):
        await _say(send, 403, "not from this site")
    else:
        await _admit(scope, headers, receive, send)


async def _admit(scope: Scope, headers: Headers, receive: Receive, send: Send) -> None:
    shared = _for_origin(headers.get("origin", ""))
    after = headers.get("last-event-id", "")
    try:
        listener = await hub().ask(people.who, headers.get("cookie", ""))
        if listener is None:
            return await _say(send, 401, "log in first", shared)
        if hub().is_full(listener.user_id):
            return await _say(send, 429, "too many streams", shared)
        missed = await hub().ask(states.missed, listener.user_id, int(after)) if _is_id(after) else 0
    except DatabaseError:
        return await _say(send, 503, "database unreachable", shared)
    await _pour(Stream(listener, _language(scope), missed), shared, receive, send)
    return None


async def _pour(stream: Stream, shared: Headers, receive: Receive, send: Send) -> None:
    streaming = {"content-type": "text/event-stream; charset=utf-8", "x-accel-buffering": "no"}
    leaving = asyncio.create_task(_wait_until_gone(receive, stream))
    hub().add(stream)
    try:
        await _begin(send, 200, {**streaming, **shared})
        await _more(send, RETRY)
        while not stream.has_left:
            for piece in stream.take():
                await _more(send, piece)
            if stream.is_over:
                break
            await stream.wake.wait()
            stream.wake.clear()
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    finally:
        leaving.cancel()
        hub().remove(stream)


async def _wait_until_gone(receive: Receive, stream: Stream) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    stream.leave()


def _for_origin(origin: str) -> Headers:
    """For the page that asks, on another port; `people.is_ours` has looked at the origin."""
    if not origin:
        return {}
    return {"access-control-allow-origin": origin, "access-control-allow-credentials": "true", "vary": "Origin"}


def _language(scope: Scope) -> str:
    asked = parse_qs(scope["query_string"].decode("latin-1")).get("language", [""])[0]
    return asked if asked in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19


async def _say(send: Send, status: int, text: str, headers: Headers | None = None) -> None:
    await _begin(send, status, {"content-type": "text/plain; charset=utf-8", **(headers or {})})
    await send({"type": "http.response.body", "body": text.encode(), "more_body": False})


async def _begin(send: Send, status: int, headers: Headers) -> None:
    told = {"cache-control": "no-store", "x-content-type-options": "nosniff", **headers}
    pairs = [(name.encode(), value.encode("latin-1")) for name, value in told.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})


async def _more(send: Send, piece: bytes) -> None:
    await send({"type": "http.response.body", "body": piece, "more_body": True})
