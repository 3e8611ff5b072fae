from catalog.models.movie import Certification, Genre, Movie, MovieGenre
from catalog.models.person import Credit, Person

__all__ = ["Certification", "Credit", "Genre", "Movie", "MovieGenre", "Person"]
