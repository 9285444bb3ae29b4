"""Partners drawn towards what partners are like, and who is truly among the worst."""

from itertools import pairwise, product
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import gammaln
from scipy.stats import beta, dirichlet_multinomial

from feedback.stats import nps, proportion, rollup
from feedback.stats.nps import Tally
from feedback.stats.shrinkage import MOST_ANSWERS, fit

REFERENCE = [Tally(2, 3, 5), Tally(6, 2, 2), Tally(1, 1, 8), Tally(0, 2, 1), Tally(10, 20, 30), Tally(3, 0, 1)]
NOBODY = Tally(0, 0, 0)

counts = st.integers(0, 30)
tallies = st.builds(Tally, counts, counts, counts).filter(lambda tally: tally.count > 0)
portfolios = st.lists(tallies, min_size=1, max_size=20)


def likelihood(parameters: np.ndarray, table: np.ndarray) -> float:
    return float(sum(dirichlet_multinomial.logpmf(row, parameters, row.sum()) for row in table.astype(int)))


def test_the_reference_scores_come_out() -> None:
    assert rollup.shrink(REFERENCE) == pytest.approx([23.80, 2.38, 36.05, 22.50, 29.97, 10.41], abs=5.1e-3)


def test_no_other_dirichlet_is_likelier() -> None:
    table = np.array([tally.parts for tally in REFERENCE], float)
    found = fit(table)
    best = likelihood(found, table)
    for factors in product((0.9, 0.99, 1, 1.01, 1.1), repeat=3):
        assert likelihood(found * np.array(factors), table) <= best + 1e-9


@settings(max_examples=12)
@given(portfolios)
def test_the_likelihood_is_level_at_what_was_fitted(portfolio: list[Tally]) -> None:
    table = np.array([tally.parts for tally in portfolio], float)
    found = fit(table)
    given_answers = found > 0
    assert (given_answers == (table.sum(axis=0) > 0)).all()
    assert found.sum() <= MOST_ANSWERS * (1 + 1e-9)

    def value(parameters: np.ndarray) -> float:
        total, people = parameters.sum(), table.sum(axis=1)
        used, answers = parameters[given_answers], table[:, given_answers]
        return float((gammaln(total) - gammaln(total + people)).sum() + (gammaln(answers + used) - gammaln(used)).sum())

    for part in np.flatnonzero(given_answers):
        moved = found.copy()
        moved[part] *= 1.02
        moved *= found.sum() / moved.sum()
        assert value(moved) <= value(found) + 1e-5
    if found.sum() > 1e-3:
        assert value(found * 0.98) <= value(found) + 1e-5


@settings(max_examples=40)
@given(portfolios)
def test_a_shrunken_score_lies_between_its_own_and_the_fitted_mean(portfolio: list[Tally]) -> None:
    parameters = fit(np.array([tally.parts for tally in portfolio], float))
    mean = 100 * (parameters[2] - parameters[0]) / parameters.sum()
    for tally, shrunken in zip(portfolio, rollup.shrink(portfolio), strict=True):
        own = nps.score(tally)
        assert own is not None
        assert shrunken is not None
        assert min(own, mean) - 1e-6 <= shrunken <= max(own, mean) + 1e-6


def test_the_fewer_the_answers_the_further_a_score_is_drawn() -> None:
    found = rollup.shrink([*REFERENCE, Tally(1, 0, 0), Tally(10, 0, 0), Tally(100, 0, 0)])[-3:]
    assert found == sorted(found, reverse=True)  # type: ignore[type-var]
    assert found[2] == pytest.approx(-100, abs=20)


def test_partners_without_answers_have_no_score_and_do_not_change_the_others() -> None:
    found = rollup.shrink([NOBODY, *REFERENCE, NOBODY])
    assert found == [None, *rollup.shrink(REFERENCE), None]
    assert rollup.shrink([]) == []
    assert rollup.shrink([NOBODY]) == [None]
    assert rollup.worst_tenth([]) == []
    assert rollup.worst_tenth([NOBODY, Tally(1, 1, 1)]) == [None, None]
    assert rollup.worst_tenth([NOBODY, *REFERENCE]) == [None, *rollup.worst_tenth(REFERENCE)]


