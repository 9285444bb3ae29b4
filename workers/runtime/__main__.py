"""`python -m workers.runtime up | web | worker QUEUE | schedule`: what the commands of the same names become."""

import argparse
import os
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

from feedback.core import logs, metrics_files, traces
from feedback.core.garbage import uncollected
from feedback.core.jobs import JOBS
from feedback.core.processes import StartError, die_with
from feedback.settings import Settings, from_environment
from feedback.settings_error import SettingsError


def main() -> int:
    """Run one part of the service until it is stopped; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m workers.runtime")
    parser.add_argument("part", choices=["up", "web", "worker", "schedule"])
    parser.add_argument("queue", nargs="?", choices=list(JOBS))
    parser.add_argument("--parent", type=int, help="end when this process, which started us, ends")
    given = parser.parse_args()
    os.umask(0o077)
    if given.parent:
        die_with(given.parent)
    part = " ".join(word for word in (given.part, given.queue) if word)
    logs.configure(part)
    try:
        settings = from_environment(os.environ)
        if given.parent is None and given.part != "up":
            _check_schema(settings)
        traces.check(settings.watching)
        if given.part in ("worker", "schedule"):
            # The web does so too, once it has forked.
            metrics_files.share(settings.home, part)
            traces.configure(settings.watching, part)
        # Each part imports only what it needs; searching all that for garbage takes a fifth of the time of it.
        with uncollected():
            chosen: Any = import_module(f"workers.runtime.{given.part}")
        run: Callable[..., int] = chosen.run
        return run(settings, given.queue or "fold") if given.part == "worker" else run(settings)
    except (SettingsError, StartError) as error:
        sys.stderr.write(f"feedback {given.part}: {error}\n")
        return 2


def _check_schema(settings: Settings) -> None:
    """A part that runs apart does not migrate: with several machines, one of them does, once."""
    from sqlalchemy.exc import SQLAlchemyError

    from feedback.core.db import Database
    from feedback.migrations.run import is_behind

    database = Database(settings.database_url)
    try:
        if is_behind(database):
            raise StartError("The database lacks migrations of this version; run `feedback migrate` first.")
    except SQLAlchemyError:
        # A database that is away comes back; the part keeps trying by itself.
        return
    finally:
        database.close()


if __name__ == "__main__":
    sys.exit(main())
