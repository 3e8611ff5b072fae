"""/insights/: the pages themselves; who may see them, what their address keeps, and what they cost."""

import datetime

import pytest
from django.test import Client
from django.urls import reverse

from accounts.services import groups
from insights.dashboards.figures import Column, Figure
from insights.views.dashboards import PAGES
from tests import factories
from tests.insights.dashboards import Action, clicked, lines, log, shown, span

ADDRESSES = [reverse(f"insights:{name}") for name in PAGES]


@pytest.fixture
def staff(admin) -> Client:
    client = Client()
    client.force_login(admin)
    return client


@pytest.fixture
def busy(viewer) -> None:
    """A little of everything, today."""
    now = datetime.datetime.now(datetime.UTC)
    films = [factories.movie() for _ in range(3)]
    factories.rating(viewer, films[0], 4)
    shown(*(film.pk for film in films), timestamp=now)
    clicked(films[0].pk, timestamp=now)
    log(Action.MOVIE_VIEW, movie=films[1], timestamp=now)
    for words in ("=1+1", "heat"):
        log(Action.MOVIE_SEARCH, timestamp=now, metadata={"query": words, "results": 0 if words == "heat" else 2})


def html(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


@pytest.mark.parametrize("path", ADDRESSES)
def test_a_visitor_is_sent_to_the_log_in(db, client, path):
    assert client.get(path).url == f"{reverse('account_login')}?next={path}"


@pytest.mark.parametrize("path", [*ADDRESSES, "/insights/searches/words.csv"])
@pytest.mark.parametrize("group", ["", groups.EDITORS, groups.EXPERIMENTERS])
def test_whoever_is_not_staff_is_refused(member, viewer, path, group):
    if group:
        viewer.groups.add(groups.ensure()[group])
    assert member.get(path).status_code == 403


@pytest.mark.parametrize("path", ADDRESSES)
def test_an_empty_site_says_so(staff, path):
    assert "<h1>" in html(staff, path)
    assert "data-plot" not in html(staff, path)


@pytest.mark.parametrize("path", ADDRESSES)
def test_every_chart_has_its_table_and_its_file(staff, busy, path):
    page = html(staff, path)
    assert page.count("data-plot=") == page.count("The same as a table")
    assert page.count("data-plot=") <= page.count('.csv" download')
    assert " style=" not in page


@pytest.mark.parametrize("path", ADDRESSES)
def test_no_page_needs_more_than_ten_queries(staff, busy, path, django_assert_max_num_queries):
    with django_assert_max_num_queries(10):
        staff.get(path)


@pytest.mark.parametrize("path", ADDRESSES)
def test_more_days_and_more_people_cost_no_more_queries(staff, busy, path, django_assert_max_num_queries):
    for number in range(10):
        somebody = factories.user(data_usage_consent=True)
        log(Action.MOVIE_SEARCH, user=somebody, metadata={"query": f"film {number}", "results": 1})
        shown(factories.movie().pk, page=f"x{number}", user=somebody, algorithm=f"a{number}")
    with django_assert_max_num_queries(10):
        html(staff, f"{path}?days=90")


@pytest.mark.parametrize(
    "query",
    [
        "?days=6", "?days=x", "?since=nothing", "?since=2026-05-20&until=2026-05-01", "?since=1900-01-01",
        "?segment=%00", "?segment=everybody'--", "?simulated=maybe", "?since=2020-01-01&until=2026-01-01",
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["overview", "retention"])
def test_days_and_people_that_cannot_be_meant_are_told_and_the_usual_ones_shown(staff, name, query):
    page = html(staff, f"{reverse(f'insights:{name}')}{query}")
    assert "These days cannot be shown" in page
    assert "28 days</span>" in page


def test_days_and_people_go_along_to_the_other_pages(staff, busy):
    page = html(staff, "/insights/activity/?since=2026-01-01&until=2026-01-31&segment=cold")
    assert 'href="/insights/churn/?since=2026-01-01&amp;until=2026-01-31&amp;segment=cold"' in page
    assert 'href="?days=7&amp;segment=cold"' in page


def test_simulated_people_count_while_there_is_nobody_else(staff):
    factories.user(is_simulated=True)
    factories.user(email="viewer@marquee.localhost")
    assert "are counted here" in html(staff, "/insights/")
    factories.user()
    assert "are counted here" not in html(staff, "/insights/")
    assert "are counted here" in html(staff, "/insights/?simulated=yes")


def test_a_site_with_both_says_who_is_left_out_and_how_to_count_them(staff):
    factories.user(is_simulated=True)
    factories.user()
    page = html(staff, "/insights/?days=7")
    assert "are left out" in page
    assert 'href="?days=7&amp;simulated=yes"' in page


def test_a_file_holds_the_figure_and_no_formula(staff, busy):
    found = lines(staff, "/insights/searches/words.csv")
    assert found[0] == ["Search", "Times", "Without a result", "Films found"]
    assert sorted(found[1:]) == [["'=1+1", "1", "0", "2"], ["heat", "1", "1", "0"]]


@pytest.mark.parametrize("name", PAGES)
def test_every_figure_can_be_had_as_a_file(staff, busy, name):
    for figure in PAGES[name].figures(span()):
        assert len(lines(staff, reverse("insights:figure", args=[name, figure.name]))) >= 1


@pytest.mark.parametrize("path", ["/insights/searches/nothing.csv", "/insights/nothing/words.csv"])
def test_what_is_no_figure_cannot_be_had(staff, path):
    assert staff.get(path).status_code == 404


def test_the_list_of_searches_is_narrowed_and_sorted_by_its_address(staff, busy):
    assert ">=1+1<" not in html(staff, "/insights/searches/?missed=on")
    assert ">heat<" not in html(staff, "/insights/searches/?words=%3D1")
    page = html(staff, "/insights/searches/?sort=-films")
    assert page.index(">=1+1<") < page.index(">heat<")


@pytest.mark.parametrize("query", ["?sort=nothing", "?page=99", "?page=x", "?words=" + "x" * 500])
def test_a_strange_address_of_the_list_breaks_nothing(staff, busy, query):
    html(staff, f"/insights/searches/{query}")


def test_words_of_searches_are_shown_as_text(staff):
    log(Action.MOVIE_SEARCH, timestamp=datetime.datetime.now(datetime.UTC), metadata={"query": "<script>x"})
    assert "<script>x" not in html(staff, "/insights/searches/")


def test_pages_are_never_kept_by_caches(staff):
    assert "no-store" in staff.get("/insights/")["Cache-Control"]


def test_a_row_of_zeros_is_an_empty_chart():
    columns = [Column("Day", "day"), Column("Times")]
    assert Figure("x", "X", columns, [(datetime.date(2026, 1, 1), 0)], chart="lines").is_empty
    assert not Figure("x", "X", columns, [(datetime.date(2026, 1, 1), 0)]).is_empty