def test_one_partner_keeps_its_score() -> None:
    assert rollup.shrink([Tally(1, 2, 3)]) == [pytest.approx(100 / 3)]


def test_where_everyone_agrees_nothing_is_drawn_and_nobody_is_worse() -> None:
    unanimous = [Tally(0, 0, people) for people in (1, 5, 500)]
    assert rollup.shrink(unanimous) == [100, 100, 100]
    assert rollup.worst_tenth(unanimous) == pytest.approx([1 / 3] * 3)


def test_partners_that_differ_less_than_chance_all_get_the_common_score() -> None:
    found = rollup.shrink([Tally(3, 4, 3), Tally(3, 3, 3), Tally(2, 5, 2), Tally(3, 4, 4)])
    assert found == pytest.approx([100 * 1 / 39] * 4, abs=0.1)


def test_proportions_shrink_by_the_beta_binomial() -> None:
    portfolio = [proportion.Tally(1, 9), proportion.Tally(5, 5), proportion.Tally(90, 10), proportion.Tally(2, 0)]
    parameters = fit(np.array([tally.parts for tally in portfolio], float))
    by_hand = [100 * (tally.successes + parameters[1]) / (tally.count + parameters.sum()) for tally in portfolio]
    assert rollup.shrink(portfolio) == pytest.approx(by_hand)


def test_different_kinds_are_refused() -> None:
    mixed: list[Any] = [Tally(1, 1, 1), proportion.Tally(1, 1)]
    for ranked in (rollup.shrink, rollup.worst_tenth):
        with pytest.raises(ValueError, match="different kinds"):
            ranked(mixed)
    with pytest.raises(ValueError, match="draw"):
        rollup.worst_tenth(REFERENCE, draws=0)


@settings(max_examples=15)
@given(st.lists(tallies, min_size=2, max_size=25), st.randoms(use_true_random=False))
def test_the_probabilities_add_up_to_the_places_whatever_the_order(portfolio: list[Tally], chance: Random) -> None:
    found = rollup.worst_tenth(portfolio, draws=100)
    assert sum(part for part in found if part is not None) == pytest.approx(-(-len(portfolio) // 10))
    shuffled = list(enumerate(portfolio))
    chance.shuffle(shuffled)
    again = rollup.worst_tenth([tally for _, tally in shuffled], draws=100)
    assert again == pytest.approx([found[place] for place, _ in shuffled])


def test_two_partners_compare_as_their_posteriors_do() -> None:
    portfolio = [proportion.Tally(6, 4), proportion.Tally(12, 20)]
    parameters = fit(np.array([tally.parts for tally in portfolio], float))
    shares = np.linspace(0, 1, 20_001)
    first, second = (beta(tally.successes + parameters[1], tally.failures + parameters[0]) for tally in portfolio)
    exact = np.trapezoid(first.cdf(shares) * second.pdf(shares), shares)
    assert rollup.worst_tenth(portfolio, draws=20_000)[0] == pytest.approx(exact, abs=0.01)


def test_a_lone_detractor_is_less_suspect_than_a_hundred_mostly_unhappy_people() -> None:
    healthy = [Tally(10 + i, 25, 65 - i) for i in range(18)]
    found = rollup.worst_tenth([*healthy, Tally(1, 0, 0), Tally(70, 20, 10)])
    assert found[-1] == pytest.approx(1, abs=0.02)
    assert found[-2] is not None
    assert found[-2] < 0.9


def test_a_thousand_partners_are_ranked_with_sure_ones_at_both_ends() -> None:
    portfolio = [Tally(100 * i // 999, 20, 100 - 100 * i // 999) for i in range(1_000)]
    found = rollup.worst_tenth(portfolio, draws=100)
    assert sum(part for part in found if part is not None) == pytest.approx(100)
    assert found[0] == 0
    assert found[-1] == 1
    smooth = [sum(part or 0 for part in found[start : start + 100]) for start in range(0, 1_000, 100)]
    assert all(earlier <= later + 1e-9 for earlier, later in pairwise(smooth))
