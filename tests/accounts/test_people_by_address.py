"""People are found by their address, whatever its capitals, and an index does the finding."""

import pytest
from django.db import connection

from accounts.models import User


@pytest.mark.parametrize("address", ["viewer@example.org", "VIEWER@Example.org"])
def test_capitals_do_not_count(viewer, address):
    assert User.objects.get_by_natural_key(address) == viewer


def test_nobody_is_found_by_no_address(viewer):
    with pytest.raises(User.DoesNotExist):
        User.objects.get_by_natural_key(None)


@pytest.mark.parametrize("question", ["email = 'viewer@example.org'", "lower(email) = 'viewer@example.org'"])
def test_an_index_finds_the_address(viewer, question):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN SELECT * FROM users WHERE {question}")
        assert "Index Scan" in str(cursor.fetchall())
