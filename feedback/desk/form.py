"""Read the fields of a form. What does not fit is INVALID, with words for whoever filled it in."""

from datetime import date
from uuid import UUID

import flask

from feedback.core.errors import Code, Problem


def text(name: str) -> str:
    """A field's text, lines ending as they do here; empty when it is not there."""
    return flask.request.form.get(name, "").replace("\r\n", "\n").strip()


def day(name: str) -> date:
    """A day like 2026-11-30. Raises INVALID."""
    value = text(name)
    try:
        if len(value) != 10:
            raise ValueError(value)
        return date.fromisoformat(value)
    except ValueError as error:
        what = f"`{name}` is a day like 2026-11-30, not {value!r}."
        raise Problem(Code.INVALID, what, errors={name: [what]}) from error


def identifier(name: str) -> UUID | None:
    """An id, or None for an empty field. Raises INVALID."""
    value = text(name)
    try:
        return UUID(value) if value else None
    except ValueError as error:
        what = f"`{name}` is an id like 0198c0de-0000-7000-8000-000000000000, not {value[:60]!r}."
        raise Problem(Code.INVALID, what, errors={name: [what]}) from error
