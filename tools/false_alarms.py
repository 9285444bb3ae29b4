"""How often honest answers raise a flag: demo worlds are made from several seeds, and every day of them is looked at.

Run it as `python tools/false_alarms.py [SEEDS [SCALE]]`. It prints for each kind of flag the partner-months that were
looked at and the alarms raised; nobody in these worlds is invented, so that every alarm is a false one.
"""

import sys
import tempfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from feedback.core import secrets
from feedback.core.db import Database
from feedback.core.services import Services
from feedback.demo.season import era
from feedback.demo.world import Recipe, make_world
from feedback.flags import flow, looking, trials
from feedback.migrations.run import migrate
from feedback.settings import Settings

NOW = datetime(2026, 11, 15, 12, tzinfo=UTC)
_DAYS_IN_MONTH = 30.44


def main(seeds: int, scale: float) -> None:
    """Print the table."""
    alarms: Counter[str] = Counter()
    months = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(1, seeds + 1):
            services = _services(Path(folder) / str(seed))
            make_world(services, Recipe(seed, scale), now=NOW)
            found, looked_at = look_at(services)
            alarms, months = alarms + found, months + looked_at
            services.database.close()
    print(f"{seeds} worlds of {scale:g}, {months:.0f} partner-months")
    for kind in (one.__name__ for one in trials.TRIALS):
        print(f"{kind:12} {alarms[kind]:4} alarms, {1000 * alarms[kind] / months:.2f} in 1,000 partner-months")


def look_at(services: Services) -> tuple[Counter[str], float]:
    """The alarms of every day of a world, each new one once, and the partner-months in which there were answers."""
    when = era(NOW)
    with services.database.reading() as session:
        seen = flow.read(session, "nps", since=when.start, until=when.end, moments_since=when.start)
    kept = looking.New([])
    raised: Counter[str] = Counter()
    for day in range(when.start.toordinal() + 1, when.end.toordinal() + 1):
        for alarm in looking.alarms(seen, [day]):
            if kept.take(seen.partners[alarm.place], alarm.kind, seen.metric, alarm.first, alarm.last):
                raised[alarm.kind] += 1
    days = sum(max(0, when.end.toordinal() - began + 1) for began in seen.began.tolist())
    return raised, days / _DAYS_IN_MONTH


def _services(home: Path) -> Services:
    home.mkdir()
    settings = Settings(home=home, database_url=f"sqlite:///{home / 'feedback.sqlite3'}")
    database = Database(settings.database_url)
    migrate(database)
    return Services(settings, database, secrets.load(settings), lambda: NOW, lambda _task: None)


if __name__ == "__main__":
    seeds, scale = [*sys.argv[1:], "5", "1"][:2] if len(sys.argv) < 3 else sys.argv[1:3]
    main(int(seeds), float(scale))
