"""One data set: which edition it is, whether it is whole, and its films and ratings."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from catalog.sources.movielens import films, lines, ratings, tags
from catalog.sources.movielens.container import Container, Unusable, broken_is_unusable, fingerprint, opened
from catalog.sources.movielens.films import Film
from catalog.sources.movielens.lines import Problem
from catalog.sources.movielens.ratings import Chunk, Reader

HEADER = b"userid,movieid,rating,timestamp"
A_LOOK = 200
TAGS = {"csv": "tags.csv", "dat": "tags.dat"}


@dataclass(frozen=True, slots=True)
class Layout:
    """The files of one family of editions."""

    name: str
    ratings: str
    films: str
    links: str | None
    separator: bytes


LAYOUTS = (
    Layout("csv", "ratings.csv", "movies.csv", "links.csv", b","),
    Layout("dat", "ratings.dat", "movies.dat", None, b"::"),
    Layout("item", "u.data", "u.item", None, b"\t"),
)


@dataclass(frozen=True, slots=True)
class DataSet:
    """Made by `open_set`, and usable inside its `with` only."""

    name: str
    layout: Layout
    total_lines: int
    _container: Container
    _folder: PurePosixPath

    def _file(self, name: str) -> str:
        return (self._folder / name).as_posix().removeprefix("./")

    def film_files(self) -> list[str]:
        """The list of films, then the list of their numbers elsewhere where there is one."""
        links = self.layout.links
        return [self.layout.films, *([links] if links and self._file(links) in self._container.names() else [])]

    def films(self) -> Iterator[Film | Problem]:
        """Every film, with its IMDb and TMDB numbers where the data set has them."""
        numbers = {}
        for name in self.film_files()[1:]:
            with self._container.open(self._file(name)) as stream:
                numbers = films.links(stream)
        with self._container.open(self._file(self.layout.films)) as stream:
            for film in films.read(stream, file=self.layout.films, layout=self.layout.name):
                yield film if isinstance(film, Problem) else films.linked(film, numbers)

    def ratings(
        self, known: Mapping[int, int], *, size: int, after: int = 0, most_people: int | None = None
    ) -> Iterator[Chunk]:
        """The ratings of films that `known` has (our number by theirs), from the line behind `after`."""
        by_text = {str(theirs).encode(): ours for theirs, ours in known.items()}
        layout = self.layout
        reader = Reader(file=layout.ratings, separator=layout.separator, films=by_text, most_people=most_people)
        with self._container.open(self._file(layout.ratings)) as stream:
            yield from reader.chunks(stream, header=layout.name == "csv", size=size, after=after)

    def tags(self) -> Iterator[tuple[int, str]]:
        """Film and word for each tag that somebody wrote; editions without tags have none."""
        name = TAGS.get(self.layout.name)
        if name and self._file(name) in self._container.names():
            with _reading(self, name) as stream:
                yield from tags.read(stream, layout=self.layout.name)

    def fingerprint(self, *more: str) -> str:
        names = [self._file(name) for name in (self.layout.ratings, *self.film_files())]
        return fingerprint(self._container, names, *more)


@contextmanager
def open_set(path: Path) -> Iterator[DataSet]:
    """The data set in this folder or .zip, read once from end to end, so that a broken one is Unusable at once."""
    with opened(path) as container:
        layout, folder = _find(container)
        name = folder.name if folder.name else path.resolve().stem if path.is_file() else path.resolve().name
        unread = DataSet(name=name, layout=layout, total_lines=0, _container=container, _folder=folder)
        _look(unread)
        yield DataSet(name, layout, _count(unread), container, folder)


def _find(container: Container) -> tuple[Layout, PurePosixPath]:
    """The shallowest folder that has the ratings of an edition, and the films with them."""
    names = {PurePosixPath(name) for name in container.names() if "__MACOSX" not in name}
    places = [(layout, name.parent) for layout in LAYOUTS for name in names if name.name == layout.ratings]
    if not places:
        wanted = ", ".join(layout.ratings for layout in LAYOUTS)
        raise Unusable(f"{container.path} holds no MovieLens ratings (looked for {wanted})")
    depth = min(len(place.parts) for _, place in places)
    nearest = [(layout, place) for layout, place in places if len(place.parts) == depth]
    if len(nearest) > 1:
        several = ", ".join(sorted(str(place / layout.ratings) for layout, place in nearest))
        raise Unusable(f"{container.path} holds several data sets ({several}); name one of them")
    layout, place = nearest[0]
    if place / layout.films not in names:
        raise Unusable(f"{container.path} has {layout.ratings} but not {layout.films} beside it")
    return layout, place


def _look(data: DataSet) -> None:
    """The first lines must look like ratings and films; a picture with the right name does not."""
    layout, path = data.layout, data._container.path
    with _reading(data, layout.ratings) as stream:
        start = [line for _, line in islice(lines.numbered(stream, limit=ratings.LIMIT), A_LOOK)]
    if layout.name == "csv":
        if not start or start[0].strip().lower().replace(b'"', b"") != HEADER:
            raise Unusable(f"{path}: {layout.ratings} does not start with userId,movieId,rating,timestamp")
    elif not any(line.count(layout.separator) == 3 for line in start):
        raise Unusable(f"{path}: {layout.ratings} does not look like MovieLens ratings")
    with _reading(data, layout.films) as stream:
        some = islice(films.read(stream, file=layout.films, layout=layout.name), A_LOOK)
        if all(isinstance(film, Problem) for film in some):
            raise Unusable(f"{path}: {layout.films} does not look like a list of films")


def _count(data: DataSet) -> int:
    """How many lines of ratings there are; reading to the end also proves an archive's check sums."""
    for name in data.film_files():
        with _reading(data, name) as stream:
            sum(len(block) for block in lines.blocks(stream, limit=films.LIMIT))
    with _reading(data, data.layout.ratings) as stream:
        return sum(len(block) for block in lines.blocks(stream, limit=ratings.LIMIT))


@contextmanager
def _reading(data: DataSet, name: str) -> Iterator[BinaryIO]:
    what = f"{data._container.path}: {name}"
    with broken_is_unusable(what):
        try:
            with data._container.open(data._file(name)) as stream:
                yield stream
        except lines.TooLarge as problem:
            raise Unusable(f"{what} is larger than any MovieLens edition") from problem
