"""What is taken at once is what marshmallow takes, and what is refused is refused in its words."""

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from marshmallow import Schema, ValidationError, fields, post_load, validate

from feedback.http.fields import Flag, Moment, Text, Texts, Whole
from feedback.http.quick_schema import QuickSchema


@dataclass(frozen=True)
class Thing:
    """What is loaded."""

    values: dict[str, Any]


class ThingSchema(QuickSchema):
    """One field of each sort that there is at the quick doors."""

    name = Text(5, required=True)
    empty = Text(5, low=0, load_default=None, allow_none=True)
    small = Text(9, pattern="^[a-z]+$")
    number = Whole(0, 10, required=True)
    flag = Flag(load_default=False)
    at = Moment()
    id = fields.UUID()
    several = fields.List(Text(3), load_default=list, validate=validate.Length(max=2))
    texts = Texts(Text(3), 2, load_default=list)

    @post_load
    def freeze(self, data: dict[str, Any], **_: Any) -> Thing:
        """A value instead of a dict."""
        return Thing(data)


ANYTHING = some.one_of(
    some.none(),
    some.booleans(),
    some.integers(-2, 12),
    some.floats(allow_nan=False),
    some.text(max_size=7),
    some.sampled_from(
        ["abc", "2026-11-15T12:00:00Z", "2026-11-15", "0190b0a0-6c2f-7d3e-9a51-3f0c5d2e8b11", "a\0b", ""]
    ),
    some.lists(some.text(max_size=4), max_size=3),
    some.dictionaries(some.text(max_size=2), some.integers(), max_size=1),
)
FITTING = {
    "name": some.text("ab", min_size=1, max_size=5),
    "empty": some.none() | some.text("ab", max_size=5),
    "small": some.text("ab", min_size=1, max_size=9),
    "number": some.integers(0, 10),
    "flag": some.booleans(),
    "at": some.just("2026-11-15T12:00:00.5+01:00"),
    "id": some.uuids().map(str),
    "several": some.lists(some.just("abc"), max_size=2),
    "texts": some.lists(some.text("ab", min_size=1, max_size=3), max_size=2),
}
NAMES = some.sampled_from([*FITTING, "unknown"])


@some.composite
def objects(draw: Any) -> Any:
    given_names = draw(some.sets(some.sampled_from(list(FITTING))))
    made = {name: draw(FITTING[name]) for name in given_names | {"name", "number"}}
    return made | draw(some.dictionaries(NAMES, ANYTHING, max_size=draw(some.integers(0, 2))))


def loaded(load: Any, data: Any) -> Any:
    try:
        return load(data)
    except ValidationError as error:
        return error.messages


@given(some.one_of(objects(), ANYTHING))
def test_it_loads_what_every_schema_loads(data: Any) -> None:
    schema = ThingSchema()
    assert loaded(schema.load, data) == loaded(lambda one: Schema.load(schema, one), data)


def test_what_fits_is_not_left_to_marshmallow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Schema, "load", lambda *_, **__: pytest.fail("was left to marshmallow"))
    assert ThingSchema().load({"name": "a", "number": 1, "texts": ["b"]}) == Thing(
        {"name": "a", "empty": None, "number": 1, "flag": False, "several": [], "texts": ["b"]}
    )


@pytest.mark.parametrize("name", ["several", "texts"])
def test_lists_that_are_left_out_are_not_shared(name: str) -> None:
    one, other = (ThingSchema().load({"name": "a", "number": 1}).values[name] for _ in range(2))
    assert one == other
    assert one is not other


def test_a_field_that_is_called_otherwise_is_refused_at_once() -> None:
    class RenamedSchema(QuickSchema):
        name = Text(5, data_key="other")

    with pytest.raises(TypeError, match="called otherwise"):
        RenamedSchema().load({})
