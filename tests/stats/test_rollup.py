"""Many partners in one number, with partners as the clusters."""

from collections.abc import Sequence

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t as student

from feedback.stats import nps, proportion, rollup
from feedback.stats.nps import Tally

REFERENCE = [Tally(2, 3, 5), Tally(6, 2, 2), Tally(1, 1, 8), Tally(0, 2, 1), Tally(10, 20, 30), Tally(3, 0, 1)]
SEATS = [40, 25, 100, 10, 400, 15]

counts = st.integers(0, 40)
partners = st.lists(
    st.tuples(st.builds(Tally, counts, counts, counts).filter(lambda tally: tally.count > 0), st.integers(1, 10_000)),
    min_size=2,
    max_size=30,
)
two_sided = st.lists(
    st.tuples(st.builds(Tally, counts, counts, counts), st.builds(Tally, counts, counts, counts), st.integers(0, 500)),
    min_size=1,
    max_size=20,
)


def answers(tallies: Sequence[Tally]) -> tuple[np.ndarray, np.ndarray]:
    """Every single answer as -1, 0 or 1, and the number of the partner it came from."""
    rows = [
        (value, partner)
        for partner, tally in enumerate(tallies)
        for value, count in ((-1, tally.detractors), (0, tally.passives), (1, tally.promoters))
        for _ in range(count)
    ]
    return np.array([value for value, _ in rows], float), np.array([partner for _, partner in rows])


def clustered(tallies: Sequence[Tally], weight_of_an_answer: Sequence[float]) -> tuple[float, float]:
    """Weighted mean and its clustered standard error by statsmodels, in points."""
    values, groups = answers(tallies)
    weights = np.array(weight_of_an_answer)[groups]
    fit = sm.WLS(values, np.ones_like(values), weights=weights).fit(cov_type="cluster", cov_kwds={"groups": groups})
    return 100 * float(fit.params[0]), 100 * float(fit.bse[0])


def test_the_reference_scores_come_out() -> None:
    pooled, weighted, mean = (
        rollup.pooled(REFERENCE),
        rollup.seat_weighted(REFERENCE, SEATS),
        rollup.mean_of_partners(REFERENCE),
    )
    assert pooled is not None
    assert weighted is not None
    assert mean is not None
    assert (pooled.points, weighted.points, mean.points) == pytest.approx((25.77320, 34.09605, 12.77778), abs=5.1e-6)
    errors = (pooled.std_error, weighted.std_error, mean.std_error)
    assert errors == pytest.approx((10.87991, 7.88459, 19.27225), abs=5.1e-6)
    assert (pooled.n, pooled.clusters) == (97, 6)


def test_the_larger_standard_error_is_used_and_named() -> None:
    unlike = rollup.mean_of_partners(REFERENCE)
    assert unlike is not None
    assert (unlike.std_error, unlike.basis) == (unlike.between_std_error, "between")
    alike = rollup.mean_of_partners([Tally(3, 4, 3), Tally(3, 3, 3), Tally(2, 5, 2)])
    assert alike is not None
    # By hand: a ninth of the sum of v / (n + 3), with v after adding 3/4, 1 1/2, 3/4.
    by_hand = 100 * (sum((2 * d + 1.5) / (n + 3) / (n + 3) for d, n in ((3, 10), (3, 9), (2, 9))) / 9) ** 0.5
    assert (alike.std_error, alike.basis) == (pytest.approx(by_hand), "within")


def test_five_partners_who_agree_by_chance_do_not_make_a_certainty() -> None:
    found = rollup.pooled([Tally(0, 0, 1)] * 5)
    assert found is not None
    assert found.between_std_error == 0
    assert found.std_error == pytest.approx(100 * (0.5625 / 4 / 5) ** 0.5)
    assert found.basis == "within"
    assert found.high == 100
    assert found.low == pytest.approx(100 - student.ppf(0.975, 4) * 16.770510, abs=1e-4)


def test_one_partner_has_a_score_but_no_standard_error() -> None:
    for found in (
        rollup.pooled([Tally(1, 2, 3)]),
        rollup.seat_weighted([Tally(1, 2, 3)], [10]),
        rollup.mean_of_partners([Tally(1, 2, 3), Tally(0, 0, 0)]),
    ):
        assert found is not None
        assert found.points == pytest.approx(100 / 3)
        assert (found.n, found.clusters) == (6, 1)
        assert (found.std_error, found.low, found.high, found.basis) == (None, None, None, None)


def test_nobody_has_no_score() -> None:
    assert rollup.pooled([]) is None
    assert rollup.mean_of_partners([Tally(0, 0, 0)]) is None
    assert rollup.seat_weighted([Tally(1, 1, 1)], [0]) is None
    assert rollup.gap([], [], []) is None


