"""People's rights in the settings: what is held on one person, all of it as a file, and taking the person out.

Whom it is about never stands in an address: addresses are kept by browsers and proxies.
"""

from dataclasses import dataclass

import flask
import orjson

from feedback.core.errors import Code, Problem
from feedback.desk import door, settings_form
from feedback.desk.form import text
from feedback.desk.settings_form import NOTHING, Tried
from feedback.gap import words
from feedback.http.context import services
from feedback.partners.models import Partner
from feedback.privacy import rights

blueprint = door.behind_login("desk_settings_people")
blueprint.before_request(door.admins_only)

SAID = {
    "news_to_tell": "News that wait to be told",
    "news": "News that were told",
    "evidence": "Evidence for or against claims",
    "comment_marks": "Marks on comments",
    "addresses": "Addresses to be contacted at",
    "answers": "Answers, with comments",
    "askings": "Times that a survey was offered",
    "personal_links": "Personal links",
    "counted_voices": "Voices that count",
    "waiting_to_be_counted": "Changes that wait to be counted",
    "waiting_to_be_imported": "Lines that wait to be imported",
    rights.LINES: "Lines of files that were handed in here",
    "activity": "Months of activity",
    "attributes": "Changes of attributes",
    "seat": "Seats",
    "buyer": "Buyers",
    "erasures": "Erasures of before",
    "audit": "Entries of the audit log",
}
"""What a page calls each kind of rows."""


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody who was looked for. `rows` by kind; `erased`: they were until just now."""

    partner: Partner
    subject: str
    rows: dict[str, int]
    erased: bool = False


@blueprint.get("/desk/settings/people")
def page() -> flask.typing.ResponseReturnValue:
    """The form to look for somebody."""
    return _page(NOTHING)


@blueprint.post("/desk/settings/people")
def find() -> flask.typing.ResponseReturnValue:
    """What is held on somebody, counted."""
    try:
        return _page(NOTHING, _look())
    except Problem as error:
        return _refused(error)


@blueprint.post("/desk/settings/people/export")
def export() -> flask.typing.ResponseReturnValue:
    """All of it as a file."""
    here, partner = services(), text("partner")
    told = rights.export(here, partner, text("subject"), actor=flask.g.viewer.actor, now=here.clock())
    answer = flask.Response(orjson.dumps(told, option=orjson.OPT_INDENT_2), mimetype="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="person-at-{partner}.json"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.post("/desk/settings/people/erase")
def erase() -> flask.typing.ResponseReturnValue:
    """Take somebody out, if that was confirmed."""
    here, subject = services(), text("subject")
    try:
        if text("sure") != "yes":
            wrong = {"sure": ("Tick this: it cannot be taken back.",)}
            return _page(Tried("erase", flask.request.form, wrong, 422), _look())
        gone = rights.erase(here, text("partner"), subject, actor=flask.g.viewer.actor, now=here.clock())
    except Problem as error:
        return _refused(error)
    return _page(NOTHING, Found(gone.partner, subject, gone.rows, erased=True))


def _look() -> Found:
    found = rights.look(services(), text("partner"), text("subject"))
    return Found(found.partner, text("subject"), found.rows)


def _refused(error: Problem) -> flask.typing.ResponseReturnValue:
    """Said beside the field that it is about."""
    if error.code is Code.PARTNER_UNKNOWN:
        error = Problem(Code.INVALID, error.detail, errors={"partner": [error.detail]})
    return _page(settings_form.refused("find", error))


def _page(tried: Tried, found: Found | None = None) -> flask.typing.ResponseReturnValue:
    shown = flask.render_template(
        "desk/settings_people.html",
        tried=tried,
        found=found,
        SAID=SAID,
        kept=rights.KEPT,
        LONGEST_SUBJECT=rights.LONGEST_SUBJECT,
        words=words,
    )
    return shown, tried.status
