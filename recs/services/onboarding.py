"""What the welcome pages write: liked groups and genres, and films that were asked about but not rated.

A picked group leaves a click on each of its films, with `{"from": "group", "group": key}`: a weak hint that can be
taken back as a whole, and that does not keep the film from being recommended. "Not seen" and "skip" leave
`"asked"` on the same kind of row, so that no film is asked about twice.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.db import transaction

from accounts.models import User
from accounts.services import welcome
from catalog.models import Genre, Movie
from recs.models import GenrePreference, Interaction
from recs.onboarding import Group
from recs.services import picks

CLICK = Interaction.Type.CLICK
ANSWERS = ("not_seen", "skip")


def choose(*, user: User, groups: Collection[Group], offered: Collection[Group], genres: Collection[Genre]) -> None:
    """Make these groups, of those that were offered, and these genres the person's; all others stay as they are."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)  # two tabs come one after the other
        _choose_genres(user, genres)
        notes = dict(user.interactions.of_type(CLICK).values_list("movie_id", "metadata"))
        given_up = {group.key for group in offered} - {group.key for group in groups}
        _unpick(user, notes, given_up)
        _pick(user, notes, groups)
        picked = user.interactions.of_type(CLICK).filter(metadata__from="group").exists()
        welcome.tastes_collected(user=user, collected=bool(genres) or picked)
    picks.follow(user=user)


def answer(*, user: User, movie: Movie, kind: str) -> None:
    """Remember that this film was asked about, beside whatever the row already says."""
    if kind not in ANSWERS:
        raise ValueError(kind)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        row = user.interactions.of_type(CLICK).filter(movie=movie).first()
        note = {"from": "welcome", **((row.metadata if row else None) or {}), "asked": kind}
        _write(user, {movie.pk: note})


def _choose_genres(user: User, genres: Collection[Genre]) -> None:
    user.genre_preferences.exclude(genre__in=genres).delete()
    GenrePreference.objects.bulk_create(
        [GenrePreference(user=user, genre=genre) for genre in genres], ignore_conflicts=True
    )


def _unpick(user: User, notes: Mapping[int, Any], keys: Collection[str]) -> None:
    """A row that also says "asked" keeps that; the others go."""
    ours = {pk: note for pk, note in notes.items() if (note or {}).get("group") in keys}
    kept = {pk: {"from": "welcome", "asked": note["asked"]} for pk, note in ours.items() if "asked" in note}
    user.interactions.of_type(CLICK).filter(movie_id__in=ours.keys() - kept.keys()).delete()
    _write(user, kept)


def _pick(user: User, notes: Mapping[int, Any], groups: Iterable[Group]) -> None:
    wanted = {pk: {**(notes.get(pk) or {}), "from": "group", "group": g.key} for g in groups for pk in g.films}
    _write(user, {pk: note for pk, note in wanted.items() if notes.get(pk) != note})


def _write(user: User, notes: Mapping[int, dict[str, Any]]) -> None:
    Interaction.objects.bulk_create(
        [Interaction(user=user, movie_id=pk, interaction_type=CLICK, metadata=note) for pk, note in notes.items()],
        update_conflicts=True,
        unique_fields=["user", "movie", "interaction_type"],
        update_fields=["metadata"],
    )
