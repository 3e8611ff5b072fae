"""Puts the demo community into the database: people marked as made up, what they did, and the demo's log-ins."""

import datetime
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from django.db.models import F

from accounts.models import User
from accounts.services import demo_logins
from catalog.models import Credit, Genre, Movie, MovieGenre
from catalog.services import starter
from recs.demo import simulator
from recs.demo.world import Film
from recs.models import GenrePreference, Interaction
from recs.services import popularity
from web import copy

PEOPLE, SEED = 2200, 1916
MOST_FILMS = 1500  # the best known ones: enough for a demo, and it stays quick beside a large import
VIEWER_TASTE, VIEWER_RATINGS = "big ideas", 32
OTHERS_RATINGS = 6
FIRST_DRAW = 42  # the community is draw 0; the log-ins are drawn apart, from here on, the viewer first
HOMES = {
    "en": [("United States", "America/New_York"), ("United Kingdom", "Europe/London"), ("Kenya", "Africa/Nairobi")],
    "es": [("Spain", "Europe/Madrid"), ("Mexico", "America/Mexico_City")],
    "fr": [("France", "Europe/Paris"), ("Senegal", "Africa/Dakar")],
    "de": [("Germany", "Europe/Berlin"), ("Austria", "Europe/Vienna")],
    "zh": [("China", "Asia/Shanghai"), ("Singapore", "Asia/Singapore")],
    "ja": [("Japan", "Asia/Tokyo")],
    "ru": [("Kazakhstan", "Asia/Almaty")],
    "it": [("Italy", "Europe/Rome")],
    "pt": [("Brazil", "America/Sao_Paulo"), ("Portugal", "Europe/Lisbon")],
    "hi": [("India", "Asia/Kolkata")],
    "ar": [("Egypt", "Africa/Cairo")],
    "ko": [("South Korea", "Asia/Seoul")],
}
COLUMNS = ("user_id", "movie_id", "interaction_type", "rating", "source", "timestamp")
LOCK = 0x6D_61_72_71  # any number, as long as it is ours

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Loaded:
    """`people` is 0 when the community was there already."""

    people: int
    acts: int
    ratings: int


@transaction.atomic
def load(*, people: int = PEOPLE, seed: int = SEED, today: datetime.date, say: Say = lambda step: None) -> Loaded:
    """Load the community unless it is there. One transaction: a load that is interrupted leaves nothing behind."""
    demo_logins.refuse_outside_local_mode()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    if User.objects.filter(is_simulated=True).exists():
        return Loaded(people=0, acts=0, ratings=0)
    added = starter.load().added
    say(f"catalogue: {added} films added, {Movie.objects.count()} in all")
    films = films_known()
    community = simulator.simulate(films, people=people, seed=seed, today=today)
    say(f"simulated: {people} people and {len(community.acts)} acts with {len(films)} films")
    users = _people(community)
    say(f"people: {len(users)}, each marked as simulated")
    _write(community, users, films)
    say(f"acts: {len(community.acts)} written")
    _demo_people(films, seed=seed, today=today)
    say("log-ins: viewer, editor, experimenter and admin; manage.py demo_logins shows their passwords")
    say(f"films: {popularity.refresh()} with new numbers")
    return Loaded(people=len(users), acts=len(community.acts), ratings=int(community.acts.of("rating").sum()))


def films_known() -> list[Film]:
    """The best-known released films that have a rating, by TMDB number: their order is part of what a seed means."""
    fields = "pk", "tmdb_id", "release_date", "original_language", "tmdb_rating", "tmdb_vote_count"
    known = Movie.objects.filter(release_date__isnull=False, tmdb_rating__isnull=False)
    rows = known.order_by("-tmdb_vote_count", "pk").values_list(*fields)[:MOST_FILMS]
    genres, directors = _pairs(MovieGenre, "genre__tmdb_id"), _pairs(Credit, "person__name", job="Director")
    return [
        Film(
            id=pk,
            released=released,
            genres=frozenset(genres.get(pk, ())),
            language=language,
            directors=frozenset(directors.get(pk, ())),
            rating=rating,
            votes=votes,
        )
        for pk, _, released, language, rating, votes in sorted(rows, key=lambda row: (row[1] or math.inf, row[0]))
    ]


