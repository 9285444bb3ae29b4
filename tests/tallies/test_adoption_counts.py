"""Counting seats in arrays gives what counting them one by one gives, whatever their days are."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback.core.months import month_of
from feedback.tallies import seat_counts
from feedback.tallies.seat_counts import COUNTS, NO_DAY, Activity, Seats, SeatTallies
from tests.soak import many
from tests.tallies.plainly import Person, distinct, recount

START = date(2023, 11, 20)
REACH = 190

days = st.integers(0, REACH).map(lambda number: START + timedelta(days=number))


@st.composite
def persons(draw: st.DrawFn) -> Person:
    """Seats with and without a stated day, that left, came before they were deployed, or only got started."""
    active = draw(st.frozensets(days, max_size=6))
    onboarding = draw(st.sampled_from([frozenset(), active, frozenset(sorted(active)[:1])]))
    meaningful = draw(st.frozensets(st.sampled_from(sorted(active)), max_size=2)) if active else frozenset()
    return Person(
        seen_on=draw(days),
        deployed_on=draw(st.none() | days | st.just(START - timedelta(days=500))),
        left_on=draw(st.none() | days),
        objected_on=draw(st.none() | days),
        active=active,
        activated_on=min(active - onboarding, default=None),
        meaningful_on=min(meaningful, default=None),
        shown=draw(st.frozensets(days, max_size=4)),
        segment=draw(st.integers(0, 2)),
    )


@given(
    people=st.lists(persons(), min_size=1, max_size=8),
    today=days,
    engaged_days=st.sampled_from([1, 7, 30, 365]),
    abandoned_days=st.sampled_from([1, 14, 60]),
    forgotten=st.booleans(),
)
@settings(max_examples=many(150, 10_000), deadline=None)
def test_arrays_count_what_a_recount_per_seat_and_day_counts(
    people: list[Person], today: date, engaged_days: int, abandoned_days: int, forgotten: bool
) -> None:
    if forgotten:
        # Once daily activity is purged the seat's own days are left; they say as much of two days.
        people = [keep_ends(one) for one in people]
    found = count(people, today, engaged_days, abandoned_days, activity=not forgotten)
    plain = recount(people, today, engaged_days=engaged_days, abandoned_days=abandoned_days)
    assert dict(zip(found.months.tolist(), found.counted_on.tolist(), strict=True)) == {
        month: day.toordinal() for month, day in plain.counted_on.items()
    }
    assert named(found.months[:, None], found.counts) == plain.months
    assert named(found.segment_keys, found.segment_counts) == plain.segments
    assert named(found.cohort_keys, found.cohort_counts) == plain.cohorts
    assert {(month, days): seats for month, days, seats in found.first_value.tolist()} == plain.first_value


@given(people=st.lists(persons(), min_size=1, max_size=8), today=days)
@settings(max_examples=many(100, 5000), deadline=None)
def test_distinct_seats_of_any_window_are_a_sum_of_cells(people: list[Person], today: date) -> None:
    found = count(people, today, 30, 14)
    months = range(month_of(START), month_of(START + timedelta(days=REACH)) + 1)
    for cells, reached in (
        (found.active, [one.active for one in people]),
        (found.shown, [one.shown for one in people]),
    ):
        for first in months:
            for last in range(first, months.stop):
                month, following, seats = cells.T
                total = seats[(first <= month) & (month <= last) & (last < following)].sum()
                assert total == distinct(reached, today, first, last)


def test_ten_years_are_counted_and_what_was_before_is_not_forgotten() -> None:
    today = date(2026, 11, 15)
    old = frozenset(date(2009, 5, 1) + timedelta(days=number) for number in (0, 3, 40))
    person = Person(seen_on=today, active=old, activated_on=min(old), meaningful_on=max(old))
    found = count([person], today, 30, 14)
    assert found.months.tolist() == list(range(month_of(today) - 120, month_of(today) + 1))
    assert all(named(found.months[:, None], found.counts)[month,]["lapsed"] == 1 for month in found.months.tolist())
    assert found.cohort_keys[:, 1].tolist() == [month_of(date(2009, 5, 1))] * 121


def test_seats_that_are_deployed_later_are_not_counted_yet() -> None:
    today = date(2026, 11, 15)
    found = count([Person(seen_on=today, deployed_on=date(2027, 1, 1))], today, 30, 14)
    assert (found.months.tolist(), found.counts.sum(), len(found.segment_keys)) == ([month_of(today)], 0, 0)


@pytest.mark.parametrize("engaged_days", [1, 30])
def test_the_window_of_engagement_ends_with_the_day_itself(engaged_days: int) -> None:
    today = date(2026, 11, 30)
    for ago, fate in ((engaged_days - 1, "engaged"), (engaged_days, "abandoned")):
        day = today - timedelta(days=ago)
        person = Person(seen_on=day, deployed_on=day, active=frozenset({day}))
        assert named(*_last(count([person], today, engaged_days, 14)))[month_of(today),][fate] == 1


@pytest.mark.parametrize("stated", [True, False])
@pytest.mark.parametrize(("after", "fate"), [(14, "abandoned"), (15, "lapsed")])
def test_who_comes_later_than_two_weeks_after_the_start_has_not_abandoned_it(
    stated: bool, after: int, fate: str
) -> None:
    today, begin = date(2026, 11, 30), date(2026, 6, 10)
    active = frozenset({begin + timedelta(days=after)} | (set() if stated else {begin}))
    person = Person(seen_on=today, deployed_on=begin if stated else None, active=active)
    assert named(*_last(count([person], today, 30, 14)))[month_of(today),][fate] == 1


def _last(found: SeatTallies) -> tuple[np.ndarray, np.ndarray]:
    return found.months[-1:, None], found.counts[-1:]


def keep_ends(person: Person) -> Person:
    """The same seat, had it been active on its first and last day only."""
    ends = frozenset({min(person.active), max(person.active)}) if person.active else frozenset()
    return Person(
        person.seen_on, person.deployed_on, person.left_on, person.objected_on, ends, person.activated_on,
        person.meaningful_on, person.shown, person.segment,
    )  # fmt: skip


def count(
    people: list[Person], today: date, engaged_days: int, abandoned_days: int, *, activity: bool = True
) -> SeatTallies:
    """Through the arrays."""
    rows: dict[tuple[int, int, int], list[int]] = {}
    for place, one in enumerate(people):
        for column, own in enumerate((one.active if activity else frozenset(), one.shown)):
            for day in own:
                # Two sources, of which each knows half.
                row = rows.setdefault((place, month_of(day), day.day % 2), [0, 0])
                row[column] |= 1 << (day.day - 1)
    table = np.array([[place, month, *bits] for (place, month, _), bits in rows.items()], dtype=np.int64)
    seats = Seats(
        deployed_on=_days([one.deployed_on for one in people]),
        left_on=_days([one.left_on for one in people]),
        seen_on=_days([one.seen_on for one in people]),
        first_active_on=_days([min(one.active, default=None) for one in people]),
        last_active_on=_days([max(one.active, default=None) for one in people]),
        first_activated_on=_days([one.activated_on for one in people]),
        first_meaningful_on=_days([one.meaningful_on for one in people]),
        last_purged_on=_days([None for _ in people]),
        objected_on=_days([one.objected_on for one in people]),
        segment_id=np.array([one.segment for one in people]),
    )
    return seat_counts.count(
        seats,
        Activity(*table.reshape(-1, 4).T),
        today=today.toordinal(),
        engaged_days=engaged_days,
        abandoned_days=abandoned_days,
    )


def named(keys: np.ndarray, counts: np.ndarray) -> dict[tuple[int, ...], dict[str, int]]:
    """By key, then by name; 0 and empty keys left out."""
    rows = {
        tuple(key): {name: value for name, value in zip(COUNTS, row, strict=True) if value}
        for key, row in zip(keys.tolist(), counts.tolist(), strict=True)
    }
    return {key: row for key, row in rows.items() if row}


def _days(column: list[date | None]) -> np.ndarray:
    return np.array([NO_DAY if day is None else day.toordinal() for day in column], dtype=np.int64)
