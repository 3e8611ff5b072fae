"""Addresses of films: `heat-1995`, in ASCII, unique, and kept for good once given."""

from collections.abc import Collection

from django.utils.text import slugify

ROOM = 260


def film(title: str, year: int | None, *, number: int, taken: Collection[str]) -> str:
    """The title and year; a title without Latin letters, and the second film of one name and year, show the number."""
    name = slugify(title)[:ROOM].strip("-") or f"film-{number}"
    plain = f"{name}-{year}" if year else name
    slug, twin = plain, number
    while slug in taken:
        slug, twin = f"{plain}-{twin}", twin + 1
    return slug


def person(name: str, *, number: int, taken: Collection[str]) -> str:
    """The name; a second person of one name shows a number."""
    plain = slugify(name)[:ROOM].strip("-") or f"person-{number}"
    slug, twin = plain, 2
    while slug in taken:
        slug, twin = f"{plain}-{twin}", twin + 1
    return slug
