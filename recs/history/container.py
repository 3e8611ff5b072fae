"""From uploaded bytes to the files in them. A ZIP is read in memory, piece by piece, and never unpacked to disk."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from recs.history.records import Refusal

MB = 1024 * 1024
MOST_FILES = 2_000  # a long life on Letterboxd has a few hundred lists
MOST_UNPACKED = 64 * MB  # of all files together
MOST_DIRECTORY = 1 * MB  # the ZIP's table of contents
HIGHEST_RATIO = 200  # text packs 3 to 20 times
SMALL = 1 * MB  # below this a high ratio is only an empty-looking file
PIECE = 64 * 1024
READABLE = (".csv", ".json", ".txt", ".tsv")
LEFT_OUT = ("deleted", "orphaned", "__macosx")  # folders with what their owner threw away
NOT_OURS = (
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"%PDF",
    b"MZ",
    b"\x7fELF",
    b"\x1f\x8b",
    b"Rar!",
    b"7z\xbc\xaf",
    b"BZh",
)


@dataclass(frozen=True, slots=True)
class Part:
    """One file: its folder and name in small letters, and what is in it."""

    folder: str
    name: str
    data: bytes

    @property
    def stem(self) -> str:
        return PurePosixPath(self.name).stem


def parts(name: str, data: bytes) -> tuple[list[Part], list[str]]:
    """The files to read, and the names of those that are none of our business.

    Raises:
        Refusal: empty, not text, or a ZIP that is broken, locked, or made to explode.
    """
    if not data.strip(b"\0 \r\n\t"):
        raise Refusal("empty")
    if data.startswith(b"PK"):
        return _unpack(data)
    if data.startswith(NOT_OURS):
        raise Refusal("not_text")
    return [Part("", PurePosixPath(name.replace("\\", "/")).name.lower(), data)], []


def _unpack(data: bytes) -> tuple[list[Part], list[str]]:
    _check_directory(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            files = [info for info in archive.infolist() if not info.is_dir()]
            if len(files) > MOST_FILES:
                raise Refusal("zip_too_many", most=MOST_FILES)
            _check_sizes(files)
            wanted = [info for info in files if _is_wanted(info)]
            return list(_read(archive, wanted)), [info.filename[:200] for info in files if info not in wanted]
    except (zipfile.BadZipFile, zlib.error, EOFError, struct.error, NotImplementedError, OSError, OverflowError) as e:
        raise Refusal("zip_broken") from e


def _check_directory(data: bytes) -> None:
    """Python reads the table of contents whole, as long as it says it is: look at that number first."""
    end = data.rfind(b"PK\5\6", -(22 + 65_535))
    if end < 0 or len(data) < end + 22:
        raise Refusal("zip_broken")
    if struct.unpack_from("<I", data, end + 12)[0] > MOST_DIRECTORY or b"PK\6\7" in data[max(0, end - 20) : end]:
        raise Refusal("zip_too_many", most=MOST_FILES)


def _check_sizes(files: list[zipfile.ZipInfo]) -> None:
    if any(info.flag_bits & 1 for info in files):
        raise Refusal("zip_locked")
    if sum(info.file_size for info in files) > MOST_UNPACKED:
        raise Refusal("zip_too_large", most=MOST_UNPACKED // MB)
    for info in files:
        if info.file_size > SMALL and info.file_size > HIGHEST_RATIO * max(1, info.compress_size):
            raise Refusal("zip_bomb")


def _is_wanted(info: zipfile.ZipInfo) -> bool:
    """Text that lies where an export puts it. Names are labels only; one that climbs out of the ZIP is none."""
    path = PurePosixPath(info.filename.replace("\\", "/").lower())
    outside = path.is_absolute() or ".." in path.parts or ":" in info.filename
    unwanted = outside or path.name.startswith(".") or any(part in LEFT_OUT for part in path.parts)
    return not unwanted and path.suffix in READABLE and info.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def _read(archive: zipfile.ZipFile, wanted: list[zipfile.ZipInfo]) -> Iterator[Part]:
    """The sizes in the table of contents may lie: what really comes out is counted."""
    left = MOST_UNPACKED
    for info in wanted:
        whole = io.BytesIO()
        with archive.open(info) as file:
            while piece := file.read(PIECE):
                left -= len(piece)
                if left < 0:
                    raise Refusal("zip_too_large", most=MOST_UNPACKED // MB)
                whole.write(piece)
        path = PurePosixPath(info.filename.replace("\\", "/").lower())
        yield Part(path.parent.name, path.name, whole.getvalue())