@given(partners)
def test_pooled_is_statsmodels_with_partners_as_clusters(parts: list[tuple[Tally, int]]) -> None:
    tallies = [tally for tally, _ in parts]
    found = rollup.pooled(tallies)
    points, std_error = clustered(tallies, [1.0] * len(tallies))
    assert found is not None
    assert (found.points, found.between_std_error) == pytest.approx((points, std_error), abs=1e-6)
    assert found.points == pytest.approx(nps.score(sum(tallies, Tally(0, 0, 0))), abs=1e-9)


@given(partners)
def test_seat_weighted_is_statsmodels_with_licences_over_answers_as_weights(parts: list[tuple[Tally, int]]) -> None:
    tallies, seats = [tally for tally, _ in parts], [seats for _, seats in parts]
    found = rollup.seat_weighted(tallies, seats)
    points, std_error = clustered(tallies, [count / tally.count for tally, count in parts])
    assert found is not None
    assert (found.points, found.between_std_error) == pytest.approx((points, std_error), abs=1e-6)


@given(partners)
def test_the_mean_of_partners_is_the_mean_of_their_scores(parts: list[tuple[Tally, int]]) -> None:
    scores = [nps.score(tally) for tally, _ in parts]
    found = rollup.mean_of_partners(tally for tally, _ in parts)
    assert found is not None
    assert found.points == pytest.approx(np.mean(scores), abs=1e-9)
    assert found.between_std_error == pytest.approx(np.std(scores, ddof=1) / len(scores) ** 0.5, abs=1e-9)


@given(partners, st.floats(1e-3, 1e3))
def test_only_the_ratios_of_seats_matter(parts: list[tuple[Tally, int]], factor: float) -> None:
    tallies, seats = [tally for tally, _ in parts], [float(seats) for _, seats in parts]
    found, scaled = rollup.seat_weighted(tallies, seats), rollup.seat_weighted(tallies, [factor * s for s in seats])
    assert found is not None
    assert scaled is not None
    assert (scaled.points, scaled.std_error) == pytest.approx((found.points, found.std_error), abs=1e-8)


@given(partners)
def test_the_interval_holds_the_score_and_stays_on_the_scale(parts: list[tuple[Tally, int]]) -> None:
    found = rollup.seat_weighted([tally for tally, _ in parts], [seats for _, seats in parts])
    assert found is not None
    assert found.low is not None
    assert found.high is not None
    assert found.std_error is not None
    assert -100 <= found.low <= found.points + 1e-9
    assert found.points - 1e-9 <= found.high <= 100
    assert found.std_error > 0


def test_partners_without_seats_or_answers_are_left_out() -> None:
    found = rollup.seat_weighted([*REFERENCE, Tally(50, 0, 0), Tally(0, 0, 0)], [*SEATS, 0, 9_999])
    assert found == rollup.seat_weighted(REFERENCE, SEATS)


def test_proportions_roll_up_on_their_own_scale() -> None:
    found = rollup.seat_weighted([proportion.Tally(1, 0), proportion.Tally(0, 1)], [1, 1])
    assert found is not None
    assert (found.points, found.low, found.high) == (50, 0, 100)


def test_proportions_that_agree_by_chance_are_smoothed_by_two_of_each() -> None:
    found = rollup.mean_of_partners([proportion.Tally(2, 0)] * 5)
    assert found is not None
    assert (found.points, found.basis) == (100, "within")
    assert found.std_error == pytest.approx(100 * (4 / 6 * 2 / 6 / 6 / 5) ** 0.5)


def test_what_does_not_fit_together_is_refused() -> None:
    with pytest.raises(ValueError, match="different kinds"):
        rollup.pooled([Tally(1, 1, 1), proportion.Tally(1, 1)])
    with pytest.raises(ValueError, match="different kinds"):
        rollup.gap([Tally(1, 1, 1)], [proportion.Tally(1, 1)], [1])
    with pytest.raises(ValueError, match="seats"):
        rollup.seat_weighted([Tally(1, 1, 1)], [-1])
    with pytest.raises(ValueError, match="zip"):
        rollup.seat_weighted([Tally(1, 1, 1)], [1, 2])
    with pytest.raises(ValueError, match="zip"):
        rollup.gap([Tally(1, 1, 1)], [Tally(1, 1, 1)], [1, 2])


def test_the_gap_is_the_seat_weighted_mean_of_gaps_of_partners_with_both_sides() -> None:
    users = [Tally(2, 0, 2), Tally(0, 0, 4), Tally(4, 0, 0), Tally(1, 1, 1)]
    buyers = [Tally(0, 0, 2), Tally(0, 2, 0), Tally(0, 0, 0), Tally(1, 0, 0)]
    found = rollup.gap(users, buyers, [30, 10, 50, 0])
    assert found is not None
    assert found.points == pytest.approx((30 * -100 + 10 * 100) / 40)
    assert found.partners == 2
    assert found.seat_coverage == pytest.approx(40 / 90)
    # Two partners off the mean by -50 and +150 with shares of 3/4 and 1/4: sqrt(2 (37.5^2 + 37.5^2)).
    assert found.between_std_error == pytest.approx(75)
    assert found.std_error == pytest.approx(75)
    assert found.p_value == pytest.approx(2 * student.sf(50 / 75, 1))
    assert (found.low, found.high) == (-200, 200)


