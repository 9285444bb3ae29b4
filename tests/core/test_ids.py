"""Ids of a moment, and what bounds them."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from feedback.core.ids import first_id, new_id

_MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(9999, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(_MOMENTS)
def test_the_ids_of_a_moment_lie_between_the_first_one_of_it_and_that_of_the_next_millisecond(at) -> None:
    assert first_id(at) <= new_id(at) < first_id(at + timedelta(milliseconds=1))


@given(_MOMENTS, _MOMENTS)
def test_ids_are_in_the_order_of_their_moments(one, other) -> None:
    assert (first_id(one) <= first_id(other)) == (one.replace(microsecond=one.microsecond // 1_000 * 1_000) <= other)


def test_no_two_of_a_moment_are_the_same() -> None:
    at = datetime.now(UTC)
    made = {new_id(at) for _ in range(10_000)}
    assert len(made) == 10_000
    assert {(one.version, one.variant) for one in made} == {(7, "specified in RFC 4122")}
