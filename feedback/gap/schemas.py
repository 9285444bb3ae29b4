"""The one schema of the gap report, read from its values: for the API, its reference, the CLI, files and pages."""

from dataclasses import is_dataclass
from datetime import date, datetime
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin, get_type_hints

import orjson
from marshmallow import EXCLUDE, Schema, fields, validate

from feedback.gap.results import SurveyResults
from feedback.gap.values import GapReport, Period
from feedback.http.fields import Day, Moment, Text

_SIMPLE: dict[Any, type[fields.Field[Any]]] = {
    int: fields.Integer,
    float: fields.Float,
    str: fields.String,
    bool: fields.Boolean,
    date: Day,
    datetime: Moment,
}
_CONSTANTS = {"schema": 1}
_PERIOD = {"first_day": "from", "last_day": "to", "partial": "partial"}


class _ReportSchema(Schema):
    class Meta:
        # Said so in OpenAPI too: readers must expect members to be added.
        unknown = EXCLUDE


@cache
def schema_of(value: type) -> type[Schema]:
    """The schema of a dataclass or named tuple of `gap.values`; descriptions stand in its annotations."""
    found: dict[str, Any] = {
        "__doc__": value.__doc__,
        "__module__": __name__,
        "Meta": type("Meta", (_ReportSchema.Meta,), {}),
    }
    for name, hint in get_type_hints(value, include_extras=True).items():
        # Under another name inside, because a schema has attributes of its own: `partial`, `fields`.
        found[f"of_{name}"] = _field(hint, attribute=name, data_key=json_name(value, name), required=True)
        if name in _CONSTANTS:
            found[f"of_{name}"].validators.append(validate.OneOf([_CONSTANTS[name]]))
    return type(f"{value.__name__}Schema", (_ReportSchema,), found)


def json_name(value: type, name: str) -> str:
    """What the member `name` of a value is called in JSON."""
    return _PERIOD[name] if value is Period else name


def _field(hint: Any, **options: Any) -> fields.Field[Any]:
    if get_origin(hint) is Annotated:
        hint, description = get_args(hint)
        options["metadata"] = {"description": description}
    if get_origin(hint) in (Union, UnionType):
        (hint,) = (one for one in get_args(hint) if one is not NoneType)
        options["allow_none"] = True
    if hint in _SIMPLE:
        return _SIMPLE[hint](**options)
    if get_origin(hint) is Literal:
        return fields.String(validate=validate.OneOf(get_args(hint)), **options)
    if get_origin(hint) is tuple:
        return fields.List(_field(get_args(hint)[0]), **options)
    if is_dataclass(hint) or hint is Period:
        return fields.Nested(schema_of(cast("type", hint)), **options)
    raise TypeError(f"no field for {hint}")


class WindowQuerySchema(Schema):
    """The months that are asked about."""

    start = Text(
        20,
        load_default=None,
        data_key="from",
        metadata={"description": "2026-09 or 2026-09-15; widened to whole months."},
    )
    end = Text(20, load_default=None, data_key="to", metadata={"description": "As `from`; default: this month."})


class GapQuerySchema(WindowQuerySchema):
    """What may be asked for; `queries.report` takes it as it is and says what does not fit."""

    metric = Text(20, load_default="nps", metadata={"description": "nps, csat or ces."})


GapReportSchema = schema_of(GapReport)
SurveyResultsSchema = schema_of(SurveyResults)


def as_json(report: GapReport, *, indented: bool = False) -> bytes:
    """The report as JSON, straight from the values: by the schema it takes ten times as long for 1,000 partners."""
    for_people = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE if indented else 0
    return orjson.dumps(report, default=_plain, option=orjson.OPT_UTC_Z | for_people)


def as_dict(report: GapReport) -> dict[str, Any]:
    """The report as JSON has it."""
    plain: dict[str, Any] = orjson.loads(as_json(report))
    return plain


def _plain(value: Any) -> Any:
    if isinstance(value, Period):
        return {_PERIOD[name]: member for name, member in value._asdict().items()}
    raise TypeError(f"no JSON for {value!r}")
