"""What changed: mix and rate add up, segments come and go, and Simpson is warned of."""

from collections.abc import Mapping
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.stats import decompose, nps, proportion
from feedback.stats.nps import Tally

counts = st.integers(0, 50)
sides = st.dictionaries(st.sampled_from("abcdef"), st.builds(Tally, counts, counts, counts))
seats = st.fixed_dictionaries({name: st.tuples(counts, counts) for name in "abcdef"})


def total_of(side: Mapping[str, Tally]) -> float | None:
    return nps.score(sum(side.values(), Tally(0, 0, 0)))


def changed(
    before: Mapping[str, Tally],
    after: Mapping[str, Tally],
    weights: Mapping[str, tuple[float, float]] | None = None,
) -> decompose.Change:
    found = decompose.kitagawa(before, after, weights)
    assert found is not None
    return found


def test_the_reference_case_comes_out() -> None:
    before = {"large": Tally(30, 0, 70), "small": Tally(55, 0, 45)}
    after = {"large": Tally(275, 0, 725), "small": Tally(525, 0, 475)}
    found = changed(before, after, {"large": (0.8, 0.4), "small": (0.2, 0.6)})
    assert (found.total, found.mix, found.rate) == pytest.approx((-15, -20, 5))
    # By hand: shares moved by -.4 and +.4, off the overall mean of 22.5 by 42.5 - 22.5 and -7.5 - 22.5.
    assert found.parts["large"] == pytest.approx((-0.4 * 20, 0.6 * 5))
    assert found.parts["small"] == pytest.approx((0.4 * -30, 0.4 * 5))
    assert list(found.parts) == ["small", "large"]


@given(sides, sides)
def test_mix_and_rate_add_up_to_the_change_of_the_score(before: dict[str, Tally], after: dict[str, Tally]) -> None:
    old, new, found = total_of(before), total_of(after), decompose.kitagawa(before, after)
    assert (found is None) == (old is None or new is None)
    if found is None or old is None or new is None:
        return
    assert found.total == found.mix + found.rate
    assert found.total == pytest.approx(new - old, abs=1e-9)
    assert sum(part.mix for part in found.parts.values()) == pytest.approx(found.mix, abs=1e-9)
    assert sum(part.total for part in found.parts.values()) == pytest.approx(found.total, abs=1e-9)
    sizes = [abs(part.total) for part in found.parts.values()]
    assert sizes == sorted(sizes, reverse=True)


@given(sides, sides, seats)
def test_with_seats_as_weights_it_adds_up_to_the_change_of_the_weighted_score(
    before: dict[str, Tally], after: dict[str, Tally], weights: dict[str, tuple[int, int]]
) -> None:
    scores = []
    for place, side in enumerate((before, after)):
        parts = [(weights[name][place], nps.score(tally)) for name, tally in side.items()]
        known = [(weight, score) for weight, score in parts if score is not None and weight]
        whole = sum(weight for weight, _ in known)
        scores.append(sum(weight * score for weight, score in known) / whole if whole else None)
    found = decompose.kitagawa(before, after, weights)
    if found is None:
        assert None in scores
        return
    assert scores[0] is not None
    assert scores[1] is not None
    assert found.total == pytest.approx(scores[1] - scores[0], abs=1e-9)


@given(sides, sides)
def test_going_back_takes_back_exactly_what_going_forth_gave(before: dict[str, Tally], after: dict[str, Tally]) -> None:
    forth, back = decompose.kitagawa(before, after), decompose.kitagawa(after, before)
    if forth is None or back is None:
        assert forth is back
        return
    assert (back.mix, back.rate) == pytest.approx((-forth.mix, -forth.rate), abs=1e-9)
    assert back.rate_std_error == pytest.approx(forth.rate_std_error)


def test_a_segment_absent_on_one_side_is_all_mix() -> None:
    found = changed({"a": Tally(0, 0, 10)}, {"a": Tally(0, 0, 10), "new": Tally(10, 0, 0)})
    assert (found.total, found.mix, found.rate) == pytest.approx((-100, -100, 0))
    assert found.parts["new"].rate == 0
    gone = changed({"a": Tally(0, 0, 10), "gone": Tally(10, 0, 0)}, {"a": Tally(0, 10, 0), "gone": Tally(0, 0, 0)})
    assert gone.parts["gone"].rate == 0
    assert gone.total == pytest.approx(0)


def test_one_segment_is_all_rate() -> None:
    found = changed({"a": Tally(1, 0, 0)}, {"a": Tally(0, 0, 1)})
    assert (found.total, found.mix, found.rate) == (200, 0, 200)
    assert found.rate_std_error == pytest.approx(100 * sqrt(2 * 0.5625 / 4))


def test_nobody_on_a_side_has_no_change() -> None:
    assert decompose.kitagawa({}, {}) is None
    assert decompose.kitagawa({"a": Tally(0, 0, 0)}, {"a": Tally(1, 1, 1)}) is None
    assert decompose.kitagawa({"a": Tally(1, 1, 1)}, {"a": Tally(1, 1, 1)}, {"a": (1, 0)}) is None
    assert not decompose.simpson({}, {"a": Tally(1, 1, 1)})


def test_every_segment_better_and_the_whole_worse_is_warned_of() -> None:
    before = {"calm": Tally(100, 200, 700), "angry": Tally(120, 40, 40)}
    after = {"calm": Tally(5, 25, 270), "angry": Tally(500, 200, 300)}
    found = changed(before, after)
    assert found.rate > 0 > found.total
    assert decompose.simpson(before, after)


def test_a_contradiction_within_chance_is_not_warned_of() -> None:
    before = {"calm": Tally(10, 20, 70), "angry": Tally(12, 4, 4)}
    after = {"calm": Tally(3, 6, 22), "angry": Tally(58, 20, 22)}
    found = changed(before, after)
    assert found.rate > 0 > found.total
    assert not decompose.simpson(before, after)


def test_parts_and_whole_that_agree_are_not_warned_of() -> None:
    before, after = {"a": Tally(500, 0, 500)}, {"a": Tally(100, 0, 900)}
    assert not decompose.simpson(before, after)


def test_a_headline_by_seats_is_warned_of_by_its_own_weights() -> None:
    before = {"calm": Tally(100, 200, 700), "angry": Tally(600, 200, 200)}
    after = {"calm": Tally(50, 150, 800), "angry": Tally(500, 250, 250)}
    assert not decompose.simpson(before, after)
    assert changed(before, after, {"calm": (900, 200), "angry": (100, 800)}).is_contradicted()


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="no weights"):
        decompose.kitagawa({"a": Tally(1, 1, 1)}, {"b": Tally(1, 1, 1)}, {"a": (1, 1)})
    with pytest.raises(ValueError, match="less than nothing"):
        decompose.kitagawa({"a": Tally(1, 1, 1)}, {"a": Tally(1, 1, 1)}, {"a": (1, -1)})
    with pytest.raises(ValueError, match="different kinds"):
        decompose.kitagawa({"a": Tally(1, 1, 1)}, {"a": proportion.Tally(1, 1)})
