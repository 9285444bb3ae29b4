"""What a route reaches for: the services of the app it runs in."""

from contextlib import AbstractContextManager
from datetime import datetime
from typing import cast

from flask import current_app
from sqlalchemy.orm import Session

from feedback.core.services import Services

EXTENSION = "feedback"


def services() -> Services:
    """Settings, database, secrets, clock and doorbell of the running app."""
    return cast("Services", current_app.extensions[EXTENSION])


def transaction() -> AbstractContextManager[Session]:
    """A write transaction of the running app: committed when the block ends."""
    return services().database.transaction()


def reading() -> AbstractContextManager[Session]:
    """A transaction of the running app that only reads."""
    return services().database.reading()


def now() -> datetime:
    """The time of the running app's clock."""
    return services().clock()
