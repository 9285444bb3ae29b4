"""A schema that takes what fits at once; only what does not is left to marshmallow, which finds out why."""

from collections.abc import Callable
from functools import cached_property, partial
from typing import Any

from marshmallow import Schema, ValidationError, fields, missing

from feedback.http.fields import REFUSED, Quick


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
    def _plan(self) -> list[tuple[str, Callable[[Any], Any], bool, Any, bool]]:
        """Name, what takes a value, whether null is one, what stands in for what is left out, whether that is made.

        What stands in is `REFUSED` where nothing does, and `missing` where it stays out.
        """
        plan: list[tuple[str, Callable[[Any], Any], bool, Any, bool]] = []
        for name, field in self.load_fields.items():
            if field.data_key not in (None, name) or field.attribute not in (None, name):
                raise TypeError(f"{name} of {type(self).__name__} is called otherwise in the object or in the value.")
            take = field.take if isinstance(field, Quick) else partial(_taken, field)
            default = REFUSED if field.required else field.load_default
            plan.append((name, take, field.allow_none, default, callable(default)))
        return plan

    def _quickly(self, data: dict[str, Any]) -> dict[str, Any] | None:
        """None: something is not as it should be, or not known."""
        loaded: dict[str, Any] = {}
        known = 0
        for name, take, allow_none, default, makes in self._plan:
            value = data.get(name, missing)
            if value is missing:
                if default is REFUSED:
                    return None
                if default is not missing:
                    loaded[name] = default() if makes else default
                continue
            known += 1
            if value is not None or not allow_none:
                value = take(value)
                if value is REFUSED:
                    return None
            loaded[name] = value
        return loaded if known == len(data) else None


def _taken(field: fields.Field[Any], given: Any) -> Any:
    try:
        return field.deserialize(given)
    except ValidationError:
        return REFUSED
