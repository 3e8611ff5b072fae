"""A small closed-loop HTTP client: a few keep-alive connections, as little work per request as Python allows."""

import socket
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """What a round of requests to one address gave: requests/s, latencies in seconds, the answers that were not 200."""

    per_second: float
    latencies: list[float]
    failed: int


class Connection:
    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def close(self) -> None:
        self.socket.close()

    def get(self, request: bytes) -> tuple[bytes, bytes]:
        """Status line with headers, and body."""
        self.socket.sendall(request)
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._more()
        head, _, body = data.partition(b"\r\n\r\n")
        length = int(next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))[15:])
        parts, have = [body], len(body)
        while have < length:
            parts.append(self._more())
            have += len(parts[-1])
        return head, b"".join(parts)

    def _more(self) -> bytes:
        data = self.socket.recv(262_144)
        if not data:
            raise ConnectionError("the server closed the connection")
        return data


def request(path: str, cookie: str, extra: str = "") -> bytes:
    lines = [f"GET {path} HTTP/1.1", "Host: localhost", f"Cookie: {cookie}", "Accept: text/html", extra]
    return ("\r\n".join(line for line in lines if line) + "\r\n\r\n").encode()


def load(connections: Sequence[Connection], asked: Iterator[bytes], *, seconds: float) -> Result:
    """Ask over these connections, each for the next address as soon as it is answered, for so many seconds."""
    latencies: list[float] = []
    failed: list[int] = []
    started = time.perf_counter()

    def one(connection: Connection) -> None:
        while (asked_at := time.perf_counter()) < started + seconds:
            head, _ = connection.get(next(asked))
            latencies.append(time.perf_counter() - asked_at)
            if not head.startswith(b"HTTP/1.1 200"):
                failed.append(1)

    threads = [threading.Thread(target=one, args=[connection]) for connection in connections]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Result(len(latencies) / (time.perf_counter() - started), latencies, len(failed))
