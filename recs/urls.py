"""Addresses of this app."""

from django.urls import path

from recs.views import acts, experiments, export, film, history, lists, onboarding, taste

app_name = "recs"

film_urls = [  # /film/<slug>/…
    path("film/<slug:slug>/rate/", acts.rate, name="rate"),
    path("film/<slug:slug>/mark/<slug:kind>/", acts.mark, name="mark"),
    path("film/<slug:slug>/undo/", acts.undo, name="undo"),
    path("film/<slug:slug>/similar/", film.similar, name="similar"),
    path("film/<slug:slug>/why/", film.why, name="why"),
    path("film/<slug:slug>/why/adjust/", film.adjust, name="adjust"),
    path("film/<slug:slug>/guess/", film.guess, name="guess"),
    path("film/<slug:slug>/tune/", film.tune, name="tune"),
]

taste_urls = [  # /me/taste/…
    path("me/taste/", taste.taste, name="taste"),
    path("me/taste/use/", taste.use, name="taste_use"),
]

list_urls = [  # /me/…
    path("me/ratings/", lists.ratings, name="ratings"),
    path("me/watchlist/", lists.watchlist, name="watchlist"),
    path("me/favourites/", lists.favorites, name="favorites"),
    path("me/seen/", lists.seen, name="seen"),
    path("me/not-interested/", lists.not_interested, name="not_interested"),
]

history_urls = [  # /me/import/… and /me/export/…
    path("me/import/", history.upload, name="history_import"),
    path("me/import/<int:pk>/", history.show, name="history"),
    path("me/import/<int:pk>/films/<int:film_pk>/", history.choose, name="history_choose"),
    path("me/import/<int:pk>/start/", history.start, name="history_start"),
    path("me/import/<int:pk>/undo/", history.undo, name="history_undo"),
    path("me/import/<int:pk>/discard/", history.discard, name="history_discard"),
    path("me/import/<int:pk>/skipped.csv", history.skipped, name="history_skipped"),
    path("me/export/", export.export, name="export"),
    path("me/export/<slug:name>/", export.download, name="download"),
]

welcome_urls = [  # /welcome/…
    path("welcome/", onboarding.welcome, name="welcome"),
    path("welcome/groups/", onboarding.groups, name="welcome_groups"),
    path("welcome/films/", onboarding.films, name="welcome_films"),
    path("welcome/films/<slug:slug>/", onboarding.answer, name="welcome_answer"),
    path("welcome/finish/", onboarding.finish, name="welcome_finish"),
    path("welcome/skip/", onboarding.skip, name="welcome_skip"),
]

experiment_urls = [  # /experiments/
    path("experiments/", experiments.experiments, name="experiments"),
    path("experiments/part/", experiments.take_part, name="experiments_part"),
]

urlpatterns = [*experiment_urls, *film_urls, *taste_urls, *list_urls, *history_urls, *welcome_urls]
