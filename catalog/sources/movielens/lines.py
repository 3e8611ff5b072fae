"""Lines out of a stream of bytes, in blocks: never a whole file in memory, whatever the file holds."""

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

BLOCK = 1 << 20
MAX_LINE = 4096
BOM = b"\xef\xbb\xbf"


class Problem(NamedTuple):
    """A line that was left out, and why."""

    file: str
    line: int
    reason: str


class TooLarge(Exception):
    """The file goes on for longer than any edition of the data set."""


def blocks(stream: BinaryIO, *, limit: int) -> Iterator[list[bytes]]:
    """The lines of a stream, some thousand at a time, without their ends. An overlong one comes cut short.

    A cut line is one byte longer than MAX_LINE, which tells it from a whole one; its rest is read and dropped.
    """
    carry, dropping, total = b"", False, 0
    first = True
    while block := stream.read(BLOCK):
        total += len(block)
        if total > limit:
            raise TooLarge
        if first:
            block, first = block.removeprefix(BOM), False
        if dropping:
            end = block.find(b"\n")
            if end < 0:
                continue
            block, dropping = block[end:], False
        tidy = b"\r" in block or carry.endswith(b"\r")
        lines = (carry + block).split(b"\n")
        carry = lines.pop()
        if len(carry) > MAX_LINE + 1:
            carry, dropping = carry[: MAX_LINE + 1], True
        yield [_trimmed(line) for line in lines] if tidy or _any_long(lines) else lines
    if carry:
        yield [_trimmed(carry)]


def _any_long(lines: list[bytes]) -> bool:
    return max(map(len, lines), default=0) > MAX_LINE


def _trimmed(line: bytes) -> bytes:
    return line[: MAX_LINE + 1].removesuffix(b"\r")


def numbered(stream: BinaryIO, *, limit: int) -> Iterator[tuple[int, bytes]]:
    """Every line with its number, from 1."""
    number = 0
    for block in blocks(stream, limit=limit):
        for line in block:
            number += 1
            yield number, line


def text(line: bytes) -> str:
    """UTF-8, as in the newer editions, or else Latin-1, as in the oldest."""
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("latin-1")
