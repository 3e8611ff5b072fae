"""Small sites for the recommender's tests: two circles of taste, rows made in bulk."""

from accounts.models import User
from catalog.models import Movie
from recs.models import Interaction
from recs.services import training
from tests import factories

PEOPLE, FILMS = 12, 8


def two_circles() -> tuple[list[Movie], list[Movie]]:
    """Two circles of people, each fond of its own films; one film of each is missed by a few. Westerns and romances."""
    circles = tuple(
        [factories.movie(title=f"{genre} {number}", genres=[genre]) for number in range(FILMS)]
        for genre in ("Western", "Romance")
    )
    for films in circles:
        people = User.objects.bulk_create(
            User(username=f"{films[0].slug}-{number}", email=f"{films[0].slug}-{number}@example.org")
            for number in range(PEOPLE)
        )
        Interaction.objects.bulk_create(
            Interaction(user=user, movie=film, interaction_type="rating", rating=4.5 if (place + start) % 2 else 5.0)
            for start, user in enumerate(people)
            for place, film in enumerate(films)
            if (place + start) % FILMS
        )
    return circles


def trained() -> tuple[list[Movie], list[Movie]]:
    circles = two_circles()
    training.train()
    return circles
