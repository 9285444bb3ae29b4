"""What a command works with: settings from the environment, services on a migrated database."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from feedback.core.processes import StartError, make_home
from feedback.settings import Settings, from_environment

if TYPE_CHECKING:
    from feedback.core.services import Services


def settings() -> Settings:
    """Settings of this process. Raises SettingsError."""
    return from_environment(os.environ)


@contextmanager
def services() -> "Iterator[Services]":
    """Services on a database that is brought to this code's schema first. Raises StartError, SettingsError."""
    from sqlalchemy.exc import OperationalError

    from feedback.core import logs
    from feedback.core.services import open_services
    from feedback.migrations.run import is_behind, migrate

    logs.configure("feedback")
    chosen = settings()
    make_home(chosen.home)
    opened = open_services(chosen)
    database = opened.database
    try:
        if is_behind(database):
            migrate(database)
    except OperationalError as error:
        shown = database.url.render_as_string(hide_password=True)
        reason = str(error.orig).partition("\n")[0]
        raise StartError(f"The database {shown} cannot be used: {reason}. `feedback doctor` says more.") from error
    try:
        yield opened
    finally:
        database.close()
