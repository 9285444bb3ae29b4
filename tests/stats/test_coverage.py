"""The coverage bench counts right, and says so when a bound breaks."""

from itertools import product
from math import comb

import pytest

from bench import __main__ as benches
from bench import coverage
from feedback.stats import gap, nps

USERS, BUYERS = (0.2, 0.35, 0.45), (0.6, 0.3, 0.1)


def probability(tally: nps.Tally, shares: tuple[float, float, float]) -> float:
    ways = comb(tally.count, tally.detractors) * comb(tally.count - tally.detractors, tally.passives)
    return ways * shares[0] ** tally.detractors * shares[1] ** tally.passives * shares[2] ** tally.promoters


def everything(people: int) -> list[nps.Tally]:
    return [nps.Tally(d, people - d - p, p) for d, p in product(range(people + 1), repeat=2) if d + p <= people]


@pytest.mark.parametrize("people", [1, 2, 7])
def test_coverage_of_one_score_is_the_sum_over_every_tally(people: int) -> None:
    held = 0.0
    for tally in everything(people):
        interval = nps.interval(tally)
        assert interval is not None
        held += probability(tally, USERS) * (interval.low <= 25 <= interval.high)
    assert coverage.single_coverage(USERS, people) == pytest.approx(held)


def test_coverage_of_the_gap_is_that_of_what_the_product_estimates() -> None:
    held = 0.0
    for end_user, buyer in product(everything(6), everything(2)):
        found = gap.estimate(end_user, buyer)
        assert found is not None
        held += probability(end_user, USERS) * probability(buyer, BUYERS) * (found.low <= 75 <= found.high)
    assert coverage.gap_coverage(USERS, 6, BUYERS, 2) == pytest.approx(held)


def test_a_portfolio_is_the_same_every_time_and_its_partners_are_unequal() -> None:
    seats = coverage.unequal_seats(5)
    assert seats.max() / seats.min() > 10
    first = coverage.portfolio_coverage(USERS, BUYERS, seats, 30)
    assert first == coverage.portfolio_coverage(USERS, BUYERS, seats, 30)
    assert min(first) > 0.8


def test_a_broken_bound_ends_with_one(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name, value in {"N_USER": (10,), "N_BUYER": (1, 2), "PARTNERS": (5,), "PORTFOLIOS": 20}.items():
        monkeypatch.setattr(coverage, name, value)
    assert benches.main(["coverage"]) == 0
    monkeypatch.setattr(coverage, "FLOOR", 0.999)
    assert benches.main(["coverage"]) == 1
    assert "Out of bounds: coverage" in capsys.readouterr().out


def test_a_bench_that_is_none_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert benches.main(["nonsense"]) == 2
    said = capsys.readouterr().out
    assert "nonsense" in said
    assert "coverage" in said
