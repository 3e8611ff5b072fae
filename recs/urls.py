"""Addresses of this app."""

from django.urls import path

from recs.views import acts, film, lists, onboarding

app_name = "recs"

film_urls = [  # /film/<slug>/…
    path("film/<slug:slug>/rate/", acts.rate, name="rate"),
    path("film/<slug:slug>/mark/<slug:kind>/", acts.mark, name="mark"),
    path("film/<slug:slug>/undo/", acts.undo, name="undo"),
    path("film/<slug:slug>/similar/", film.similar, name="similar"),
    path("film/<slug:slug>/why/", film.why, name="why"),
]

list_urls = [  # /me/…
    path("me/ratings/", lists.ratings, name="ratings"),
    path("me/watchlist/", lists.watchlist, name="watchlist"),
    path("me/favourites/", lists.favorites, name="favorites"),
    path("me/seen/", lists.seen, name="seen"),
    path("me/not-interested/", lists.not_interested, name="not_interested"),
]

welcome_urls = [  # /welcome/…
    path("welcome/", onboarding.welcome, name="welcome"),
    path("welcome/groups/", onboarding.groups, name="welcome_groups"),
    path("welcome/films/", onboarding.films, name="welcome_films"),
    path("welcome/films/<slug:slug>/", onboarding.answer, name="welcome_answer"),
    path("welcome/finish/", onboarding.finish, name="welcome_finish"),
    path("welcome/skip/", onboarding.skip, name="welcome_skip"),
]

urlpatterns = [*film_urls, *list_urls, *welcome_urls]
