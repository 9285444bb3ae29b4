"""Many tallies at once: every element is what the same formula says of one tally."""

from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.stats import gap, nps, proportion
from feedback.stats.tally import Tallies, Tally

many = st.one_of(st.integers(0, 8), st.integers(0, 3_000), st.just(10**9))
few = st.integers(0, 6)
KINDS = [(nps, 3), (proportion, 2)]
kinds = pytest.mark.parametrize(("kind", "columns"), KINDS)


def table(counts: st.SearchStrategy[int]) -> st.SearchStrategy[list[list[int]]]:
    """Four partners in three months, with a column more than a proportion needs."""
    return st.lists(st.lists(counts, min_size=3, max_size=3), min_size=12, max_size=12)


def both_ways(kind: ModuleType, columns: int, rows: list[list[int]]) -> tuple[Tallies, np.ndarray]:
    """Arrays of shape (4, 3), and the single tallies in an array of that shape."""
    arrays = np.array(rows, dtype=np.int64)[:, :columns].T.reshape(columns, 4, 3)
    single = np.empty((4, 3), dtype=object)
    for place in np.ndindex(4, 3):
        single[place] = kind.Tally(*(int(column[place]) for column in arrays))
    return kind.Tallies(*arrays), single


def each(single: np.ndarray, function: Any) -> np.ndarray:
    """What a function says of every tally; nan for empty ones."""
    return np.array([function(tally) if tally.count else np.nan for tally in single.flat], float).reshape(single.shape)


@kinds
@given(rows=table(many), level=st.sampled_from([0.01, 0.5, 0.95, 0.9999]))
def test_every_element_has_the_numbers_of_its_tally(
    kind: ModuleType, columns: int, rows: list[list[int]], level: float
) -> None:
    arrays, single = both_ways(kind, columns, rows)
    assert arrays.shape == (4, 3)
    assert (arrays.count == np.vectorize(lambda tally: tally.count)(single)).all()
    assert (arrays.total == np.vectorize(lambda tally: tally.total)(single)).all()
    parts = np.stack(arrays.parts, axis=-1).tolist()
    assert parts == [[list(tally.parts) for tally in row] for row in single]
    np.testing.assert_allclose(100 * arrays.means, each(single, kind.score), atol=1e-12)
    smoothed = np.vectorize(lambda tally: tally.smoothed_variance)(single)
    np.testing.assert_allclose(arrays.smoothed_variance, smoothed, rtol=1e-12)
    low, high = arrays.limits(level)
    np.testing.assert_allclose(low, each(single, lambda tally: tally.limits(level)[0]), atol=1e-12)
    np.testing.assert_allclose(high, each(single, lambda tally: tally.limits(level)[1]), atol=1e-12)


@kinds
@given(
    users=table(many),
    buyers=table(few),
    known=st.lists(st.integers(0, 30), min_size=12, max_size=12),
    level=st.sampled_from([0.5, 0.95, 0.999]),
)
def test_every_gap_is_that_of_its_two_tallies(
    kind: ModuleType, columns: int, users: list[list[int]], buyers: list[list[int]], known: list[int], level: float
) -> None:
    end_users, single_users = both_ways(kind, columns, users)
    their_buyers, single_buyers = both_ways(kind, columns, buyers)
    buyers_known = np.array(known).reshape(4, 3)
    found = gap.estimates(end_users, their_buyers, level, buyers_known)
    plain = gap.estimates(end_users, their_buyers, level)
    np.testing.assert_array_equal(plain.low, found.predictive_low)
    np.testing.assert_array_equal(plain.high, found.predictive_high)
    for place in np.ndindex(4, 3):
        numbers = [column[place] for column in (found.points, found.predictive_low, found.low, found.high)]
        one = gap.estimate(single_users[place], single_buyers[place], level)
        of_these = gap.estimate(single_users[place], single_buyers[place], level, int(buyers_known[place]))
        assert found.provable[place] == (one is not None and one.provable)
        if one is None or of_these is None:
            assert np.isnan([*numbers, found.p_value[place], found.predictive_high[place]]).all()
            continue
        assert numbers == pytest.approx([one.points, one.low, of_these.low, of_these.high], abs=1e-9)
        assert found.predictive_high[place] == pytest.approx(one.high, abs=1e-9)
        # A billion people leave too few digits of the difference to agree on more.
        p_value = np.nan if one.p_value is None else one.p_value
        assert found.p_value[place] == pytest.approx(p_value, abs=1e-6, nan_ok=True)


