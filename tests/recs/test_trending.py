"""What people took to lately, the same for everybody."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from recs.algorithms import Holdout
from recs.algorithms.popular import Popular
from recs.algorithms.trending import Trending
from tests.recs import tastes

TODAY = 20_000.0


def watched(days_ago: np.ndarray):
    """Everybody liked each film so many days ago (people × films); nan where they did not."""
    liked = np.isfinite(days_ago)
    times = csr_matrix(np.where(liked, TODAY - np.nan_to_num(days_ago), 0.0))
    return replace(tastes.dataset(liked.astype(float)), times=times)


OLD_AND_NEW = watched(np.array([[400, 1], [390, 2], [380, np.nan], [370, np.nan]]))


def test_two_likes_this_week_beat_four_of_last_year():
    old, new = Trending().fit(OLD_AND_NEW, seed=1).baseline
    assert new > old


def test_a_like_counts_half_when_a_half_life_has_passed():
    data = watched(np.array([[0.0, np.nan, np.nan], [np.nan, 30.0, np.nan], [np.nan, np.nan, 60.0]]))
    popular = Popular().fit(data, seed=1).baseline
    trend = Trending(half_life=30.0).fit(data, seed=1).baseline - 0.02 * popular
    assert trend / trend[0] == pytest.approx([1, 0.5, 0.25])


def test_seen_from_another_moment_other_films_trend():
    data = watched(np.array([[0.0, 300.0], [np.nan, 301.0], [np.nan, 302.0]]))
    later, then = (Trending(moment=moment).fit(data, seed=1).baseline for moment in (TODAY, TODAY - 300))
    assert later[0] > later[1]
    assert then[1] > then[0]


@pytest.mark.parametrize("times", [None, csr_matrix((4, 2))])
def test_without_times_it_is_popularity(times):
    data = replace(OLD_AND_NEW, times=times)
    assert (Trending().fit(data, seed=1).baseline == Popular().fit(data, seed=1).baseline).all()


def test_a_holdout_chooses_how_fast_likes_fade():
    def asked(film: int) -> Holdout:
        return Holdout(csr_matrix((3, 2)), csr_matrix(np.eye(2)[[film] * 3]))

    slow, fast = (Trending().fit(OLD_AND_NEW, seed=1, holdout=asked(film)).baseline for film in (0, 1))
    assert slow[0] > slow[1]
    assert fast[1] > fast[0]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0, 5000), min_size=6, max_size=6), st.integers(0, 5), st.floats(0.1, 50))
def test_a_newer_like_never_lowers_a_film(days_ago, place, newer):
    """With the moment held still, so that the newest act does not move it."""
    table = np.array(days_ago).reshape(3, 2)
    sooner = table.copy()
    sooner.flat[place] = max(sooner.flat[place] - newer, 0)
    before, after = (Trending(moment=TODAY).fit(watched(one), seed=1).baseline for one in (table, sooner))
    film, other = place % 2, 1 - place % 2
    assert after[film] * before[other] >= before[film] * after[other] - 1e-9


def test_dislikes_are_no_trend():
    data = replace(OLD_AND_NEW, feedback=csr_matrix(np.array([[1, -0.5], [1, -0.5], [1, 0], [1, 0]], dtype=np.float32)))
    old, new = Trending().fit(data, seed=1).baseline
    assert old > new == 0
