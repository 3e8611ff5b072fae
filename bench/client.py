"""A small closed-loop HTTP client: a few keep-alive connections, as little work per request as Python allows."""

import socket
import statistics
import threading
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """What a round of requests to one address gave: requests/s, latencies in seconds, the answers that were not 200."""

    per_second: float
    latencies: list[float]
    failed: int

    def percentile(self, share: float) -> float:
        return statistics.quantiles(self.latencies, n=100)[round(share * 100) - 1]


class Connection:
    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

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


def load(port: int, path: str, cookie: str, *, connections: int, seconds: float) -> Result:
    """Ask for one address over and over on several connections for so many seconds."""
    asked = request(path, cookie)
    latencies: list[float] = []
    failed: list[int] = []
    end = time.perf_counter() + seconds

    def one() -> None:
        connection = Connection(port)
        while (started := time.perf_counter()) < end:
            head, _ = connection.get(asked)
            latencies.append(time.perf_counter() - started)
            if not head.startswith(b"HTTP/1.1 200"):
                failed.append(1)

    threads = [threading.Thread(target=one) for _ in range(connections)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Result(len(latencies) / (time.perf_counter() - started), latencies, len(failed))
