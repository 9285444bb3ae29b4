"""Medians of days by partner, against seats laid out one by one."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from feedback.gap.adoption import median_days

rows = st.lists(st.lists(st.integers(0, 3), min_size=6, max_size=6), max_size=4)


@given(rows=rows)
def test_each_median_is_that_of_its_own_seats(rows: list[list[int]]) -> None:
    laid_out = [[day for day, seats in enumerate(row) for _ in range(seats)] for row in rows]
    found = median_days(np.array(rows, dtype=np.int64).reshape(-1, 6))
    assert found == [float(np.median(own)) if own else None for own in laid_out]
