"""Addresses of the catalogue."""

from django.urls import path

from catalog.views import browse, movie, people, search

app_name = "catalog"

urlpatterns = [
    path("browse/", browse.browse, name="browse"),
    # /search/
    path("search/", search.search, name="search"),
    path("search/suggest/", search.suggest, name="suggest"),
    # One thing each
    path("film/<slug:slug>/", movie.movie, name="movie"),
    path("person/<slug:slug>/", people.person, name="person"),
    path("genre/<slug:slug>/", browse.genre, name="genre"),
]
