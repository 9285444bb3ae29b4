"""How often a network of honest people raises a flag, and how often one from which somebody answers for others.

Run it as `python -m tools.false_networks [SEEDS]`. The worlds are those of `tools.honest_networks`: as the demo's
people come, five times as many of them, and both as if all of a month had come on one day. Then visits that are all
answered are added at each partner in turn: from a network of their own, and from the largest of honest people.
"""

import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime

from feedback.flags.networks import Network, stand_out
from tools.honest_networks import counted, visits

NOW = datetime(2026, 11, 15, 12, tzinfo=UTC)
SIZES = (10, 15, 30, 60)
_DAYS_IN_MONTH = 30.44
_TRIED_DAYS = 4
Days = dict[date, list[Network]]


def main(seeds: int) -> None:
    """Print a line for each world."""
    for scale in (1.0, 5.0):
        for months_as_days in (False, True):
            days, busy, alarms = 0, 0, 0
            found: Counter[tuple[str, int]] = Counter()
            tried = 0
            for seed in range(1, seeds + 1):
                rows = by_day(counted(visits(seed, scale, NOW, months_as_days=months_as_days)))
                days += len(partner_days(rows))
                busy += len(partner_days(rows, answered=10))
                alarms += len(raised(rows))
                caught, places = plant(rows)
                found, tried = found + caught, tried + places
            per = days if months_as_days else days / _DAYS_IN_MONTH
            of = "days of partners" if months_as_days else "partner-months"
            print(f"{seeds} worlds of {scale:g}{', months as days' if months_as_days else ''}: {per:.0f} {of},")
            print(f"  on {busy} days at least ten answers from one network: {alarms} alarms, {1000 * alarms / per:.1f}")
            for where in ("own", "largest"):
                shares = ", ".join(f"{size}: {found[where, size] / tried:.0%}" for size in SIZES)
                print(f"  {where:8} of {tried} found by how many there are: {shares}")


def by_day(rows: list[Network]) -> Days:
    """The networks of each day."""
    found: Days = defaultdict(list)
    for one in rows:
        found[one.day].append(one)
    return found


def raised(rows: Days) -> set[tuple[object, date]]:
    """Partners and days of which a network stands out."""
    return {(one.partner, one.day) for networks in rows.values() for one, _, _ in stand_out(networks)}


def partner_days(rows: Days, *, answered: int = 0) -> set[tuple[object, date]]:
    """Partners and days of which a network has at least so many answers."""
    return {(one.partner, one.day) for networks in rows.values() for one in networks if one.answered >= answered}


def plant(rows: Days) -> tuple[Counter[tuple[str, int]], int]:
    """How often it is found where everybody of so many answers, and at how many partners and days it was tried."""
    found: Counter[tuple[str, int]] = Counter()
    tried = 0
    for day in sorted(rows, key=lambda one: -len(rows[one]))[:_TRIED_DAYS]:
        for partner in sorted({str(one.partner) for one in rows[day]}):
            tried += 1
            for where, size, networks in _invented(rows[day], partner):
                found[where, size] += any(one.partner == partner for one, _, _ in stand_out(networks))
    return found, tried


def _invented(honest: list[Network], partner: str) -> Iterator[tuple[str, int, list[Network]]]:
    place = max(
        (place for place, one in enumerate(honest) if one.partner == partner), key=lambda place: honest[place].asked
    )
    one = honest[place]
    for size in SIZES:
        yield "own", size, [*honest, Network(partner, one.day, size, size)]
        more = one._replace(asked=one.asked + size, answered=one.answered + size)
        yield "largest", size, [*honest[:place], more, *honest[place + 1 :]]


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 4)
