"""The simulated community: the same for the same seed, believable, and something to learn from."""

import datetime
from dataclasses import fields

import numpy as np
import pytest

from recs.demo import simulator
from recs.demo.tastes import TASTES
from recs.demo.world import Film
from tests.recs.demo import TODAY, community, films, liked

MIDNIGHT = int(np.datetime64(TODAY, "s").astype(np.int64))
DAY = 86_400


def ratings() -> np.ndarray:
    acts = community().acts
    return acts.rating[acts.of("rating")]


def test_the_same_seed_catalogue_and_day_give_the_same_arrays():
    first, second = (simulator.simulate(films(), people=40, seed=3, today=TODAY) for _ in range(2))
    for field in fields(simulator.Acts):
        np.testing.assert_array_equal(getattr(first.acts, field.name), getattr(second.acts, field.name))
    np.testing.assert_array_equal(first.joined, second.joined)
    assert (first.languages, first.genres) == (second.languages, second.genres)


def test_another_seed_or_draw_gives_another_community():
    first = simulator.simulate(films(), people=40, seed=3, today=TODAY)
    for other in ({"seed": 4}, {"seed": 3, "draw": 1}):
        second = simulator.simulate(films(), people=40, today=TODAY, **other)
        assert not np.array_equal(first.acts.film[:200], second.acts.film[:200])


def test_it_is_as_large_as_promised():
    assert community().acts.of("rating").sum() >= 150_000
    assert len(np.unique(community().acts.person)) == 2200


def test_ratings_lie_on_the_half_star_scale_and_look_like_peoples():
    stars, counts = np.unique(ratings(), return_counts=True)
    share = dict(zip(stars.tolist(), (counts / counts.sum()).tolist(), strict=True))
    assert set(share) == {half / 2 for half in range(1, 11)}
    assert 3.3 < ratings().mean() < 3.7
    assert 0.9 < ratings().std() < 1.15
    assert share[4.0] == max(share.values())
    assert sum(share[half] for half in (0.5, 1.5, 2.5, 3.5, 4.5)) < 0.4
    assert sum(share[low] for low in (0.5, 1.0, 1.5)) < 0.08


def test_only_ratings_carry_stars():
    acts = community().acts
    np.testing.assert_array_equal(acts.of("rating"), ~np.isnan(acts.rating))


def test_activity_has_a_heavy_tail():
    acts = community().acts
    counts = np.bincount(acts.person[acts.of("rating")])
    assert counts.min() >= 15
    assert counts.max() > 300
    assert counts.mean() > 1.25 * np.median(counts)


def test_popularity_has_a_long_tail_that_follows_fame_but_not_only():
    acts = community().acts
    counts = np.bincount(acts.film[acts.of("rating")], minlength=len(films()))
    votes = np.log1p([film.votes for film in films()])
    assert np.sort(counts)[-len(counts) // 10 :].sum() > 2.5 * counts.sum() / 10
    assert 0.4 < np.corrcoef(votes, np.log1p(counts))[0, 1] < 0.95


def test_good_films_are_rated_higher():
    acts = community().acts
    rows = acts.of("rating")
    counts = np.bincount(acts.film[rows], minlength=len(films()))
    means = np.bincount(acts.film[rows], weights=acts.rating[rows], minlength=len(films())) / np.maximum(counts, 1)
    known = counts > 50
    quality = np.array([film.rating for film in films()])
    assert np.corrcoef(quality[known], means[known])[0, 1] > 0.3


def test_people_differ_in_how_strictly_and_how_widely_they_rate():
    acts = community().acts
    rows = acts.of("rating")
    each = [stars for stars in np.split(acts.rating[rows], np.flatnonzero(np.diff(acts.person[rows])) + 1)]
    assert np.std([stars.mean() for stars in each]) > 0.25
    assert np.std([stars.std() for stars in each]) > 0.1


def test_nothing_happens_twice_and_nobody_both_likes_and_dislikes_a_film():
    acts = community().acts
    key = (acts.person * len(films()) + acts.film) * 10 + acts.kind
    assert len(np.unique(key)) == len(key)
    verdicts = acts.of("like") | acts.of("dislike")
    assert len(np.unique(key[verdicts] // 10)) == verdicts.sum()


def test_nobody_wants_to_see_what_they_have_rated_or_refused():
    acts = community().acts
    pair = acts.person * len(films()) + acts.film
    for one, other in (("watchlist", "rating"), ("watchlist", "not_interested"), ("view", "rating")):
        assert not np.intersect1d(pair[acts.of(one)], pair[acts.of(other)]).size


def test_everything_lies_in_the_last_three_years_and_after_the_release():
    acts = community().acts
    released = np.array([film.released for film in films()], dtype="datetime64[s]").astype(np.int64)
    rated = acts.of("rating")
    assert acts.at.max() < MIDNIGHT
    assert acts.at.min() > MIDNIGHT - 3.1 * 365 * DAY
    assert (acts.at[rated] >= released[acts.film[rated]]).all()
    assert (acts.at >= community().joined[acts.person]).all()


def test_ratings_come_in_sittings():
    acts = community().acts
    rated = acts.of("rating")
    same = np.diff(acts.person[rated]) == 0
    gaps = np.diff(acts.at[rated])[same]
    assert np.median(gaps) < 120
    assert 0.08 < (gaps > 6 * 3600).mean() < 0.4


def test_some_films_are_the_talk_of_the_last_weeks():
    acts = community().acts
    rated = acts.of("rating")
    lately = rated & (acts.at > MIDNIGHT - 14 * DAY)
    ever = np.bincount(acts.film[rated], minlength=len(films()))
    recent = np.bincount(acts.film[lately], minlength=len(films()))
    usual = recent.sum() / ever.sum()
    assert np.sum((recent > 3 * usual * ever) & (recent > 40)) >= 4


def test_people_of_one_taste_overlap_more_than_others():
    matrix = liked(community())
    matrix /= np.maximum(np.linalg.norm(matrix, axis=1, keepdims=True), 1e-9)
    mixture = community().mixture / np.linalg.norm(community().mixture, axis=1, keepdims=True)
    pairs = np.triu_indices(len(matrix), k=1)
    alike, overlap = (mixture @ mixture.T)[pairs], (matrix @ matrix.T)[pairs]
    assert overlap[alike > 0.9].mean() > 1.3 * overlap[alike < 0.1].mean()


def test_a_person_of_one_taste_rates_its_films():
    index = [taste.name for taste in TASTES].index("horror nights")
    fans = simulator.simulate(films(), people=30, seed=7, today=TODAY, taste="horror nights", activity=30)
    assert (fans.mixture.argmax(axis=1) == index).all()
    horror = np.array([27 in film.genres for film in films()])
    assert horror[fans.acts.film[fans.acts.of("rating")]].mean() > 3 * horror.mean()
    assert fans.acts.of("rating").sum() == 30 * 30


def bare_films(count: int) -> list[Film]:
    day = datetime.date(2001, 1, 1)
    return [
        Film(id=n, released=day, genres=frozenset(), language="", directors=frozenset(), rating=6.0, votes=0)
        for n in range(count)
    ]


def test_films_of_which_nothing_is_known_are_no_trouble():
    acts = simulator.simulate(bare_films(30), people=5, seed=1, today=TODAY).acts
    assert acts.of("rating").sum() >= 5 * 15


def test_too_few_films_are_refused():
    with pytest.raises(ValueError, match="30 released films"):
        simulator.simulate(bare_films(29), people=5, seed=1, today=TODAY)
