"""Whoever takes a file away from the desk or sends a form there is in the audit log, whatever the view itself does.

A view that says more does it in the transaction of what it is about; this is for those that wrote nothing there.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import TypeVar

import flask

from feedback.http.context import services
from feedback.staff import audit

View = TypeVar("View", bound=Callable[..., flask.typing.ResponseReturnValue])
_LONGEST_PATH, _LONGEST_ASKED = 300, 80


def notes_changes(view: View) -> View:
    """A view whose form leaves an entry where it changes something, and none where it does not."""
    view.notes_changes = True  # type: ignore[attr-defined]
    return view


def begin() -> None:
    """Before each request of somebody who is signed in."""
    flask.g.entries_before = audit.entries_made()


def note(response: flask.Response) -> None:
    """After it, before anything leaves: what cannot be written down stays here. Raises OperationalError."""
    action = _action(response)
    if action is None or audit.entries_made() > flask.g.entries_before:
        return
    here, asked = services(), flask.request.args.to_dict()
    # What is searched for may be somebody's name.
    detail = {name: value[:_LONGEST_ASKED] for name, value in asked.items() if name != "q"}
    path = flask.request.path[:_LONGEST_PATH]
    with here.database.transaction() as session:
        audit.record(session, flask.g.viewer.actor, action, path, detail, here.clock())


def _action(response: flask.Response) -> str | None:
    """What has to be on record of a request that was answered."""
    if flask.g.get("viewer") is None or response.status_code >= HTTPStatus.BAD_REQUEST:
        return None
    if flask.request.method not in ("GET", "HEAD", "OPTIONS"):
        view = flask.current_app.view_functions.get(flask.request.endpoint or "")
        return None if getattr(view, "notes_changes", False) else "form.sent"
    leaves = response.headers.get("Content-Disposition", "").startswith("attachment")
    return "file.taken" if leaves else None
