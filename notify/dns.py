"""Just enough of DNS (RFC 1035) to read what a domain says about its mail: TXT and MX records, by the first name server
of this machine. Everything that keeps an answer from coming is a LookupFailed with the reason.
"""

import secrets
import socket
import struct
from pathlib import Path

TXT, MX, OPT = 16, 15, 41
NO_SUCH_NAME, TRUNCATED = 3, 0x0200
LONGEST_UDP = 1232
Server = tuple[str, int]


class LookupFailed(Exception):
    """There is no answer, which says nothing about the records."""


def txt(name: str, *, server: Server | None = None) -> list[str]:
    """The text records of a name, each in one piece; empty when there are none."""
    return [_joined(data) for data in _records(name, TXT, server)]


def has_mx(name: str, *, server: Server | None = None) -> bool:
    return bool(_records(name, MX, server))


def name_server(file: Path = Path("/etc/resolv.conf")) -> Server:
    """Raises LookupFailed where the machine names none."""
    try:
        lines = file.read_text().splitlines()
    except OSError as problem:
        raise LookupFailed("this machine names no name server") from problem
    for line in lines:
        words = line.split()
        if len(words) > 1 and words[0] == "nameserver":
            return words[1], 53
    raise LookupFailed("this machine names no name server")


def _records(name: str, kind: int, server: Server | None, timeout: float = 3) -> list[bytes]:
    number = secrets.randbelow(2**16)
    try:
        question = _question(name, kind, number)
        where = server or name_server()
        answer = _ask_udp(question, where, timeout)
        if struct.unpack_from(">H", answer, 2)[0] & TRUNCATED:
            answer = _ask_tcp(question, where, timeout)
        return _read(answer, kind, number)
    except (OSError, UnicodeError) as problem:
        raise LookupFailed(f"{name}: {problem}") from problem
    except (IndexError, struct.error) as problem:
        raise LookupFailed(f"{name}: the answer cannot be read") from problem


def _question(name: str, kind: int, number: int) -> bytes:
    labels = [label.encode("ascii") for label in name.strip(".").split(".")]
    if any(not 0 < len(label) < 64 for label in labels):
        raise UnicodeError("not a domain")
    asked = b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
    extra = b"\0" + struct.pack(">HHIH", OPT, LONGEST_UDP, 0, 0)
    return struct.pack(">HHHHHH", number, 0x0100, 1, 0, 0, 1) + asked + struct.pack(">HH", kind, 1) + extra


def _ask_udp(question: bytes, server: Server, timeout: float) -> bytes:
    family = socket.AF_INET6 if ":" in server[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as way:
        way.settimeout(timeout)
        way.connect(server)  # answers of others are not heard
        way.send(question)
        return way.recv(65_535)


def _ask_tcp(question: bytes, server: Server, timeout: float) -> bytes:
    with socket.create_connection(server, timeout) as way, way.makefile("rb") as answers:
        way.sendall(struct.pack(">H", len(question)) + question)
        (length,) = struct.unpack(">H", answers.read(2))
        return answers.read(length)


def _read(answer: bytes, kind: int, number: int) -> list[bytes]:
    found, flags, questions, answers = struct.unpack_from(">HHHH", answer)
    code = flags & 0xF
    if found != number or (code and code != NO_SUCH_NAME):
        raise LookupFailed(f"the name server answers with code {code}")
    place = 12
    for _ in range(questions):
        place = _skip_name(answer, place) + 4
    records = []
    for _ in range(answers):
        place = _skip_name(answer, place)
        this, _class, _ttl, length = struct.unpack_from(">HHIH", answer, place)
        place += 10
        if this == kind:
            records.append(answer[place : place + length])
        place += length
    return records


def _skip_name(answer: bytes, place: int) -> int:
    while length := answer[place]:
        if length >= 0xC0:  # a pointer to where the rest of the name was written before
            return place + 2
        place += length + 1
    return place + 1


def _joined(data: bytes) -> str:
    """A text record comes in strings of 255 bytes at most."""
    parts, place = [], 0
    while place < len(data):
        parts.append(data[place + 1 : place + 1 + data[place]])
        place += data[place] + 1
    return b"".join(parts).decode(errors="replace")
