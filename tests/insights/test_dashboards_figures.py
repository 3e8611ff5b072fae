"""What the dashboards count: who, when, and once."""

import datetime
import zoneinfo

import pytest

from insights.dashboards import activity, churn, discovery, funnel, overview, picks, retention, searches
from recs.models import Interaction
from tests import factories
from tests.insights.dashboards import Action, clicked, log, named, noon, person, shown, span

pytestmark = pytest.mark.django_db


def test_a_person_counts_once_a_day_and_for_the_days_after():
    somebody = person()
    for ago in (5, 5, 3):
        log(Action.MOVIE_VIEW, user=somebody, ago=ago)
    rows = activity.active(span(7))
    assert [row[1] for row in rows] == [0, 1, 0, 1, 0, 0, 0]
    assert [row[2] for row in rows] == [0, 1, 1, 1, 1, 1, 1]


def test_who_came_before_the_first_day_still_counts_in_the_month():
    log(Action.MOVIE_VIEW, user=person(), ago=20)
    log(Action.MOVIE_VIEW, user=person(), ago=28)
    assert activity.active(span(7))[-1][1:] == (0, 0, 1)


def test_acts_count_as_coming_but_not_what_was_imported():
    factories.rating(person(), factories.movie(), 4, timestamp=noon(1))
    factories.rating(person(), factories.movie(), 4, timestamp=noon(1), source="import")
    assert activity.active(span(7))[-2][1] == 1


@pytest.mark.parametrize("who", [{"data_usage_consent": False}, {"is_staff": True}, {"is_active": False}])
def test_those_who_did_not_allow_it_and_staff_are_not_counted(who):
    factories.rating(person(**who), factories.movie(), 4, timestamp=noon())
    assert activity.active(span(7))[-1][1] == 0


@pytest.mark.parametrize("simulated", [True, False])
def test_simulated_people_count_when_asked_for(simulated):
    factories.rating(person(is_simulated=True), factories.movie(), 4, timestamp=noon())
    assert activity.active(span(7, simulated=simulated))[-1][1] == int(simulated)


@pytest.mark.parametrize(
    ("segment", "count"), [("all", 3), ("new", 1), ("cold", 2), ("language-fr", 1), ("language-de", 0)]
)
def test_segments_choose_people(segment, count):
    old = person()
    for _ in range(5):
        factories.rating(old, factories.movie(), 4, timestamp=noon())
    for other in (person(joined=3), person(preferred_language="fr")):
        log(Action.MOVIE_VIEW, user=other)
    assert activity.active(span(7, segment=segment))[-1][1] == count


def test_a_day_is_the_readers_own_day_also_when_clocks_change():
    paris = zoneinfo.ZoneInfo("Europe/Paris")
    days = span(3)
    days = type(days)(datetime.date(2026, 3, 28), datetime.date(2026, 3, 30), paris)
    for hour in (
        22,
        23,
    ):  # 23:00 on the 28th, when it is an hour ahead; midnight, the 29th; then the 30th after the jump
        log(Action.MOVIE_VIEW, timestamp=datetime.datetime(2026, 3, 28, hour, 30, tzinfo=datetime.UTC))
    log(Action.MOVIE_VIEW, timestamp=datetime.datetime(2026, 3, 29, 22, 30, tzinfo=datetime.UTC))
    assert [row[1] for row in activity.acts(days)] == [1, 1, 1]


def test_the_funnel_counts_those_who_took_every_step_before():
    films = [factories.movie() for _ in range(5)]
    for many, welcomed, follows in ((5, True, True), (5, True, False), (4, True, True), (5, False, True)):
        somebody = person(joined=2, onboarding_completed=welcomed)
        for film in films[:many]:
            factories.rating(somebody, film, 4)
        if follows:
            clicked(films[0].pk, user=somebody)
    person(joined=60)
    steps = named(funnel.figures(span()), "steps")
    assert [row[1] for row in steps.rows] == [4, 3, 2, 1]
    assert steps.rows[2][3] == pytest.approx(200 / 3)


def test_retention_counts_weeks_from_the_day_of_joining():
    early, late = person(joined=27), person(joined=21)
    log(Action.MOVIE_VIEW, user=early, ago=20)
    log(Action.MOVIE_VIEW, user=late, ago=8)
    log(Action.MOVIE_VIEW, user=late, ago=7)
    (cohort,) = [row for row in retention.figures(span())[0].rows if row[1]]
    assert cohort[:4] == (noon(27).date(), 2, 100.0, 50.0)


def test_a_week_that_is_not_over_for_all_stays_empty():
    person(joined=27)
    (cohort,) = retention.figures(span())[0].rows
    assert cohort[2:5] == (0.0, 0.0, None)


def test_somebody_goes_quiet_on_the_28th_day_and_comes_back_later():
    somebody = person()
    for ago in (40, 5):
        log(Action.MOVIE_VIEW, user=somebody, ago=ago)
    rows = named(churn.figures(span()), "quiet").rows
    assert [(row[0], row[1:3]) for row in rows if any(row[1:3])] == [
        (noon(12).date(), (1, 0)),
        (noon(5).date(), (0, 1)),
    ]
    assert rows[-13][3] == 100.0


