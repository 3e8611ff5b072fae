"""One thing that happened, as a line of JSON, and back. Whatever was in it, the line can be stored by PostgreSQL."""

import datetime
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb

# As the table names them; `metadata` last but one, so that a row reads like the table.
COLUMNS = (
    "user_id",
    "session_id",
    "action_type",
    "movie_id",
    "ip_address",
    "user_agent",
    "referer",
    "source",
    "metadata",
    "timestamp",
)
_METADATA = COLUMNS.index("metadata")
IDENTITY = ("user_id", "session_id", "ip_address", "user_agent")
LONGEST = {"session_id": 255, "action_type": 50, "ip_address": 45, "user_agent": 255, "referer": 255, "source": 50}
MOST_METADATA = 4_096  # characters of JSON
_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Read:
    """What a file held: rows, lines that were none, and how many rows had been dropped before."""

    rows: list[Row]
    bad: int
    dropped: int


def encode(row: Row) -> bytes:
    """The line of a row; empty values are left out."""
    said = {name: _fit(name, value) for name, value in row.items() if value not in (None, "")}
    return (_json(said) + "\n").encode("utf-8", "replace")


def _fit(name: str, value: Any) -> Any:
    if name == "metadata":
        return _small(value)
    return value[: LONGEST[name]] if isinstance(value, str) and name in LONGEST else value


def _small(metadata: Mapping[str, Any]) -> Mapping[str, Any]:
    """Metadata as they are, unless they are huge or no JSON: then a word about what is missing."""
    try:
        length = len(_json(metadata))
    except (TypeError, ValueError, RecursionError):
        return {"unreadable": True}
    return metadata if length <= MOST_METADATA else {"too_long": length}


def _json(value: Any) -> str:
    """Without NUL, which PostgreSQL does not store. Half a surrogate pair becomes a question mark on encoding."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return _NUL.sub(r"\1", text) if "\\u0000" in text else text


def dropped(count: int) -> bytes:
    """The line that says how many rows had to be given up."""
    return f'{{"dropped":{count}}}\n'.encode()


def count(data: bytes) -> int:
    """Rows in the data, those included that it says were dropped before."""
    found = decode(data)
    return len(found.rows) + found.dropped


def decode(data: bytes) -> Read:
    """Every line that can be understood. A process that was killed while it wrote leaves half a line at the end."""
    rows: list[Row] = []
    bad = gone = 0
    for line in data.splitlines():  # bytes break at \n and \r only, which JSON escapes
        found = _decoded(line)
        if found is None:
            bad += 1
        elif "dropped" in found:
            gone += found["dropped"]
        else:
            rows.append(found)
    return Read(rows, bad, gone)


def _decoded(line: bytes) -> Row | None:
    try:
        found = json.loads(line)
        if isinstance(found.get("dropped"), int):
            return {"dropped": found["dropped"]}
        found["timestamp"] = datetime.datetime.fromisoformat(found["timestamp"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    return found if _is_whole(found) else None


def _is_whole(row: Row) -> bool:
    """Of the right kind in every column, so that one line cannot stop all others from being loaded."""
    for name, most in LONGEST.items():
        value = row.get(name, "")
        if not isinstance(value, str) or len(value) > most:
            return False
    return (
        "action_type" in row
        and row["timestamp"].tzinfo is not None
        and isinstance(row.get("user_id", 0), int)
        and isinstance(row.get("movie_id", 0), int)
        and isinstance(row.get("metadata", {}), dict)
    )


def anonymous(row: Row) -> Row:
    """The row without anything that leads back to whoever did it; what it was and when stays."""
    return {name: value for name, value in row.items() if name not in (*IDENTITY, "referer", "metadata")}


def values(rows: Iterable[Row]) -> list[list[Any]]:
    """The rows as COPY takes them, in the order of COLUMNS."""
    found = [[row.get(name) for name in COLUMNS] for row in rows]
    for values in found:
        if values[_METADATA] is not None:
            values[_METADATA] = Jsonb(values[_METADATA])
    return found
