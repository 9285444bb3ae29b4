"""A schema that takes what fits at once; only what does not is left to marshmallow, which finds out why."""

from functools import cached_property
from typing import Any

from marshmallow import Schema, ValidationError, fields, missing

from feedback.http.fields import Quick

_REFUSED = object()


class QuickSchema(Schema):
    """Loads one object, all of whose fields have the names of its keys. `freeze`, a `post_load`, makes the value."""

    def freeze(self, data: dict[str, Any], **_: Any) -> Any:
        """What is loaded."""
        return data

    def load(self, data: Any, **options: Any) -> Any:
        """The value. Raises ValidationError, as every schema does."""
        quickly = self._quickly(data) if not options and type(data) is dict else None
        return super().load(data, **options) if quickly is None else self.freeze(quickly)

    @cached_property
    def _plan(self) -> list[tuple[str, fields.Field[Any], Any]]:
        """Name, field and what stands in for it when it is left out (`missing`: nothing does)."""
        plan = []
        for name, field in self.load_fields.items():
            if field.data_key not in (None, name) or field.attribute not in (None, name):
                raise TypeError(f"{name} of {type(self).__name__} is called otherwise in the object or in the value.")
            plan.append((name, field, field.load_default))
        return plan

    def _quickly(self, data: dict[str, Any]) -> dict[str, Any] | None:
        """None: something is not as it should be, or not known."""
        loaded: dict[str, Any] = {}
        for name, field, default in self._plan:
            given = data.get(name, missing)
            if given is missing:
                if field.required:
                    return None
                if default is not missing:
                    loaded[name] = default() if callable(default) else default
                continue
            taken = _taken(field, given)
            if taken is _REFUSED:
                return None
            loaded[name] = taken
        return loaded if all(name in self.load_fields for name in data) else None


def _taken(field: Any, given: Any) -> Any:
    if given is None and field.allow_none:
        return None
    if isinstance(field, Quick):
        return given if field.fits(given) else _REFUSED
    try:
        return field.deserialize(given)
    except ValidationError:
        return _REFUSED
