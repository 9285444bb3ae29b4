"""Fields that take exactly what the reference says: no guessing at dates, times, flags or control characters."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from marshmallow import ValidationError, fields, validate

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_FIRST, _LAST = date(1970, 1, 1), date(2199, 12, 31)


class WholeMatch(validate.Regexp):
    """The pattern, written as JSON Schema writes it (`^...$`), must fit the whole text, a line break at its end too."""

    def __call__(self, value: Any) -> Any:
        """Raises ValidationError."""
        if not self.regex.fullmatch(value):
            raise ValidationError("Does not have the form that the reference gives.")
        return value


class Quick(fields.Field[Any]):
    """A field that sees at once when there is nothing to do; else marshmallow finds out what, at ten times the cost."""

    def fits(self, value: Any) -> bool:
        """Whether `value` is taken as it is."""
        raise NotImplementedError

    def deserialize(
        self, value: Any, attr: str | None = None, data: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> Any:
        """What is loaded. Raises ValidationError."""
        return value if self.fits(value) else super().deserialize(value, attr, data, **kwargs)


class Text(Quick, fields.String):
    """A text of `low` to `high` characters without NUL. OpenAPI learns all three."""

    def __init__(self, high: int, *, low: int = 1, pattern: str = "^[^\\u0000]*$", **kwargs: Any) -> None:
        super().__init__(validate=[validate.Length(min=low, max=high), WholeMatch(pattern)], **kwargs)
        self._low, self._high, self._pattern = low, high, re.compile(pattern)

    def fits(self, value: Any) -> bool:
        """A text that meets all three."""
        return type(value) is str and self._low <= len(value) <= self._high and bool(self._pattern.fullmatch(value))


class Day(fields.Field[date]):
    """A day, RFC 3339 `full-date`, from 1970 to 2199."""

    def _serialize(self, value: date | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:  # noqa: ARG002
        return None if value is None else value.isoformat()

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> date:  # noqa: ARG002
        try:
            day = date.fromisoformat(value) if isinstance(value, str) and _DAY.fullmatch(value) else None
        except ValueError:
            day = None
        if day is None or not _FIRST <= day <= _LAST:
            raise ValidationError("Not a day like 2026-11-15 (1970 to 2199).")
        return day


class Moment(fields.Field[datetime]):
    """A moment, RFC 3339 `date-time` with its zone, from 1970 to 2199; UTC afterwards."""

    def _serialize(self, value: datetime | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:  # noqa: ARG002
        return None if value is None else value.astimezone(UTC).isoformat().replace("+00:00", "Z")

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> datetime:  # noqa: ARG002
        moment = _moment(value) if isinstance(value, str) and _MOMENT.fullmatch(value) else None
        if moment is None or not _FIRST <= moment.date() <= _LAST:
            raise ValidationError("Not a time with a zone like 2026-11-15T12:00:00Z (1970 to 2199).")
        return moment


class Flag(Quick, fields.Boolean):
    """`true` or `false`, not what might be meant by them."""

    def fits(self, value: Any) -> bool:
        """One of them."""
        return value is True or value is False

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> bool:  # noqa: ARG002
        if not isinstance(value, bool):
            raise ValidationError("Must be true or false.")
        return value


class Whole(Quick, fields.Integer):
    """A whole number from `low` to `high`; in JSON a number, not a text."""

    def __init__(self, low: int, high: int, **kwargs: Any) -> None:
        super().__init__(strict=True, validate=validate.Range(min=low, max=high), **kwargs)
        self._low, self._high = low, high

    def fits(self, value: Any) -> bool:
        """A number within the bounds."""
        return type(value) is int and self._low <= value <= self._high


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
    # Python reads up to six digits of a second.
    shortened = re.sub(r"(\.[0-9]{6})[0-9]+", r"\1", text.upper()) if len(text) > 26 else text.upper()
    try:
        return datetime.fromisoformat(shortened).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
