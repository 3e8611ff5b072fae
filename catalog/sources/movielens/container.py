"""Where the files of a data set lie: a folder, or a .zip that is read in place."""

import hashlib
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol, cast

BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError)


class Unusable(Exception):
    """Nothing can be loaded from here; the message is one line for the person who asked."""


class Container(Protocol):
    """What folder and archive have in common. Names are relative, with slashes."""

    path: Path

    def names(self) -> list[str]: ...

    def open(self, name: str) -> BinaryIO: ...

    def mark(self, name: str) -> str:
        """What changes when the file changes, without reading all of it."""
        ...


class Folder:
    def __init__(self, path: Path) -> None:
        self.path = path

    def names(self) -> list[str]:
        """The files here and one folder down: people name the folder that they unpacked into."""
        found = [*self.path.glob("*"), *self.path.glob("*/*")]
        return [file.relative_to(self.path).as_posix() for file in found if file.is_file()]

    def open(self, name: str) -> BinaryIO:
        return (self.path / name).open("rb")

    def mark(self, name: str) -> str:
        status = (self.path / name).stat()
        return f"{status.st_size}:{status.st_mtime_ns}"


class Archive:
    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        self.path = path
        self._archive = archive

    def names(self) -> list[str]:
        return [entry.filename for entry in self._archive.infolist() if not entry.is_dir()]

    def open(self, name: str) -> BinaryIO:
        return cast(BinaryIO, self._archive.open(name))

    def mark(self, name: str) -> str:
        entry = self._archive.getinfo(name)
        return f"{entry.file_size}:{entry.CRC}"


@contextmanager
def opened(path: Path) -> Iterator[Container]:
    """The folder or archive at this path; what is neither is Unusable."""
    with broken_is_unusable(str(path)):
        archive = None if path.is_dir() else _archive(path)
        if archive is None:
            next(path.iterdir(), None)
    if archive is None:
        yield Folder(path)
        return
    with archive:
        yield Archive(path, archive)


def _archive(path: Path) -> zipfile.ZipFile:
    if not path.exists():
        raise Unusable(f"{path} does not exist")
    if path.suffix.lower() != ".zip":
        raise Unusable(f"{path} is neither a folder nor a .zip; name the folder that holds the ratings")
    return zipfile.ZipFile(path)


@contextmanager
def broken_is_unusable(what: str) -> Iterator[None]:
    """Round every read: a damaged, locked or vanished file becomes one clear line."""
    try:
        yield
    except BROKEN as problem:
        raise Unusable(f"{what} cannot be read: {_reason(problem)}") from problem


def _reason(problem: BaseException) -> str:
    if isinstance(problem, OSError) and problem.strerror:
        return problem.strerror
    return str(problem).splitlines()[0] if str(problem) else "it ends too early"


def fingerprint(container: Container, names: list[str], *more: str) -> str:
    """The same for the same files, so that a stopped run finds where it was."""
    parts = [f"{name}:{container.mark(name)}" for name in sorted(names)]
    return hashlib.sha256("\n".join([*parts, *more]).encode()).hexdigest()[:32]
