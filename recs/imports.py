"""What the import pages show of an upload: its films by state, and what we would suggest with it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q

from accounts.models import User
from catalog.cards import MovieCard
from recs import dataset, feedback, history_words, queries, serving, taste
from recs.history.text import armed
from recs.mine import Deed, Mine
from recs.models import HistoryImport, ImportedFilm

State = ImportedFilm.State
STRIP = 8
DAY = 86_400
TABS = (State.SEVERAL, State.MATCHED, State.MISSING, State.SKIPPED)
SKIPPED_HEADER = ("Title", "Year", "IMDb", "What", "Why")


@dataclass(frozen=True, slots=True)
class Line:
    """One film of an upload as a page shows it."""

    film: ImportedFilm
    said: list[str]
    match: MovieCard | None
    choices: list[MovieCard]
    reason: str


def counts(run: HistoryImport) -> dict[str, int]:
    found = run.films.values("state").annotate(count=Count("pk")).order_by().values_list("state", "count")
    return {state: 0 for state in State.values} | dict(found)


def first_tab(found: dict[str, int]) -> str:
    """Where there is something to decide; else what was matched, or whatever there is."""
    return next((state for state in TABS if found[state]), State.MATCHED)


def lines(films: Sequence[ImportedFilm]) -> list[Line]:
    """Two queries however many films, the cards among them."""
    wanted = {pk for film in films for pk in [film.movie_id, *film.candidates] if pk}
    cards = queries.cards(wanted)
    return [
        Line(
            film,
            [history_words.kind(kind, rating) for kind, rating, *_rest in film.acts],
            cards.get(film.movie_id or 0),
            [cards[pk] for pk in film.candidates if pk in cards],
            str(history_words.REASONS.get(film.reason, film.reason)),
        )
        for film in films
    ]


def strip(run: HistoryImport, user: User, mine: Mine) -> list[MovieCard]:
    """The first picks that this history would bring, before anything of it is saved."""
    deeds = [*mine.deeds, *_deeds(run, mine)]
    found = serving.picks(
        feedback.weights(deeds),
        n=STRIP,
        exclude=feedback.settled(deeds),
        genres=queries.genre_preferences(user),
        taste=taste.of(user),
        adjustments=queries.adjustments(user),
        groups=dataset.groups_of(user),
        times=feedback.times(deeds),
        checked=False,
    )
    cards = queries.cards([pick.movie_id for pick in found])
    return [cards[pick.movie_id] for pick in found if pick.movie_id in cards][:STRIP]


def _deeds(run: HistoryImport, mine: Mine) -> Iterator[Deed]:
    """What the file says, as if it were done; where the person has said the same kind of thing, theirs stands."""
    here = {(deed.movie_id, deed.interaction_type) for deed in mine.deeds}
    undated = run.created_at.timestamp() / DAY
    matched = run.films.filter(state=State.MATCHED, movie__isnull=False).values_list("movie_id", "acts")
    for movie_id, acts in matched:
        for told, rating, at, metadata, *_rest in acts:
            kind = (run.listed or "click") if told == "listed" else told
            if (movie_id, kind) not in here:
                when = datetime.fromisoformat(at).timestamp() / DAY if at else undated
                yield Deed(movie_id, kind, rating, metadata, when)


def skipped(run: HistoryImport) -> Iterator[tuple[Any, ...]]:
    """The lines of a CSV: all that was not taken over, and why."""
    left_out = ~Q(state=State.MATCHED) | Q(movie__isnull=True) | ~Q(kept=[])
    for film in run.films.filter(left_out).order_by("position").iterator(chunk_size=1_000):
        acts = {kind: history_words.kind(kind, rating) for kind, rating, *_rest in film.acts}
        shown = [acts[kind] for kind in (film.kept or acts) if kind in acts]
        row = (film.title, film.year or "", film.imdb, ", ".join(shown), _why(film))
        yield tuple(armed(cell) for cell in row)


def _why(film: ImportedFilm) -> str:
    if film.state == State.SKIPPED:
        return str(history_words.REASONS.get(film.reason, film.reason))
    if film.kept:
        return str(history_words.KEPT)
    return str(history_words.NOT_CHOSEN if film.state == State.SEVERAL else history_words.NOT_FOUND)
