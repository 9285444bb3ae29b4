"""Fields that take exactly what the reference says: no guessing at dates, times, flags or control characters."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from marshmallow import ValidationError, fields, validate

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_UUID = re.compile(r"[A-Fa-f0-9]{8}-(?:[A-Fa-f0-9]{4}-){3}[A-Fa-f0-9]{12}")
_OF_BROWSERS = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{3})?Z")
_FIRST_YEAR, _LAST_YEAR = 1970, 2199


class WholeMatch(validate.Regexp):
    """The pattern, written as JSON Schema writes it (`^...$`), must fit the whole text, a line break at its end too."""

    def __call__(self, value: Any) -> Any:
        """Raises ValidationError."""
        if not self.regex.fullmatch(value):
            raise ValidationError("Does not have the form that the reference gives.")
        return value


REFUSED: Any = object()
"""What is not taken at once: marshmallow finds out why."""


class Quick(fields.Field[Any]):
    """A field that takes at once what is as it should be; marshmallow does the same at ten times the cost."""

    def take(self, value: Any) -> Any:
        """What is loaded, or REFUSED."""
        raise NotImplementedError

    def deserialize(
        self, value: Any, attr: str | None = None, data: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> Any:
        """What is loaded. Raises ValidationError."""
        taken = self.take(value)
        return super().deserialize(value, attr, data, **kwargs) if taken is REFUSED else taken


class Text(Quick, fields.String):
    """A text of `low` to `high` characters without NUL. OpenAPI learns all three."""

    def __init__(self, high: int, *, low: int = 1, pattern: str = "^[^\\u0000]*$", **kwargs: Any) -> None:
        super().__init__(validate=[validate.Length(min=low, max=high), WholeMatch(pattern)], **kwargs)
        self._low, self._high, self._pattern = low, high, re.compile(pattern)

    def take(self, value: Any) -> Any:
        """A text that meets all three."""
        fits = type(value) is str and self._low <= len(value) <= self._high and self._pattern.fullmatch(value)
        return value if fits else REFUSED


class Day(fields.Field[date]):
    """A day, RFC 3339 `full-date`, from 1970 to 2199."""

    def _serialize(self, value: date | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:  # noqa: ARG002
        return None if value is None else value.isoformat()

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> date:  # noqa: ARG002
        try:
            day = date.fromisoformat(value) if isinstance(value, str) and _DAY.fullmatch(value) else None
        except ValueError:
            day = None
        if day is None or not _FIRST_YEAR <= day.year <= _LAST_YEAR:
            raise ValidationError("Not a day like 2026-11-15 (1970 to 2199).")
        return day


class Moment(Quick):
    """A moment, RFC 3339 `date-time` with its zone, from 1970 to 2199; UTC afterwards."""

    def take(self, value: Any) -> Any:
        """In UTC."""
        moment = _moment(value) if type(value) is str else None
        return REFUSED if moment is None or not _FIRST_YEAR <= moment.year <= _LAST_YEAR else moment

    def _serialize(self, value: datetime | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:  # noqa: ARG002
        return None if value is None else value.astimezone(UTC).isoformat().replace("+00:00", "Z")

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> datetime:  # noqa: ARG002
        raise ValidationError("Not a time with a zone like 2026-11-15T12:00:00Z (1970 to 2199).")


class Identifier(Quick, fields.UUID):
    """A UUID, as a text."""

    def take(self, value: Any) -> Any:
        """With hyphens."""
        return UUID(value) if type(value) is str and _UUID.fullmatch(value) else REFUSED


class Flag(Quick, fields.Boolean):
    """`true` or `false`, not what might be meant by them."""

    def take(self, value: Any) -> Any:
        """One of them."""
        return value if value is True or value is False else REFUSED

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> bool:  # noqa: ARG002
        if not isinstance(value, bool):
            raise ValidationError("Must be true or false.")
        return value


class Whole(Quick, fields.Integer):
    """A whole number from `low` to `high`; in JSON a number, not a text."""

    def __init__(self, low: int, high: int, **kwargs: Any) -> None:
        super().__init__(strict=True, validate=validate.Range(min=low, max=high), **kwargs)
        self._low, self._high = low, high

    def take(self, value: Any) -> Any:
        """A number within the bounds."""
        return value if type(value) is int and self._low <= value <= self._high else REFUSED


class Texts(Quick, fields.List[str]):
    """At most `most` texts, each as `each` takes it."""

    def __init__(self, each: Text, most: int, **kwargs: Any) -> None:
        super().__init__(each, validate=validate.Length(max=most), **kwargs)
        self._each, self._most = each, most

    def take(self, value: Any) -> Any:
        """A list of them."""
        if type(value) is not list or len(value) > self._most:
            return REFUSED
        taken = [self._each.take(one) for one in value]
        return REFUSED if REFUSED in taken else taken


class Share(fields.Float):
    """A number above 0, at most 1, written as a number."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validate=validate.Range(min=0, max=1, min_inclusive=False), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> float:
        if isinstance(value, bool | str):
            raise self.make_error("invalid", input=value)
        number: float = super()._deserialize(value, attr, data, **kwargs)
        return number


class Digits(fields.Integer):
    """A whole number from `low` to `high` as digits in an address."""

    def __init__(self, low: int, high: int, **kwargs: Any) -> None:
        super().__init__(validate=validate.Range(min=low, max=high), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> int:
        if not (isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20):
            raise ValidationError("Must be a whole number.")
        return super()._deserialize(value, attr, data, **kwargs)


def _moment(text: str) -> datetime | None:
    try:
        if _OF_BROWSERS.fullmatch(text):
            return datetime.fromisoformat(f"{text[:-1]}+00:00")
        if not _MOMENT.fullmatch(text):
            return None
        # Python reads up to six digits of a second.
        shortened = re.sub(r"(\.[0-9]{6})[0-9]+", r"\1", text.upper()) if len(text) > 26 else text.upper()
        return datetime.fromisoformat(shortened).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
