"""How good the recommenders are: the figures that `manage.py evaluate` has stored."""

from typing import Any

from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_tables2 import RequestConfig

from accounts.http import MemberRequest
from insights import charts, queries, words
from insights.access import for_readers
from insights.queries import Comparison, Run
from insights.tables import RunsTable
from recs import evaluations

RUNS_A_PAGE = 10
CHARTED = "ndcg@100"


@never_cache
@require_safe
@for_readers
def show(request: MemberRequest) -> HttpResponse:
    """The newest runs side by side; protocol, data or a single run are in the address."""
    runs, damaged = queries.runs()
    asked = {name: request.GET.get(name, "") for name in ("protocol", "data", "run")}
    context: dict[str, Any] = {"runs": runs, "damaged": damaged}
    if runs:
        shown = queries.chosen(runs, **asked)
        table = RunsTable(runs)
        RequestConfig(request, paginate={"per_page": RUNS_A_PAGE, "silent": True}).configure(table)
        context |= {"table": table, "single": asked["run"] == shown[0].name, **_figures(queries.compare(shown))}
        context |= _filters(runs, shown[0])
    return render(request, "insights/evaluation.html", context)


@never_cache
@require_safe
@for_readers
def download(request: MemberRequest, name: str) -> FileResponse:
    """One run as it was stored."""
    path = evaluations.path_of(name)
    if path is None:
        raise Http404
    return FileResponse(path.open("rb"), as_attachment=True, filename=path.name, content_type="application/json")


def _figures(comparison: Comparison) -> dict[str, Any]:
    run = comparison.runs[0]
    many = sorted({int(one) for column in comparison.columns for one in column.found.get("known", {})})
    known = [_known_line(column.found, many) for column in comparison.columns]
    best = comparison.best.get(CHARTED)
    names = [*map(str, many), _("all")]
    series = [(column.label, line, column.name == best) for column, line in zip(comparison.columns, known, strict=True)]
    return {
        "run": run,
        "comparison": comparison,
        "protocol": words.PROTOCOLS.get(run.protocol, (run.protocol, "")),
        "known": list(zip(comparison.columns, known, strict=True)) if many else [],
        "known_heads": list(zip(names, [*_people(comparison, many), run.report["split"]["test_people"]], strict=True)),
        "chart": charts.lines(series, across=names) if many else None,
        "costs": [(column, column.run.report.get("cost", {}).get(column.name)) for column in comparison.columns],
    }


def _known_line(found: dict[str, Any], many: list[int]) -> list[float | None]:
    """The charted measure with so many films known, and with all."""
    known = found.get("known", {})
    line = [known.get(str(one), {}).get("metrics", {}).get(CHARTED, {}).get("value") for one in many]
    return [*line, found["metrics"].get(CHARTED, {}).get("value")]


def _people(comparison: Comparison, many: list[int]) -> list[int]:
    """How many of the tested people have so many films; the same for every algorithm."""
    known = comparison.columns[0].found.get("known", {})
    return [known.get(str(one), {}).get("people", 0) for one in many]


def _filters(runs: list[Run], shown: Run) -> dict[str, Any]:
    """Only what leads somewhere: each protocol that was run, and the data it was run on."""
    protocols = dict.fromkeys(run.protocol for run in runs)
    data = {run.data: run.data_name for run in reversed(runs) if run.protocol == shown.protocol}
    return {
        "protocols": [(name, words.PROTOCOLS.get(name, (name, ""))[0]) for name in protocols],
        "data_sets": sorted(data.items(), key=lambda one: (one[1], one[0])),
    }
