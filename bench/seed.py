"""Fill a bench database: so many films, a community that rated them, one member, a trained model. Seeded."""

import datetime
import json
import sys
from urllib.parse import quote_plus

import django

django.setup()

import numpy as np  # noqa: E402
from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402
from django.utils.text import slugify  # noqa: E402

from accounts.models import User  # noqa: E402
from catalog.models import Movie, MovieGenre  # noqa: E402
from recs.models import Interaction  # noqa: E402
from recs.services import picks, popularity, training  # noqa: E402
from web import copy  # noqa: E402

PEOPLE, RATINGS = 1_000, 100_000


def films(count: int) -> None:
    """The starter catalogue, cut or multiplied (same genres and dates, titles with a number) to `count` films."""
    call_command("load_catalogue", verbosity=0)
    have = list(Movie.objects.order_by("pk").prefetch_related("genres"))
    Movie.objects.filter(pk__in=[movie.pk for movie in have[count:]]).delete()
    made: list[Movie] = []
    for number in range(len(have), count):
        model = have[number % len(have)]
        title = f"{model.title} {number}"
        made.append(
            Movie(
                tmdb_id=5_000_000 + number,
                slug=slugify(f"{title}-{number}"),
                title=title,
                original_title=title,
                overview=model.overview,
                director=model.director,
                main_cast=model.main_cast,
                release_date=model.release_date,
                runtime=model.runtime,
                certification=model.certification,
                original_language=model.original_language,
                tmdb_rating=model.tmdb_rating,
                tmdb_vote_count=model.tmdb_vote_count // 2,
                popularity_score=model.popularity_score / 2,
            )
        )
    Movie.objects.bulk_create(made, batch_size=2000)
    genres = {movie.pk: [genre.pk for genre in movie.genres.all()] for movie in have}
    rows = [
        MovieGenre(movie_id=movie.pk, genre_id=genre)
        for number, movie in enumerate(made, start=len(have))
        for genre in genres[have[number % len(have)].pk]
    ]
    MovieGenre.objects.bulk_create(rows, batch_size=5000)


def people(rng: np.random.Generator) -> User:
    """People who rate by popularity and one taste of ten; returns the member whose pages are measured."""
    made = [
        User(username=f"bench-{n}", email=f"bench-{n}@example.org", onboarding_completed=True) for n in range(PEOPLE)
    ]
    people = [user.pk for user in User.objects.bulk_create(made)]
    movies = np.array(Movie.objects.order_by("-popularity_score").values_list("pk", flat=True))
    fame = 1 / np.arange(1, len(movies) + 1) ** 0.8
    taste = rng.integers(0, 10, len(movies))
    now = timezone.now()
    rows = []
    for number, person in enumerate(people):
        weight = fame * np.where(taste == number % 10, 8.0, 1.0)
        chosen = rng.choice(len(movies), size=RATINGS // PEOPLE, replace=False, p=weight / weight.sum())
        for index in chosen:
            stars = float(
                np.clip(np.round(2 * rng.normal(3.9 if taste[index] == number % 10 else 3.0, 0.8)) / 2, 0.5, 5)
            )
            when = now - datetime.timedelta(minutes=int(rng.integers(0, 500_000)))
            rows.append((person, int(movies[index]), "rating", stars, "import", when))
    with connection.cursor() as cursor:
        columns = ["user_id", "movie_id", "interaction_type", "rating", "source", "timestamp"]
        copy.copy_rows(cursor, "user_movie_interactions", columns, rows)
    member = User.objects.get(pk=people[0])
    free = [int(pk) for pk in movies[:400] if not Interaction.objects.filter(user=member, movie_id=pk).exists()][:12]
    for pk in free:
        Interaction.objects.create(user=member, movie_id=pk, interaction_type="watchlist")
    return member


def words(rng: np.random.Generator) -> list[str]:
    """What people type while they type titles, each once and in no order: nearly none of it is remembered."""
    titles = Movie.objects.values_list("title", flat=True)
    begun = {title[:length].rstrip().casefold() for title in titles for length in range(3, 16)}
    return [quote_plus(word) for word in rng.permutation(sorted(begun)).tolist()]


def session(member: User) -> str:
    store = SessionStore()
    store[SESSION_KEY] = str(member.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = member.get_session_auth_hash()
    store.create()
    return f"{settings.SESSION_COOKIE_NAME}={store.session_key}"


def main(count: int) -> None:
    rng = np.random.default_rng(20260101)
    films(count)
    member = people(rng)
    popularity.refresh()
    training.train()
    picks.refresh(user=member)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    slug = Movie.objects.best_known().values_list("slug", flat=True)[0]
    films_there = Movie.objects.count()
    print(json.dumps({"cookie": session(member), "slug": slug, "films": films_there, "words": words(rng)}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