@kinds
@pytest.mark.parametrize("shape", [(), (0,), (5, 0), (2, 3, 4)])
def test_any_shape_goes_through(kind: ModuleType, columns: int, shape: tuple[int, ...]) -> None:
    arrays = kind.Tallies(*(np.full(shape, 2 + column) for column in range(columns)))
    one = kind.Tally(*range(2, 2 + columns))
    low, high = arrays.limits(0.95)
    assert arrays.shape == arrays.means.shape == low.shape == high.shape == shape
    assert low.ravel().tolist() == pytest.approx([one.limits(0.95)[0]] * low.size)
    found = gap.estimates(arrays, arrays, buyers_known=np.full(shape, 40))
    assert found.points.shape == found.low.shape == found.p_value.shape == found.provable.shape == shape
    assert (found.p_value == 1).all()


@kinds
def test_nobody_anywhere_is_nan_everywhere(kind: ModuleType, columns: int) -> None:
    nobody = kind.Tallies(*np.zeros((columns, 3), dtype=np.int64))
    found = gap.estimates(nobody, nobody, buyers_known=np.zeros(3))
    assert np.isnan([nobody.means, *nobody.limits(0.95), found.points, found.low, found.high, found.p_value]).all()
    assert not found.provable.any()


@kinds
def test_tallies_are_indexed_like_their_arrays_and_gathered_in_order(kind: ModuleType, columns: int) -> None:
    rows = np.arange(5 * columns).reshape(5, columns)
    tallies: list[Tally] = [kind.Tally(*row) for row in rows.tolist()]
    arrays = tallies[0].together(tallies)
    assert np.stack(arrays.columns, axis=-1).tolist() == rows.tolist()
    assert np.stack(arrays[np.array([3, 1])].columns, axis=-1).tolist() == rows[[3, 1]].tolist()
    assert arrays[arrays.count > int(rows[3].sum())].shape == (1,)
    assert arrays[None, 2:].shape == (1, 3)


def test_histograms_are_cut_at_six_and_at_eight() -> None:
    counts = np.array([[2**score for score in range(11)], [1] * 11])
    found = nps.Tallies.from_histograms(counts)
    assert [column.tolist() for column in found.columns] == [[127, 7], [384, 2], [1536, 2]]
    assert nps.Tallies.from_histograms(counts.reshape(2, 1, 11)).shape == (2, 1)
    assert nps.Tallies.from_histograms(np.zeros((0, 11), dtype=int)).shape == (0,)


@pytest.mark.parametrize("shape", [(), (10,), (11, 2)])
def test_histograms_of_another_length_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="eleven"):
        nps.Tallies.from_histograms(np.ones(shape, dtype=int))


def test_what_is_no_tally_is_refused() -> None:
    with pytest.raises(ValueError, match="-1 passives"):
        nps.Tallies(np.array([1]), np.array([-1]), np.array([1]))
    with pytest.raises(ValueError, match="-2 answers"):
        nps.Tallies.from_histograms([1, 1, 1, 1, -2, 9, 9, 9, 9, 9, 9])
    with pytest.raises(ValueError, match="one shape"):
        proportion.Tallies(np.array([1, 2]), np.array([1]))
    with pytest.raises(ValueError, match=r"nps\.Tally and proportion\.Tally"):
        gap.estimates(nps.Tallies(*np.ones((3, 1), dtype=int)), proportion.Tallies(*np.ones((2, 1), dtype=int)))
    with pytest.raises(ValueError, match="level"):
        nps.Tallies(*np.ones((3, 1), dtype=int)).limits(95)


@given(
    st.lists(st.tuples(st.integers(0, 3_000), st.integers(0, 40)), min_size=1, max_size=20),
    st.sampled_from([0.5, 0.8, 0.95]),
)
def test_the_smallest_detectable_gaps_are_those_of_each_pair(people: list[tuple[int, int]], power: float) -> None:
    users, buyers = zip(*people, strict=True)
    one_by_one = [gap.minimum_detectable(*pair, power) for pair in people]
    expected = [np.nan if points is None else points for points in one_by_one]
    assert gap.minimum_detectables(users, buyers, power).tolist() == pytest.approx(expected, nan_ok=True)
