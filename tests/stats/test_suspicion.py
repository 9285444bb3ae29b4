"""How improbable counts are, against what can be worked out otherwise: by hand, by other formulas, by simulation."""

import numpy as np
import pytest
from scipy.stats import binom, poisson

from feedback.stats import suspicion


def test_with_much_known_and_no_spread_a_rise_is_poisson() -> None:
    share = 0.01
    found = suspicion.rise([12, 5, 0], 10**7, share, 1e-12)
    mean = 10**7 * share / (1 - share)
    many = int(mean + 3 * np.sqrt(mean))
    assert suspicion.rise(many, 10**7, share, 1e-12) == pytest.approx(poisson.sf(many - 1, mean), rel=0.06)
    assert found == pytest.approx(1)
    assert suspicion.expected(90, 0.1) == pytest.approx(10)


def test_a_rise_is_less_sure_where_little_is_known_or_honest_days_differ() -> None:
    sure = suspicion.rise(20, 900, 0.01, 1e-9)
    little = suspicion.rise(20, 9, 0.5, 1e-9)
    restless = suspicion.rise(20, 900, 0.01, 0.5)
    assert sure < restless and sure < little
    assert (np.diff(suspicion.rise(np.arange(60), 100, 0.1, 0.1)) < 0).all()


def test_a_rise_is_as_rare_as_it_says_when_honest_counts_are_simulated() -> None:
    rng = np.random.default_rng(7)
    looks, share, spread = 200_000, 0.08, 0.2
    rates = 60 * rng.gamma(1 / spread, spread, looks)
    inside, outside = rng.poisson(rates * share), rng.poisson(60 * (1 - share), looks)
    p_values = suspicion.rise(inside, outside, share, spread)
    for level in (0.05, 0.01, 0.001):
        assert (p_values < level).mean() <= 1.15 * level


def test_the_spread_of_counts_is_that_of_the_others() -> None:
    rng = np.random.default_rng(3)
    means = rng.uniform(5, 50, (300, 20))
    counts = rng.poisson(means * rng.gamma(4, 0.25, means.shape))
    assert suspicion.spread_of_counts(counts, means) == pytest.approx(0.25, rel=0.1)
    counts[0] = 1000
    assert suspicion.spread_of_counts(counts, means)[0] == pytest.approx(0.25, rel=0.1)
    assert suspicion.spread_of_counts(counts, means)[1] > 1
    assert suspicion.spread_of_counts([[3.0, 4.0]], [[3.5, 3.5]])[0] == suspicion.LEAST_SPREAD_OF_COUNTS


def test_an_excess_is_a_binomial_tail_that_is_wider_where_partners_differ() -> None:
    assert suspicion.excess(9, 12, 0.2, 1e-7) == pytest.approx(binom.sf(8, 12, 0.2), rel=1e-3)
    # All of three: each further one the likelier, the more of them there were.
    strength = 1 / 0.1 - 1
    by_hand = np.prod([(0.3 * strength + place) / (strength + place) for place in range(3)])
    assert suspicion.excess(3, 3, 0.3, 0.1) == pytest.approx(by_hand)
    assert suspicion.excess(0, 12, 0.2, 0.1) == pytest.approx(1)


def test_the_share_elsewhere_is_without_the_row_itself_and_its_spread_is_found() -> None:
    rng = np.random.default_rng(5)
    people = rng.integers(20, 200, 400)
    strength = 1 / 0.05 - 1
    hits = rng.binomial(people, rng.beta(0.3 * strength, 0.7 * strength, 400))
    shares, spread = suspicion.shares_elsewhere(hits, people, 0.3)
    assert shares == pytest.approx(0.3, abs=0.02)
    assert spread == pytest.approx(0.05, abs=0.012)
    hits[0] = people[0] = 10_000
    shares, spread = suspicion.shares_elsewhere(hits, people, 0.3)
    assert shares[0] == pytest.approx(0.3, abs=0.02)
    assert spread[0] == pytest.approx(0.05, abs=0.012)
    assert spread[1] > 0.3
    alone, wide = suspicion.shares_elsewhere([7], [7], 0.1)
    assert alone == pytest.approx(0.1) and wide == suspicion.LEAST_SPREAD_OF_SHARES


def test_people_who_follow_each_other_closely_are_counted() -> None:
    assert suspicion.close_followers([], 20, 14_400) == (0, 1.0)
    assert suspicion.close_followers([5], 20, 14_400) == (0, 1.0)
    close, p_value = suspicion.close_followers([0, 100, 105, 130, 149, 5000], 20, 14_400)
    assert close == 2
    assert p_value == pytest.approx(binom.sf(1, 5, 1 - np.exp(-6 * 20 / 14_400)))
    rng = np.random.default_rng(11)
    honest = [suspicion.close_followers(rng.uniform(0, 28_800, 15), 20, 14_400)[1] for _ in range(20_000)]
    assert np.mean(np.array(honest) < 0.001) <= 0.001
