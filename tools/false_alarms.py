"""How often honest answers raise a flag, and how often invented ones do.

Run it as `python -m tools.false_alarms [SEEDS [SCALE]]`. Demo worlds are made from several seeds, nobody in them is
invented, and every day of them is looked at: every alarm is a false one. Then invented answers are added at each of
their partners in turn, and the last day is looked at again. Of networks `python -m tools.false_networks` tells.
"""

import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np

from feedback.core import secrets
from feedback.core.db import Database
from feedback.core.services import Services
from feedback.demo.season import era
from feedback.demo.world import Recipe, make_world
from feedback.flags import flow, looking, trials
from feedback.flags.flow import Flow, Prompt
from feedback.migrations.run import migrate
from feedback.settings import Settings
from tools import honest_seats

NOW = datetime(2026, 11, 15, 12, tzinfo=UTC)
_DAYS_IN_MONTH = 30.44
_KNOWN_DAYS = 60
ANSWERING = (0.5, 1.0)
"""Shares of those active in a month that answer in it, where seats are known from activity alone."""


def main(seeds: int, scale: float) -> None:
    """Print both tables."""
    alarms: Counter[str] = Counter()
    found: Counter[tuple[str, int]] = Counter()
    months, places = 0.0, 0
    above = dict.fromkeys(ANSWERING, 0)
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(1, seeds + 1):
            services = _services(Path(folder) / str(seed))
            make_world(services, Recipe(seed, scale), now=NOW)
            seen = honest(services)
            for share in ANSWERING:
                above[share] += honest_seats.above(*honest_seats.known_by_activity(services, seen, share, seed))
            services.database.close()
            raised, looked_at = look_at(seen)
            alarms, months = alarms + raised, months + looked_at
            caught, tried = plant(seen, {name: sizes for name, (_make, sizes) in FRAUDS.items()})
            found, places = found + caught, places + tried
    print(f"{seeds} worlds of {scale:g}, {months:.0f} partner-months without anybody invented:")
    for kind in (one.__name__ for one in trials.TRIALS):
        print(f"  {kind:11} {alarms[kind]:4} alarms, {1000 * alarms[kind] / months:.1f} in 1,000 partner-months")
    print("  above_seats if only activity was reported, not of one person in twenty, and of those active answered")
    for share, raised_then in above.items():
        print(f"  {share:11.0%} {raised_then:4} alarms, {1000 * raised_then / months:.1f} in 1,000 partner-months")
    print(f"Invented answers, at each of {places} partners in turn:")
    for name, (_make, sizes) in FRAUDS.items():
        shares = ", ".join(f"{size}: {found[name, size] / places:.0%}" for size in sizes)
        print(f"  {name:11} found by how many there are: {shares}")


def honest(services: Services) -> Flow:
    """What came in in a whole demo world."""
    when = era(NOW)
    with services.database.reading() as session:
        return flow.read(session, "nps", since=when.start, until=when.end, looked_since=when.start)


def look_at(seen: Flow) -> tuple[Counter[str], float]:
    """The alarms of every day, each new one once, and the partner-months in which there were answers."""
    new = looking.New([])
    raised: Counter[str] = Counter()
    last = seen.first_day + seen.scores.shape[1] - 1
    for one in looking.alarms(seen, range(seen.first_day + 1, last + 1)):
        raised[one.kind] += new.take(seen.partners[one.place], one.kind, seen.metric, one.first, one.last)
    days = sum(max(0, last - began + 1) for began in seen.began.tolist())
    return raised, days / _DAYS_IN_MONTH


def plant(seen: Flow, frauds: Mapping[str, Sequence[int]]) -> tuple[Counter[tuple[str, int]], int]:
    """How often frauds of these sizes are found at the partners that have been there for long enough, and at how many
    it was tried.
    """
    last = seen.first_day + seen.scores.shape[1] - 1
    places = np.flatnonzero(seen.began <= last - _KNOWN_DAYS).tolist()
    found: Counter[tuple[str, int]] = Counter()
    tests = {one.__name__: one for one in trials.TRIALS}
    for name, sizes in frauds.items():
        make, _sizes = FRAUDS[name]
        for size in sizes:
            for place in places:
                found[name, size] += any(one.place == place for one in tests[name](make(seen, place, size), last))
    return found, len(places)


def _tens(seen: Flow, place: int, days: int, size: int) -> Iterator[tuple[str, np.ndarray]]:
    """`size` answers of 10 spread over the last days; who gave them had never answered and is unknown."""
    each = np.bincount(np.arange(size) % days, minlength=days)
    scores = seen.scores.copy()
    scores[place, -days:, 10] += each
    yield "scores", scores
    for name in ("fresh", "unknown"):
        counts = getattr(seen, name).copy()
        counts[place, -days:] += each
        yield name, counts


def _burst(seen: Flow, place: int, size: int) -> Flow:
    return replace(seen, **dict(_tens(seen, place, 2, size)))


def _slow(seen: Flow, place: int, size: int) -> Flow:
    return replace(seen, **dict(_tens(seen, place, 60, size)))


def _crowd(seen: Flow, place: int, size: int) -> Flow:
    """`size` percent of the seats or licences, in the last month so far."""
    last = seen.first_day + seen.scores.shape[1] - 1
    room = max(int(one[place]) for one in seen.room(last))
    return replace(seen, **dict(_tens(seen, place, date.fromordinal(last).day, room * size // 100)))


def _prompted(seen: Flow, place: int, size: int) -> Flow:
    began = seen.first_day + seen.scores.shape[1] - 7
    return replace(seen, **dict(_tens(seen, place, 7, size)), prompts=(Prompt(place, began, "told"),))


def _at_once(seen: Flow, place: int, size: int) -> Flow:
    last = seen.first_day + seen.scores.shape[1] - 1
    moments = np.append(seen.moments.get((place, last), np.empty(0)), 40_000 + 11.0 * np.arange(size))
    return replace(seen, moments={**seen.moments, (place, last): moments})


FRAUDS: dict[str, tuple[Callable[[Flow, int, int], Flow], tuple[int, ...]]] = {
    "above_seats": (_crowd, (100, 120, 150)),
    "burst": (_burst, (8, 15, 30)),
    "unknown": (_slow, (8, 15, 30)),
    "pattern": (_slow, (15, 30, 60)),
    "prompted": (_prompted, (8, 15, 30)),
    "timing": (_at_once, (8, 15, 30)),
}
"""Each with how many answers are invented: in percent of the seats or licences within the month, within two days, over
two months, over two months, in the week after the buyer's turn, and one every eleven seconds."""


def _services(home: Path) -> Services:
    home.mkdir()
    settings = Settings(home=home, database_url=f"sqlite:///{home / 'feedback.sqlite3'}")
    database = Database(settings.database_url)
    migrate(database)
    return Services(settings, database, secrets.load(settings), lambda: NOW, lambda _task: None)


if __name__ == "__main__":
    given = sys.argv[1:]
    main(int(given[0]) if given else 5, float(given[1]) if len(given) > 1 else 1.0)
