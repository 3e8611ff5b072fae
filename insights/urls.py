"""/insights/: numbers for those who look after the site."""

from django.urls import include, path

from insights.views import dashboards, evaluation, experiment_acts, experiments, films, inspections, people

# /insights/experiments/<pk>/
experiment_urls = [
    path("", experiments.show, name="experiment"),
    path("edit/", experiments.edit, name="experiment_edit"),
    path("start/", experiment_acts.start, name="experiment_start"),
    path("phase/", experiment_acts.phase, name="experiment_phase"),
    path("stop/", experiment_acts.stop, name="experiment_stop"),
    path("conclude/", experiment_acts.conclude, name="experiment_conclude"),
    path("ship/", experiment_acts.ship, name="experiment_ship"),
    path("archive/", experiment_acts.archive, name="experiment_archive"),
    path("promote/", experiment_acts.promote, name="experiment_promote"),
    path("measure/", experiment_acts.measure, name="experiment_measure"),
    path("figures.json", experiments.download, {"kind": "json"}, name="experiment_json"),
    path("figures.csv", experiments.download, {"kind": "csv"}, name="experiment_csv"),
]

app_name = "insights"
urlpatterns = [
    # /insights/
    path("", dashboards.show, {"name": "overview"}, name="overview"),
    *(path(f"{page}/", dashboards.show, {"name": page}, name=page) for page in dashboards.PAGES if page != "overview"),
    path("<slug:name>/<slug:figure>.csv", dashboards.download, name="figure"),
    # /insights/films/
    path("films/", films.show_all, name="films"),
    path("films.csv", films.download_all, name="films_file"),
    path("films/<slug:slug>/", films.show, name="film"),
    path("films/<slug:slug>/days.csv", films.download, name="film_file"),
    # /insights/people/
    path("people/", people.search, name="people"),
    path("people/<int:pk>/", people.show, name="person"),
    # /insights/inspections/
    path("inspections/", inspections.show_all, name="inspections"),
    path("inspections.csv", inspections.download, name="inspections_file"),
    # /insights/evaluation/
    path("evaluation/", evaluation.show, name="evaluation"),
    path("evaluation/<slug:name>.json", evaluation.download, name="evaluation_file"),
    # /insights/experiments/
    path("experiments/", experiments.show_all, name="experiments"),
    path("experiments/new/", experiments.new, name="experiment_new"),
    path("experiments/plan/", experiments.plan, name="experiment_plan"),
    path("experiments/<int:pk>/", include(experiment_urls)),
]
