"""A backup is taken while people answer, and restored into an empty place."""

import time

from feedback.core.db import Database
from tests.runtime.answerers import Answerers, Ledger
from tests.runtime.place import Place
from tests.runtime.recount import recount


def backup_and_restore(place: Place, them: Answerers) -> None:
    """What had been acknowledged when the backup began is in it, and the recount is identical."""
    name = f"restored_{time.monotonic_ns()}"
    home = place.folder / name
    url = f"sqlite:///{home / 'feedback.sqlite3'}"
    if place.server:
        place.server.execute(f"CREATE DATABASE {name}")
        url = place.server.url(name)
    before = dict(them.ledger.acknowledged)
    file = place.folder / f"{name}.backup"
    place.command("backup", str(file), "--with-secret")
    place.command("restore", str(file), FEEDBACK_HOME=str(home), DATABASE_URL=url)
    # Some have changed their answer since, and the backup may have either.
    same = {one: said for one, said in before.items() if them.ledger.acknowledged[one] == said}
    restored = Database(url)
    outcome = recount(restored, Ledger(acknowledged=same), "restored", 1)
    restored.close()
    assert outcome.clean and outcome.stored == len(same) > 0, outcome
    if place.server:
        place.server.execute(f"DROP DATABASE {name} WITH (FORCE)")
