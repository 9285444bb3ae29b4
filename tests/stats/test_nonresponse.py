"""Who is silent: what they could change, how alike those are who spoke, and weighting by seat attributes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback.stats import nonresponse, nps, proportion, raking
from feedback.stats.interval import Interval
from feedback.stats.nps import Tally

counts = st.integers(0, 60)
answered = st.builds(Tally, counts, counts, counts).filter(lambda tally: tally.count > 0)


def test_the_reference_bounds_come_out() -> None:
    found = nonresponse.bounds(Tally(8, 13, 15), 120)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((-64.17, 75.83), abs=5.1e-3)


@given(answered, counts, counts, counts)
def test_whatever_the_silent_would_have_said_lies_within_the_bounds(
    tally: Tally, detractors: int, passives: int, promoters: int
) -> None:
    silent = Tally(detractors, passives, promoters)
    everyone = nps.score(tally + silent)
    found = nonresponse.bounds(tally, tally.count + silent.count)
    assert found is not None
    assert everyone is not None
    assert found.low - 1e-9 <= everyone <= found.high + 1e-9
    own, theirs = nps.score(tally), nps.score(silent)
    if own is not None and theirs is not None:
        near = nonresponse.sensitivity(tally, tally.count + silent.count, abs(own - theirs))
        assert near is not None
        assert near.low - 1e-9 <= everyone <= near.high + 1e-9


@given(answered, st.integers(0, 500), st.floats(0, 300))
def test_bounds_hold_every_spread_and_every_spread_the_score(tally: Tally, silent: int, spread: float) -> None:
    score = nps.score(tally)
    worst, near = (
        nonresponse.bounds(tally, tally.count + silent),
        nonresponse.sensitivity(tally, tally.count + silent, spread),
    )
    assert score is not None
    assert worst is not None
    assert near is not None
    assert -100 - 1e-9 <= worst.low <= near.low <= score + 1e-9
    assert score - 1e-9 <= near.high <= worst.high <= 100 + 1e-9
    if spread >= 200:
        assert (near.low, near.high) == pytest.approx((worst.low, worst.high))


def test_a_spread_moves_the_score_by_the_share_of_the_silent() -> None:
    found = nonresponse.sensitivity(Tally(8, 13, 15), 120, 20)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((19.4444 - 14, 19.4444 + 14), abs=1e-4)


def test_when_everyone_answered_nothing_is_open() -> None:
    for eligible in (4, 3):  # whoever answered was eligible
        assert nonresponse.bounds(Tally(1, 1, 2), eligible) == Interval(25, 25)
        assert nonresponse.sensitivity(Tally(1, 1, 2), eligible, 50) == Interval(25, 25)


def test_nobody_has_no_bounds() -> None:
    assert nonresponse.bounds(Tally(0, 0, 0), 10) is None
    assert nonresponse.bounds(Tally(0, 0, 0), 0) is None
    assert nonresponse.sensitivity(Tally(0, 0, 0), 10, 5) is None


def test_proportions_are_bounded_on_their_own_scale() -> None:
    assert nonresponse.bounds(proportion.Tally(3, 1), 8) == Interval(37.5, 87.5)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="eligible"):
        nonresponse.bounds(Tally(1, 1, 1), -1)
    with pytest.raises(ValueError, match="spread"):
        nonresponse.sensitivity(Tally(1, 1, 1), 10, -5)
    with pytest.raises(ValueError, match="no people"):
        nonresponse.r_indicator({"a": -1}, {})


def test_the_indicator_is_one_less_twice_the_spread_of_propensities() -> None:
    assert nonresponse.r_indicator({"a": 50, "b": 50}, {"a": 10, "b": 30}) == pytest.approx(0.6)
    propensities = np.repeat([0.25, 0.5, 0.125], [40, 20, 80])
    found = nonresponse.r_indicator({1: 40, 2: 20, 3: 80}, {1: 10, 2: 10, 3: 10})
    assert found == pytest.approx(1 - 2 * np.std(propensities))


def test_equal_chances_are_one_and_all_or_nothing_is_zero() -> None:
    assert nonresponse.r_indicator({"a": 30, "b": 60}, {"a": 10, "b": 20}) == pytest.approx(1)
    assert nonresponse.r_indicator({"a": 30, "b": 30}, {"a": 30}) == pytest.approx(0)
    assert nonresponse.r_indicator({"a": 1}, {"a": 1}) == 1
    assert nonresponse.r_indicator({"a": 10}, {}) == 1


def test_an_empty_population_has_no_indicator() -> None:
    assert nonresponse.r_indicator({}, {}) is None
    assert nonresponse.r_indicator({"a": 0}, {"a": 0}) is None


groups = st.dictionaries(st.sampled_from("abcde"), st.integers(0, 50))


@given(groups, groups)
def test_the_indicator_stays_between_none_and_all(population: dict[str, int], respondents: dict[str, int]) -> None:
    found = nonresponse.r_indicator(population, respondents)
    assert found is None or 0 <= found <= 1


CELLS = {
    ("sales", "de"): Tally(2, 3, 15),
    ("sales", "fr"): Tally(5, 5, 20),
    ("it", "de"): Tally(6, 2, 2),
    ("it", "fr"): Tally(10, 5, 5),
}


def test_raking_gives_every_attribute_the_shares_of_the_population() -> None:
    found = raking.rake(CELLS, [{"sales": 100, "it": 200}, {"de": 180, "fr": 120}])
    assert found is not None
    masses = {cell: found.weights[cell] * tally.count for cell, tally in CELLS.items()}
    assert sum(masses.values()) == pytest.approx(80)
    assert (masses["sales", "de"] + masses["sales", "fr"]) / 80 == pytest.approx(1 / 3)
    assert (masses["sales", "de"] + masses["it", "de"]) / 80 == pytest.approx(0.6)
    odds = (masses["sales", "de"] * masses["it", "fr"]) / (masses["sales", "fr"] * masses["it", "de"])
    assert odds == pytest.approx(20 * 20 / (30 * 10))  # raking keeps how the attributes go together
    by_hand = sum(masses[cell] * (nps.score(tally) or 0) for cell, tally in CELLS.items()) / 80
    assert found.points == pytest.approx(by_hand)
    assert found.effective_n == pytest.approx(80**2 / sum(m * found.weights[cell] for cell, m in masses.items()))
    assert (found.trimmed, found.n, found.off_by, found.unheard) == (0, 80, pytest.approx(0), 0)


def test_a_sample_like_its_population_keeps_the_plain_score_and_interval() -> None:
    found = raking.rake(CELLS, [{"sales": 50, "it": 30}, {"de": 30, "fr": 50}])
    whole = sum(CELLS.values(), Tally(0, 0, 0))
    plain = nps.adjusted_wald(whole)
    assert found is not None
    assert plain is not None
    assert (found.points, found.low, found.high) == pytest.approx((nps.score(whole), plain.low, plain.high))
    assert found.effective_n == pytest.approx(80)


def test_a_lone_voice_does_not_speak_for_a_department() -> None:
    answers = {("sales",): Tally(0, 10, 89), ("it",): Tally(1, 0, 0)}
    found = raking.rake(answers, [{"sales": 100, "it": 900}])
    assert found is not None
    assert found.weights[("it",)] == pytest.approx(5 * found.weights[("sales",)])
    assert found.trimmed == 1
    assert found.off_by == pytest.approx(0.9 - 5 / 104)


def test_values_that_nobody_has_are_left_out_and_counted() -> None:
    found = raking.rake({("a",): Tally(1, 1, 2), ("b",): Tally(0, 0, 4)}, [{"a": 30, "b": 50, "c": 20}])
    assert found is not None
    assert found.unheard == pytest.approx(0.2)
    assert found.points == pytest.approx((30 * 25 + 50 * 100) / 80)


def test_one_person_nobody_and_no_attribute() -> None:
    assert raking.rake({}, []) is None
    assert raking.rake({("a",): Tally(0, 0, 0)}, [{"a": 5}]) is None
    one = raking.rake({("a",): Tally(1, 0, 0)}, [{"a": 5}])
    assert one is not None
    assert (one.points, one.low, one.n) == (-100, -100, 1)
    plain = raking.rake({(): Tally(1, 2, 3)}, [])
    assert plain is not None
    assert plain.points == pytest.approx(100 / 3)


def test_raking_refuses_what_does_not_fit() -> None:
    with pytest.raises(ValueError, match="attributes"):
        raking.rake({("a", "b"): Tally(1, 1, 1)}, [{"a": 1}])
    with pytest.raises(ValueError, match="no people"):
        raking.rake({("a",): Tally(1, 1, 1)}, [{"a": -1}])
    with pytest.raises(ValueError, match="different kinds"):
        raking.rake({("a",): Tally(1, 1, 1), ("b",): proportion.Tally(1, 1)}, [{"a": 1}])


cells = st.dictionaries(
    st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), st.builds(Tally, counts, counts, counts), max_size=9
)
people = st.dictionaries(st.sampled_from("abcxyz"), st.integers(0, 1_000))


@settings(max_examples=50)
@given(cells, people, people)
def test_no_answer_weighs_more_than_five_times_the_median(
    answers: dict[tuple[str, ...], Tally], first: dict[str, int], second: dict[str, int]
) -> None:
    found = raking.rake(answers, [first, second])
    heard = [cell for cell, tally in answers.items() if tally.count]
    assert (found is None) == (not heard)
    if found is None:
        return
    every_weight = np.repeat([found.weights[cell] for cell in heard], [answers[cell].count for cell in heard])
    assert every_weight.max() <= 5 * np.median(every_weight) * (1 + 1e-9)
    assert every_weight.mean() == pytest.approx(1)
    assert 1 - 1e-9 <= found.effective_n <= found.n + 1e-9
    assert -100 <= found.low <= found.points <= found.high <= 100 + 1e-9
