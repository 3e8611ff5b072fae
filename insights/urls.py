"""/insights/: numbers for those who look after the site."""

from django.urls import path

from insights.views import evaluation

app_name = "insights"
urlpatterns = [
    # /insights/evaluation/
    path("evaluation/", evaluation.show, name="evaluation"),
    path("evaluation/<slug:name>.json", evaluation.download, name="evaluation_file"),
]
