"""Forms of the settings: what does not fit is said beside its field, and what was typed stays."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import flask
from marshmallow import ValidationError
from werkzeug.datastructures import MultiDict

from feedback.core.errors import Code, Problem
from feedback.desk import door
from feedback.desk.form import text

REFUSALS = (ValidationError, Problem)
"""What a schema or a command raises of a form that does not fit."""
_PLAINLY = {
    "Field may not be null.": "Must be filled in.",
    "Missing data for required field.": "Must be filled in.",
    "Not a valid integer.": "Must be a whole number.",
}
"""What a schema says to programs, said to people."""
_HERE = (Code.INVALID, Code.CONFLICT, Code.PARTNER_EXISTS)


@dataclass(frozen=True, slots=True)
class Tried:
    """A form that did not fit: its name, what was typed, and what to change by field (`""`: of it as a whole)."""

    form: str = ""
    typed: MultiDict[str, str] = field(default_factory=MultiDict)
    errors: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    status: int = 200


NOTHING = Tried()


def refused(form: str, error: Exception) -> Tried:
    """What the page shows again of the form. Raises `error` where whoever filled it in could not mend it there."""
    if isinstance(error, ValidationError):
        found = error.messages_dict
        return Tried(form, flask.request.form, {name: _said(name, told) for name, told in found.items()}, 422)
    if not isinstance(error, Problem) or error.code not in _HERE:
        raise error
    whole_form = "slug" if error.code is Code.PARTNER_EXISTS else ""
    named: Mapping[str, Any] = error.details.get("errors") or {whole_form: [error.detail]}
    return Tried(form, flask.request.form, {name: _flat(told) for name, told in named.items()}, error.code.status)


def admins_change() -> None:
    """Before each request: account managers see nothing here, and only admins change. Raises ROLE_NOT_ALLOWED."""
    if not flask.g.viewer.reads_numbers:
        raise Problem(Code.ROLE_NOT_ALLOWED, "Account managers read what was released to partners, nothing else.")
    if flask.request.method not in ("GET", "HEAD"):
        door.admins_only()


def texts(*names: str) -> dict[str, str | None]:
    """These fields as a schema takes them; an empty one is None."""
    return {name: text(name) or None for name in names}


def whole(name: str) -> int | str | None:
    """A whole number where it is one, else what was typed, so that the schema says what is wrong; None when empty."""
    typed = text(name)
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 16 else typed or None


def _said(name: str, told: Any) -> tuple[str, ...]:
    said = _flat(told)
    too_short = all(one.startswith(("Length", "Shorter")) for one in said)
    return ("Must be filled in.",) if too_short and not text(name) else said


def _flat(told: Any) -> tuple[str, ...]:
    if isinstance(told, Mapping):
        return tuple(dict.fromkeys(one for own in told.values() for one in _flat(own)))
    return tuple(_PLAINLY.get(str(one), str(one)) for one in ((told,) if isinstance(told, str) else told))
