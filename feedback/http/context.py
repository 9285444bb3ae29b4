"""What a route reaches for: the services of the app it runs in."""

from typing import cast

from flask import current_app

from feedback.core.services import Services

EXTENSION = "feedback"


def services() -> Services:
    """Settings, database, secrets, clock and doorbell of the running app."""
    return cast("Services", current_app.extensions[EXTENSION])
