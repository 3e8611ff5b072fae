"""A report as plain text. Nothing in it depends on the clock or the machine: the same run prints the same bytes."""

from collections.abc import Mapping, Sequence
from typing import Any

from recs.evaluation.report import Report

DIGITS = {"novelty@20": 2, "popularity@20": 1}
HALF = "±"


def lines(report: Report) -> list[str]:
    """The whole report: what was asked, of whom, the measures with standard errors, and the differences."""
    out = [*_heading(report), "", *_metrics(report)]
    for part in (_known, _bins, _differences):
        if table := part(report):
            out += ["", *table]
    return [*out, "", "± is one standard error over people; * marks the best. 95 % intervals are in the JSON file.",
            f"Again: {report['command']}"]  # fmt: skip


def cost(report: Report) -> list[str]:
    rows = [
        [name, f"{spent['fit_seconds']:.2f}", f"{spent['peak_megabytes']:.0f}", f"{spent['people_per_second']:,.0f}"]
        for name, spent in report["cost"].items()
    ]
    return _table(["cost", "fit s", "peak MB", "people/s"], rows)


def _heading(report: Report) -> list[str]:
    data, counts = report["data"], report["split"]
    name = data["name"] or "this site's own data"
    words = {name.replace("_", " "): value for name, value in counts.items()}
    times = "" if report["times"] else ", without times"
    return [
        f"{report['protocol']} protocol, seed {report['seed']}, {name} ({data['hash'][:16]}){times}",
        ", ".join(f"{name} {value:,}" for name, value in words.items()),
    ]


def _metrics(report: Report) -> list[str]:
    rows = report["algorithms"]
    names = list(rows[0]["metrics"])
    return _table(["", *names], [[row["name"], *(_cell(report, row, name) for name in names)] for row in rows])


def _cell(report: Report, row: Mapping[str, Any], name: str) -> str:
    found, digits = row["metrics"][name], DIGITS.get(name, 4)
    star = "*" if report["best"].get(name) == row["name"] else " "
    return f"{found['value']:.{digits}f} {HALF}{found['error']:.{digits}f}{star}"


def _known(report: Report) -> list[str]:
    """NDCG@100 by how many films a model is told of; fewer people have many, so columns are of different people."""
    rows = report["algorithms"]
    many = list(rows[0].get("known", {}))
    if not many:
        return []
    heads = [f"{one} ({rows[0]['known'][one]['people']})" for one in many]
    cells = [
        [row["name"], *(f"{row['known'][one]['metrics']['ndcg@100']['value']:.4f}" for one in many)] for row in rows
    ]
    return _table(["NDCG@100 with so many films known (people)", *heads], cells)


def _bins(report: Report) -> list[str]:
    out: list[str] = []
    for row in report["algorithms"]:
        for whose, groups in row.get("bins", {}).items():
            cells = [
                [f"{group['from']}-{group['to'] or ''}", f"{group['ratings']:,}", f"{group['rmse']:.4f}",
                 f"{group['coverage']:.3f}", f"{group['width']:.2f}"]
                for group in groups
            ]  # fmt: skip
            heads = [f"{row['name']}, ratings known of the {whose}", "ratings", "rmse", "coverage", "half width"]
            out += [*([""] if out else []), *_table(heads, cells)]
    return out


def _differences(report: Report) -> list[str]:
    cells = [
        [row["name"], name, f"{gap['value']:+.4f}", f"{gap['low']:+.4f} to {gap['high']:+.4f}", gap["to"]]
        for row in report["algorithms"]
        for name, gap in row.get("differences", {}).items()
        if name in {"ndcg@100", "recall@20", "mae"}
    ]
    return _table(["same people, difference", "measure", "mean", "95 %", "to"], cells) if cells else []


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """First column to the left, numbers to the right."""
    widths = [max(len(row[place]) for row in [heads, *rows]) for place in range(len(heads))]
    return [
        "  ".join(
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in [heads, *rows]
    ]
