"""Attributes in the settings: what tells seats apart, how many carry it, and how much room is left."""

from collections.abc import Mapping
from dataclasses import dataclass

import flask
from sqlalchemy.orm import Session

from feedback.core.errors import Code, Problem
from feedback.core.months import month_of
from feedback.desk import door, settings_form
from feedback.desk.form import text
from feedback.desk.settings_form import NOTHING, Tried
from feedback.gap import words
from feedback.gap.by_value import by_value
from feedback.http.context import services
from feedback.seats import queries
from feedback.seats.attributes import MOST_ATTRIBUTES, MOST_VALUES, OTHER
from feedback.seats.commands import declare_attribute
from feedback.seats.schemas import NewAttributeSchema
from feedback.staff.audit import record
from feedback.tallies.cube import SEAT
from feedback.tallies.queries import seats_by_segment

blueprint = door.behind_login("desk_settings_attributes")
blueprint.before_request(settings_form.admins_change)

_NEW = NewAttributeSchema()


@dataclass(frozen=True, slots=True)
class Shown:
    """One attribute: seats by value that is told apart, most first; those of `other`; room for further values."""

    name: str
    values: tuple[tuple[str, int], ...]
    other: int
    room: int


@blueprint.get("/desk/settings/attributes")
def page() -> flask.typing.ResponseReturnValue:
    """The declared attributes, and a form for another."""
    return _page(NOTHING)


@blueprint.post("/desk/settings/attributes")
def declare() -> flask.typing.ResponseReturnValue:
    """Another attribute, or further values of one."""
    here = services()
    try:
        values = list(dict.fromkeys(line.strip() for line in text("values").splitlines() if line.strip()))
        new = _NEW.load({"name": text("name"), "values": values})
        with here.database.transaction() as session:
            _require_room(session, new["name"], new["values"])
            declare_attribute(session, new["name"], new["values"], now=here.clock())
            detail = {"values": new["values"]}
            record(session, flask.g.viewer.actor, "attribute.declared", new["name"], detail, here.clock())
    except settings_form.REFUSALS as error:
        return _page(settings_form.refused("new", error))
    return flask.redirect(flask.url_for("desk_settings_attributes.page"), 303)


def _page(tried: Tried) -> flask.typing.ResponseReturnValue:
    here = services()
    with here.database.reading() as session:
        seats = _seats(session, month_of(here.clock()))
        shown = [_shown(one, seats.get(one.name, {})) for one in queries.attributes(session)]
    return flask.render_template(
        "desk/settings_attributes.html",
        attributes=shown,
        room=MOST_ATTRIBUTES - len(shown),
        MOST_ATTRIBUTES=MOST_ATTRIBUTES,
        MOST_VALUES=MOST_VALUES,
        tried=tried,
        words=words,
    ), tried.status


def _seats(session: Session, month: int) -> Mapping[str, Mapping[str, int]]:
    """Deployed seats by attribute and value, as counted last: this month, or before its first count the one before."""
    counted = seats_by_segment(session, month) or seats_by_segment(session, month - 1)
    found = by_value(counted, queries.segments_by_id(session, counted))
    return {
        name: {value: int(counts[SEAT["deployed"]]) for value, counts in own.items()} for name, own in found.items()
    }


def _shown(one: queries.DeclaredAttribute, seats: Mapping[str, int]) -> Shown:
    values = sorted(((value, seats.get(value, 0)) for value in one.values), key=lambda pair: (-pair[1], pair[0]))
    return Shown(one.name, tuple(values), seats.get(OTHER, 0), MOST_VALUES - len(one.values))


def _require_room(session: Session, name: str, values: list[str]) -> None:
    standing = next((one.values for one in queries.attributes(session) if one.name == name), [])
    room, wanted = MOST_VALUES - len(standing), [value for value in values if value not in standing]
    if len(wanted) > room:
        what = f"There is room for {room} more values of {name}, not for {len(wanted)}."
        raise Problem(Code.INVALID, what, errors={"values": [what]})