def test_the_floor_of_the_gap_counts_both_sides() -> None:
    found = rollup.gap([Tally(0, 0, 1)] * 4, [Tally(1, 0, 0)] * 4, [1] * 4)
    assert found is not None
    assert found.points == 200
    assert found.between_std_error == 0
    assert found.std_error == pytest.approx(100 * (2 * 0.5625 / 1 / 4) ** 0.5)
    assert found.basis == "within"
    assert found.p_value == pytest.approx(2 * student.sf(200 / found.std_error, 3))


def test_one_buyer_weighs_as_one_and_not_as_the_three_added_for_smoothing() -> None:
    found = rollup.gap([Tally(300, 400, 300)] * 6, [Tally(0, 0, 1), *[Tally(0, 1, 0)] * 5], [900, *[1] * 5])
    assert found is not None
    # One answer among four after smoothing: (1 + 1.5) / 4 - 1 / 16; the rest is too light to count.
    assert found.within_std_error == pytest.approx(100 * (2.5 / 4 - 1 / 16) ** 0.5, rel=0.02)
    assert found.basis == "within"


def test_the_gap_of_one_partner_has_neither_interval_nor_p_value() -> None:
    found = rollup.gap([Tally(1, 2, 3)], [Tally(0, 0, 2)], [10])
    assert found is not None
    assert (found.partners, found.seat_coverage) == (1, 1)
    assert (found.std_error, found.low, found.high, found.p_value, found.basis) == (None,) * 5


@given(two_sided)
def test_the_gap_is_the_difference_of_both_scores_over_the_same_partners(
    parts: list[tuple[Tally, Tally, int]],
) -> None:
    users, buyers, seats = ([part[side] for part in parts] for side in range(3))
    found = rollup.gap(users, buyers, seats)
    both = [part for part in parts if part[0].count and part[1].count and part[2]]
    if not both:
        assert found is None
        return
    weights = [weight for *_, weight in both]
    user_score = rollup.seat_weighted([part[0] for part in both], weights)
    buyer_score = rollup.seat_weighted([part[1] for part in both], weights)
    assert found is not None
    assert user_score is not None
    assert buyer_score is not None
    assert found.points == pytest.approx(user_score.points - buyer_score.points, abs=1e-9)
    assert found.partners == len(both)


@given(two_sided, st.floats(1e-3, 1e3))
def test_the_p_value_agrees_with_the_interval_and_with_any_scale_of_seats(
    parts: list[tuple[Tally, Tally, int]], factor: float
) -> None:
    users, buyers, seats = ([part[side] for part in parts] for side in range(3))
    found, scaled = rollup.gap(users, buyers, seats), rollup.gap(users, buyers, [factor * s for s in seats])
    if found is None or found.p_value is None:
        return
    assert found.low is not None
    assert found.high is not None
    assert scaled is not None
    assert scaled.p_value == pytest.approx(found.p_value, abs=1e-9)
    if abs(found.p_value - 0.05) > 1e-9:
        assert (found.p_value < 0.05) == (found.low > 0 or found.high < 0)


@settings(max_examples=25)
@given(two_sided)
def test_arrays_roll_up_to_the_very_same_numbers(parts: list[tuple[Tally, Tally, int]]) -> None:
    users, buyers, seats = ([part[side] for part in parts] for side in range(3))
    many_users, many_buyers, many_seats = Tally.together(users), Tally.together(buyers), np.array(seats)
    assert rollup.pooled(many_users) == rollup.pooled(users)
    assert rollup.mean_of_partners(many_users) == rollup.mean_of_partners(users)
    assert rollup.seat_weighted(many_users, many_seats) == rollup.seat_weighted(users, seats)
    assert rollup.gap(many_users, many_buyers, many_seats) == rollup.gap(users, buyers, seats)
    assert rollup.shrink(many_users) == rollup.shrink(users)
    assert rollup.worst_tenth(many_users, draws=20) == rollup.worst_tenth(users, draws=20)


def test_arrays_of_different_kinds_or_partners_are_refused() -> None:
    one, two = nps.Tallies(*np.ones((3, 1), dtype=int)), nps.Tallies(*np.ones((3, 2), dtype=int))
    with pytest.raises(ValueError, match="different kinds"):
        rollup.gap(one, proportion.Tallies(*np.ones((2, 1), dtype=int)), [1])
    with pytest.raises(ValueError, match="shape"):
        rollup.gap(one, two, [1])
    with pytest.raises(ValueError, match="shape"):
        rollup.seat_weighted(two, [1])
    assert rollup.pooled(nps.Tallies(*np.zeros((3, 0), dtype=int))) is None
