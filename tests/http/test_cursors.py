from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.core.errors import Code, Problem
from feedback.http.cursors import decode, encode


def test_a_cursor_comes_back_as_it_was() -> None:
    place = (datetime(2026, 11, 15, 12, 0, 0, 123456, tzinfo=UTC), UUID(int=5))
    assert decode(encode(*place)) == place


@given(st.text(max_size=60))
def test_anything_else_is_invalid(text: str) -> None:
    with pytest.raises(Problem) as caught:
        decode(text)
    assert caught.value.code is Code.INVALID


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00"])
def test_a_moment_outside_of_all_calendars_is_invalid_too(moment: str) -> None:
    with pytest.raises(Problem) as caught:
        decode(encode(datetime.fromisoformat(moment), UUID(int=5)))
    assert caught.value.code is Code.INVALID