def test_a_list_counts_once_a_page_view_and_a_click_once_a_film():
    film, other = factories.movie().pk, factories.movie().pk
    for _ in range(2):
        shown(film, other)
        clicked(film)
    clicked(film, page="p2")
    assert picks.rates(span(1))[0][1:] == (2, 2, 100.0)


def test_films_that_were_logged_one_by_one_count_too():
    film = factories.movie().pk
    log(Action.RECOMMENDATION_IMPRESSION, movie_id=film, metadata={"row": "picks", "rank": 1, "algorithm": "hybrid"})
    log(Action.RECOMMENDATION_IMPRESSION, movie_id=film, metadata={"row": "picks", "rank": 2, "algorithm": "hybrid"})
    assert picks.rates(span(1))[0][1] == 2


def test_each_algorithm_has_its_rate_its_reach_and_its_novelty():
    known = factories.movie(our_rating_count=1_000).pk
    rare = [factories.movie().pk for _ in range(9)]
    shown(known, known)
    shown(*rare, page="p2", algorithm="content_based")
    clicked(rare[0], page="p2", algorithm="content_based")
    rows = {str(row[0]): row for row in named(picks.figures(span()), "algorithms").rows}
    (label,) = [name for name in rows if rows[name][1] == 9]
    assert rows[label][2:6] == (1, pytest.approx(100 / 9), 9, 90.0)
    others = rows[next(name for name in rows if name != label)]
    assert (rows[label][7], others[7], others[8]) == (100.0, 0.0, 12)
    assert rows[label][6] > others[6]


def test_lists_that_an_experiment_mixes_stand_apart_and_others_belong_to_whoever_chose():
    film = factories.movie().pk
    said = {"row": "top", "films": [film], "algorithm": "hybrid", "served": "popular"}
    log(Action.RECOMMENDATION_IMPRESSION, metadata={**said, "page": "p1"})
    log(Action.RECOMMENDATION_IMPRESSION, metadata={**said, "page": "p2", "teams": "a"})
    clicked(film, page="p2", team="a")
    rows = named(picks.figures(span()), "algorithms").rows
    assert {str(row[0]): row[1:3] for row in rows} == {"Popular": (1, 0), "Mixed by an experiment": (1, 1)}


@pytest.mark.parametrize("said", [{"films": "x"}, {"films": [None, "1"]}, {"took_ms": "slow"}, {}, None])
def test_damaged_rows_of_the_log_break_nothing(said):
    log(Action.RECOMMENDATION_IMPRESSION, metadata=said)
    log(Action.MOVIE_SEARCH, metadata=said)
    assert picks.figures(span())
    assert discovery.figures(span())
    assert searches.figures(span())


def test_what_most_have_rated_is_no_discovery():
    known = factories.movie(our_rating_count=1_000)
    rare = [factories.movie() for _ in range(9)][0]
    for film in (known, known, known, rare):
        log(Action.MOVIE_VIEW, movie=film)
    figures = discovery.figures(span(1))
    assert named(figures, "share").rows[0][2] == 25.0
    assert [row[0] for row in named(figures, "films").rows] == [f"{rare.title} (1999)"]


def test_searches_are_counted_whatever_their_capitals():
    for words, found in (("Heat", 3), ("heat", 0), ("zzz", 0)):
        log(Action.MOVIE_SEARCH, metadata={"query": words, "results": found})
    assert [(one.words, one.times, one.missed) for one in searches.searches(span())] == [("heat", 2, 1), ("zzz", 1, 1)]


@pytest.mark.parametrize("crowd", ["bot", "staff", "simulated"])
def test_programs_staff_and_simulated_people_search_nothing(crowd):
    log(Action.MOVIE_SEARCH, metadata={"query": "heat", "results": 3, "crowd": crowd})
    assert searches.searches(span()) == []


@pytest.mark.parametrize(
    ("now", "before", "said"),
    [
        (120, 100, ("+20 %: more than in the 28 days before", "up")),
        (50, 100, ("−50 %: less than in the 28 days before", "down")),
        (100, 100, ("The same as in the 28 days before", "same")),
        (5, 0, ("None in the 28 days before", "up")),
        (0, 0, ("Nothing to compare with", "same")),
        (None, 3.5, ("Nothing to compare with", "same")),
    ],
)
def test_a_change_is_told_in_words_with_its_sign(now, before, said):
    assert overview.compared(now, before, 28) == said


def test_the_overview_compares_with_as_many_days_before():
    somebody, film = person(joined=10), factories.movie()
    factories.rating(somebody, film, 4, timestamp=noon(1))
    for _ in range(2):
        factories.rating(somebody, factories.movie(), 4, timestamp=noon(30))
    tiles = {str(tile.label): tile for tile in overview.board(span())["tiles"]}
    assert tiles["Ratings"].change == "−50 %: less than in the 28 days before"
    assert Interaction.objects.count() == 3
    assert tiles["People"].line == "1 new in these days"


def test_a_rate_that_fell_is_told_once_it_is_no_chance():
    films = [factories.movie().pk for _ in range(50)]
    for number in range(20):
        shown(*films, page=f"a{number}", ago=40)
        clicked(films[0], page=f"a{number}", ago=40)
        shown(*films, page=f"b{number}")
    assert [check.level for check in overview.board(span())["fell"]] == ["amber"]
