from catalog.models.choice import EditorsPick
from catalog.models.movie import Certification, Genre, Movie, MovieGenre
from catalog.models.person import Credit, Person

__all__ = ["Certification", "Credit", "EditorsPick", "Genre", "Movie", "MovieGenre", "Person"]
