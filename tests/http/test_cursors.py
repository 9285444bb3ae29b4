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
