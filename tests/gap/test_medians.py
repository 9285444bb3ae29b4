"""Medians of days by partner, against seats laid out one by one."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from feedback.gap.adoption import median_days

SIZE = 4
rows = st.lists(st.tuples(st.integers(0, SIZE - 1), st.integers(0, 366), st.integers(0, 5)), max_size=12)


@given(rows=rows)
def test_each_median_is_that_of_its_own_seats(rows: list[tuple[int, int, int]]) -> None:
    groups, days, seats = (np.array([row[place] for row in rows], np.int32) for place in range(3))
    laid_out = [[day for group, day, count in rows if group == own for _ in range(count)] for own in range(SIZE)]
    assert median_days(days, seats, groups, SIZE) == [float(np.median(own)) if own else None for own in laid_out]
