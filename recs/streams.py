"""Files that are sent as they are made."""

import csv
from collections.abc import Iterable, Iterator
from typing import Any

from django.http import StreamingHttpResponse


class _Line:
    """What a CSV writer takes for a file: hands back each line instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def csv_file(name: str, rows: Iterable[tuple[Any, ...]]) -> StreamingHttpResponse:
    """A CSV file for spreadsheets too: CRLF as the standard (RFC 4180) wants it, and the mark that says UTF-8."""
    return file(name, _csv(rows), "text/csv; charset=utf-8")


def file(name: str, body: Iterable[str], kind: str) -> StreamingHttpResponse:
    answer = StreamingHttpResponse(body, content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "private, no-store"
    return answer


def _csv(rows: Iterable[tuple[Any, ...]]) -> Iterator[str]:
    writer = csv.writer(_Line(), lineterminator="\r\n")
    yield "\ufeff"
    for row in rows:
        yield writer.writerow(row)
