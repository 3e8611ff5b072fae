from django.urls import include, path

from bench import baselines

urlpatterns = [
    path("bench/empty/", baselines.empty),
    path("bench/bare/<int:cards>/", baselines.bare),
    path("bench/write/<slug:slug>/", baselines.write),
    path("", include("config.urls")),
]
handler404 = "web.errors.not_found"
handler500 = "web.errors.server_error"
