"""/insights/evaluation/: what was measured, side by side; for staff and the groups only."""

import copy
import json
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from django.test import Client
from django.urls import reverse

from accounts.services import groups
from insights import charts, queries
from recs import evaluations
from tests.insights.reports import estimate, report, store

PAGE = "/insights/evaluation/"


@pytest.fixture
def staff(admin) -> Client:
    client = Client()
    client.force_login(admin)
    return client


def page(client: Client, query: str = "") -> str:
    answer = client.get(f"{PAGE}{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_visitor_is_sent_to_the_log_in(db, client):
    assert client.get(PAGE).url == f"{reverse('account_login')}?next={PAGE}"


def test_a_viewer_is_refused(member):
    name = store(report(popular=0.2))
    assert member.get(PAGE).status_code == 403
    assert member.get(reverse("insights:evaluation_file", args=[name])).status_code == 403


@pytest.mark.parametrize("group", [groups.EDITORS, groups.EXPERIMENTERS])
def test_editors_and_experimenters_may_read(member, viewer, group):
    viewer.groups.add(groups.ensure()[group])
    assert member.get(PAGE).status_code == 200


def test_nothing_can_be_sent_to_the_page(staff):
    assert staff.post(PAGE).status_code == 405


def test_an_empty_page_says_how_to_fill_it(staff):
    assert "python manage.py evaluate" in page(staff)


def test_the_best_is_told_in_words_too(staff):
    store(report(popular=0.2, collaborative=0.3))
    html = page(staff)
    cell = html[html.index('class="best"') :].partition("</td>")[0]
    assert "0.300" in cell
    assert "(best)" in cell


def test_the_least_biased_list_is_the_best_one(staff):
    store(report(popular=0.2, collaborative=0.3))
    found = queries.compare(queries.runs()[0])
    assert found.best["popularity@20"] == "popular"


def test_each_figure_has_its_range(staff):
    store(report(popular=0.2))
    assert "0.180–0.220" in page(staff)


@pytest.mark.parametrize(("high", "near"), [(0.01, True), (-0.01, False)])
def test_what_may_differ_by_chance_alone_is_told(staff, high, near):
    found = report(popular=0.29, collaborative=0.3)
    gap = {**estimate(-0.02), "high": high, "to": "collaborative"}
    found["algorithms"][0]["differences"] = {"ndcg@100": gap}
    store(found)
    assert (">about as good<" in page(staff)) is near


def test_runs_of_the_same_question_stand_side_by_side(staff):
    store(report(popular=0.2, collaborative=0.25))
    newer = store(report(collaborative=0.3), days=1)
    found = queries.compare(queries.runs()[0])
    assert [(column.name, column.run.name == newer) for column in found.columns] == [
        ("collaborative", True),
        ("popular", False),
    ]
    assert len(found.runs) == 2


@pytest.mark.parametrize("other", [{"data": "b2" * 32}, {"seed": 2}, {"protocol": "temporal"}, {"times": False}])
def test_runs_of_another_question_do_not(staff, other):
    store(report(popular=0.2))
    times = other.pop("times", True)
    store({**report(collaborative=0.3, **other), "times": times}, days=1)
    runs, _ = queries.runs()
    found = queries.compare(queries.chosen(runs, protocol="", data="", run=""))
    assert [column.name for column in found.columns] == ["collaborative"]


def test_protocol_and_data_are_in_the_address(staff):
    store(report(popular=0.2))
    store(report(collaborative=0.3, protocol="temporal"), days=1)
    assert "0.300" in page(staff)
    assert "0.200" in page(staff, "?protocol=strong&data=a1a1a1a1")


def test_one_run_can_be_looked_at_alone(staff):
    old = store(report(popular=0.17))
    store(report(popular=0.2), days=1)
    assert "0.170" in page(staff, f"?run={old}")
    assert "0.170" not in page(staff)


@pytest.mark.parametrize(
    "query", ["?protocol=x", "?data=%00", "?run=../x", "?runs-sort=nothing&runs-page=99", "?runs-page=x"]
)
def test_an_address_that_fits_nothing_shows_the_newest(staff, query):
    store(report(popular=0.2))
    assert "0.200" in page(staff, query)


def test_a_damaged_file_is_left_out_and_named(staff):
    store(report(popular=0.2))
    (evaluations.folder() / "20260401T000000000-strong-00000000.json").write_text("{")
    html = page(staff)
    assert "1 file cannot be read" in html
    assert "0.200" in html


@pytest.mark.parametrize(
    "part", ["made_at", "protocol", "seed", "command", "data", "split", "algorithms", "best", "cost", "code"]
)
def test_a_file_without_one_of_its_parts_breaks_nothing(staff, part):
    for value in ("gone", None, [], 3, {"x": "y"}):
        broken = copy.deepcopy(report(popular=0.2))
        broken[part] = value
        path = evaluations.folder() / "20260401T000000000-strong-00000000.json"
        evaluations.write(broken, path)
        page(staff)


def test_the_command_and_what_identifies_the_data_are_there(staff):
    store(report(popular=0.2, seed=4321))
    html = page(staff)
    assert "python manage.py evaluate --data &#x27;my films&#x27; --seed 4321" in html
    assert "a1" * 32 in html


def test_a_run_can_be_downloaded_as_it_was_stored(staff):
    found = report(popular=0.2)
    answer = staff.get(reverse("insights:evaluation_file", args=[store(found)]))
    assert json.loads(b"".join(answer.streaming_content)) == found
    assert "attachment" in answer["Content-Disposition"]


@pytest.mark.parametrize("name", ["20260301T120000000-strong-ffffffff", "secret_key", "x"])
def test_what_is_no_run_cannot_be_downloaded(staff, name):
    assert staff.get(f"{PAGE}{name}.json").status_code == 404


def test_the_chart_is_a_sound_picture_with_a_line_for_each_algorithm(staff):
    store(report(popular=0.2, collaborative=0.3))
    html = page(staff)
    picture = html[html.index('<svg viewBox="0 0 760') :].partition("</svg>")[0] + "</svg>"
    assert len(ElementTree.fromstring(picture).findall(".//polyline")) == 2
    assert "style=" not in html


def test_labels_of_a_chart_never_overlap():
    series = [(f"Line {number}", [0.3, 0.3001 + number / 1e6], False) for number in range(12)]
    chart = charts.lines(series, across=["1", "all"])
    heights = sorted(line.text_at for line in chart.lines)
    assert min(after - before for before, after in zip(heights, heights[1:], strict=False)) >= charts.LABEL
    assert heights[-1] <= chart.height


def test_a_chart_without_figures_is_none():
    assert charts.lines([("Nothing", [None, None], False)], across=["1", "all"]) is None


def test_predicted_stars_show_whether_the_range_is_kept(staff):
    found = report(protocol="rating", biases=0.9)
    bins = [{"from": 0, "to": 4, "ratings": 7, "rmse": 1.1, "coverage": 0.75, "width": 1.0}]
    metrics = {name: estimate(0.9) for name in ("rmse", "mae", "coverage", "width")}
    found["algorithms"] = [{"name": "biases", "metrics": metrics, "bins": {"film": bins, "person": bins}}]
    store(found)
    assert "75 %" in page(staff)


class Outline(HTMLParser):
    """Every table heading must say what it heads."""

    def __init__(self) -> None:
        super().__init__()
        self.without_scope = 0

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.without_scope += tag == "th" and "scope" not in dict(attrs)


def test_every_heading_of_a_table_has_its_scope(staff):
    store(report(popular=0.2))
    outline = Outline()
    outline.feed(page(staff))
    assert outline.without_scope == 0


def test_more_runs_cost_no_more_queries(staff, django_assert_max_num_queries):
    for day in range(3):
        store(report(popular=0.2), days=day)
    with django_assert_max_num_queries(4):
        page(staff)


def test_the_names_of_data_sets_are_shown_as_text(staff):
    found = report(popular=0.2)
    found["data"]["name"] = "<script>alert(1)</script>"
    store(found)
    assert "<script>alert(1)" not in page(staff)