def _pairs(model: type[MovieGenre] | type[Credit], field: str, **conditions: str) -> dict[int, set]:
    found: dict[int, set] = {}
    for movie_id, value in model.objects.filter(**conditions).values_list("movie_id", field):
        found.setdefault(movie_id, set()).add(value)
    return found


def _people(community: simulator.Community) -> list[User]:
    """Nobody can log in as one of them, and .invalid takes no mail."""
    nobody = make_password(None)
    width = max(4, len(str(len(community.languages))))
    users = []
    for number, (language, joined) in enumerate(zip(community.languages, community.joined.tolist(), strict=True), 1):
        country, zone = HOMES[language][number % len(HOMES[language])]
        when = datetime.datetime.fromtimestamp(joined, tz=datetime.UTC)
        label = f"{number:0{width}d}"
        users.append(
            User(
                username=f"simulated-{label}",
                email=f"simulated-{label}@simulated.invalid",
                password=nobody,
                first_name="Simulated",
                last_name=label,
                is_simulated=True,
                country=country,
                preferred_language=language,
                preferred_timezone=zone,
                date_joined=when,
                onboarding_completed=True,
                onboarding_completed_at=when + datetime.timedelta(minutes=5),
                cold_start_preferences_collected=True,
                data_usage_consent=True,
            )
        )
    made = User.objects.bulk_create(users, batch_size=1000)
    User.objects.filter(is_simulated=True).update(created_at=F("date_joined"))
    return made


def _write(community: simulator.Community, users: Sequence[User], films: Sequence[Film]) -> None:
    """What these people did and which genres they named; whatever they did already stays as it is."""
    rows = _rows(community.acts, [user.pk for user in users], [film.id for film in films])
    with connection.cursor() as cursor:
        copy.copy_rows(cursor, Interaction._meta.db_table, COLUMNS, rows)
        cursor.execute(f"ANALYZE {Interaction._meta.db_table}")
    genres = dict(Genre.objects.values_list("tmdb_id", "pk"))
    GenrePreference.objects.bulk_create(
        [
            GenrePreference(user=user, genre_id=genres[number])
            for user, said in zip(users, community.genres, strict=True)
            for number in said
            if number in genres
        ],
        batch_size=2000,
        ignore_conflicts=True,
    )


def _rows(acts: simulator.Acts, users: Sequence[int], films: Sequence[int]) -> Iterator[tuple]:
    who, what = np.array(users)[acts.person].tolist(), np.array(films)[acts.film].tolist()
    kinds = np.array(simulator.KINDS)[acts.kind].tolist()
    stars = np.where(np.isnan(acts.rating), np.array(None), acts.rating).tolist()
    when = np.datetime_as_string(acts.at.astype("datetime64[s]"), timezone="UTC").tolist()
    return zip(who, what, kinds, stars, ["web"] * len(who), when, strict=True)


def _demo_people(films: Sequence[Film], *, seed: int, today: datetime.date) -> None:
    """Give the demo's log-ins a past, so that their pages are alive; one who has done anything keeps their own."""
    for number, login in enumerate(demo_logins.ensure()):
        if login.user.interactions.exists():
            continue
        past = simulator.simulate(
            films,
            people=1,
            seed=seed,
            draw=FIRST_DRAW + number,
            today=today,
            taste=VIEWER_TASTE,
            activity=VIEWER_RATINGS if login.role == "viewer" else OTHERS_RATINGS,
        )
        _write(past, [login.user], films)
        joined = datetime.datetime.fromtimestamp(int(past.joined[0]), tz=datetime.UTC)
        User.objects.filter(pk=login.user.pk).update(date_joined=joined, cold_start_preferences_collected=True)
