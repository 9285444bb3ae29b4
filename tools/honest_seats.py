"""Partners of the demo world as the vendor knows them where it sends no file of seats and has no contract on record.

Then a seat is known once the vendor's backend has reported somebody active, and its reports miss one person in twenty
for good. Nobody is invented: whoever answers was active in that month.
"""

from dataclasses import replace

import numpy as np
from sqlalchemy import select

from feedback.core.months import last_day
from feedback.core.services import Services
from feedback.flags import trials
from feedback.flags.flow import Flow, Room
from feedback.seats.models import ActivityMonth, Seat

_MISSED = 0.05


def known_by_activity(services: Services, seen: Flow, share: float, seed: int) -> tuple[Flow, list[int]]:
    """`seen` as if `share` of those active in a month had answered at its end, and the ends of its months."""
    rng = np.random.default_rng([seed, round(100 * share)])
    place = {partner: number for number, partner in enumerate(seen.partners)}
    scores, months = np.zeros_like(seen.scores), sorted(seen.rooms)
    known = {month: np.zeros(len(seen.partners), np.int64) for month in months}
    last = seen.first_day + scores.shape[1] - 1
    ends = {month: min(last_day(month).toordinal(), last) for month in months}
    reported: dict[object, tuple[int, int]] = {}
    with services.database.reading() as session:
        rows = session.execute(
            select(ActivityMonth.partner_id, ActivityMonth.seat_id, ActivityMonth.month, Seat.left_on)
            .join(Seat, (Seat.partner_id == ActivityMonth.partner_id) & (Seat.id == ActivityMonth.seat_id))
            .where(ActivityMonth.source == "vendor", ActivityMonth.days != 0)
            .order_by(ActivityMonth.month, ActivityMonth.seat_id)
        )
        for partner, seat, month, left_on in rows:
            if partner not in place:
                continue
            if seat not in reported:
                stays = months[-1] if left_on is None else left_on.year * 12 + left_on.month - 1
                reported[seat] = (month, stays if rng.random() >= _MISSED else -1)
                for later in range(month, reported[seat][1] + 1):
                    if later in known:
                        known[later][place[partner]] += 1
            if month in ends and rng.random() < share:
                scores[place[partner], ends[month] - seen.first_day, 9] += 1
    nobody = np.zeros(len(seen.partners), np.int64)
    rooms = {month: Room(seats, nobody) for month, seats in known.items()}
    return replace(seen, scores=scores, rooms=rooms), list(ends.values())


def above(seen: Flow, days: list[int]) -> int:
    """In how many months of partners more people seem to have answered than have a seat."""
    return sum(1 for day in days for _alarm in trials.above_seats(seen, day))
