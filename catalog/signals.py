"""What the catalogue tells the apps above it. Sent once the answer is rendered: a page that failed was not seen."""

from django.dispatch import Signal

# Somebody asked for the page of a film: request, movie.
movie_viewed = Signal()

# Somebody searched: request, query (as typed, made fit to be stored), results (how many films were found in all).
movies_searched = Signal()
