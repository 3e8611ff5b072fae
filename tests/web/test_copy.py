"""Rows go in by COPY, by way of a temporary table, or as an upsert."""

import pytest
from django.db import connection, transaction
from django.utils import timezone
from psycopg.types.json import Jsonb

from recs.models import Interaction
from tests import factories
from web import copy

COLUMNS = ["user_id", "movie_id", "interaction_type", "rating", "source", "timestamp"]
KEY = ["user_id", "movie_id", "interaction_type"]


def row(user, movie, rating: float = 3.5) -> tuple:
    return user.pk, movie.pk, "rating", rating, "import", timezone.now()


def test_rows_are_copied_and_counted(viewer):
    rows = [row(viewer, factories.movie()) for _ in range(3)]
    with connection.cursor() as cursor:
        assert copy.copy_rows(cursor, "user_movie_interactions", COLUMNS, rows) == 3
    assert viewer.interactions.count() == 3


def test_no_rows_are_no_trouble(db):
    with connection.cursor() as cursor:
        assert copy.copy_rows(cursor, "user_movie_interactions", COLUMNS, []) == 0
        assert copy.copy_upsert(cursor, "user_movie_interactions", COLUMNS, [], conflict=KEY) == 0


def test_awkward_text_and_json_survive_the_journey(viewer):
    text = 'tab\t, line\n, back\\slash, \\N, "quotes" and ünïcode'
    columns = [*COLUMNS, "feedback_comment", "metadata"]
    values = (*row(viewer, factories.movie()), text, Jsonb({"from": text}))
    with connection.cursor() as cursor:
        copy.copy_rows(cursor, "user_movie_interactions", columns, [values])
    kept = Interaction.objects.get()
    assert (kept.feedback_comment, kept.metadata) == (text, {"from": text})


def test_an_upsert_changes_the_named_columns_of_the_rows_that_are_there(viewer):
    known, new = factories.movie(), factories.movie()
    factories.rating(viewer, known, 1.0, source="web")
    rows = [row(viewer, known, 4.5), row(viewer, new, 2.0)]
    with connection.cursor() as cursor:
        done = copy.copy_upsert(
            cursor, "user_movie_interactions", COLUMNS, rows, conflict=KEY, update=["rating", "timestamp"]
        )
    assert done == 2
    assert set(Interaction.objects.values_list("movie", "rating", "source")) == {
        (known.pk, 4.5, "web"),
        (new.pk, 2.0, "import"),
    }


def test_an_upsert_without_columns_to_update_leaves_what_is_there(viewer):
    known = factories.movie()
    factories.rating(viewer, known, 1.0)
    with connection.cursor() as cursor:
        rows = [row(viewer, known, 4.5)]
        assert copy.copy_upsert(cursor, "user_movie_interactions", COLUMNS, rows, conflict=KEY) == 0
    assert Interaction.objects.get().rating == 1.0


def test_an_upsert_can_be_done_twice_in_one_transaction(viewer):
    rows = [row(viewer, factories.movie())]
    with transaction.atomic(), connection.cursor() as cursor:
        for _ in range(2):
            copy.copy_upsert(cursor, "user_movie_interactions", COLUMNS, rows, conflict=KEY)
    assert viewer.interactions.count() == 1


def test_a_temporary_table_can_be_joined_with(viewer):
    movie = factories.movie()
    columns = {"tmdb_id": "integer", "rating": "double precision"}
    with connection.cursor() as cursor:
        assert copy.copy_into_temporary(cursor, "incoming", columns, [(movie.tmdb_id, 4.0), (1, 2.0)]) == 2
        cursor.execute("SELECT movies.id, rating FROM incoming JOIN movies USING (tmdb_id)")
        assert cursor.fetchall() == [(movie.pk, 4.0)]


@pytest.mark.django_db(transaction=True)
def test_a_temporary_table_ends_with_its_transaction():
    with transaction.atomic(), connection.cursor() as cursor:
        copy.copy_into_temporary(cursor, "incoming", {"id": "integer"}, [(1,)])
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('incoming')")
        assert cursor.fetchone() == (None,)
