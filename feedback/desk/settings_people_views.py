"""People's rights in the settings: what is held on one person, all of it as a file, and taking the person out.

Whom it is about never stands in an address: addresses are kept by browsers and proxies.
"""

from dataclasses import dataclass

import flask
import orjson
from sqlalchemy.orm import Session

from feedback.core.errors import Code, Problem
from feedback.desk import door, settings_form
from feedback.desk.form import text
from feedback.desk.settings_form import NOTHING, Tried
from feedback.gap import words
from feedback.http.context import services
from feedback.partners.models import Partner
from feedback.partners.queries import partner_by_slug
from feedback.privacy import journal
from feedback.privacy.erasing import erase_respondent
from feedback.privacy.export import export_respondent
from feedback.privacy.held import HELD, Person, counts, person

blueprint = door.behind_login("desk_settings_people")
blueprint.before_request(door.admins_only)

LONGEST_SUBJECT = 200
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
        with services().database.reading() as session:
            partner, one = _asked(session)
            found = Found(partner, text("subject"), counts(session, one))
    except Problem as error:
        return _page(settings_form.refused("find", error))
    return _page(NOTHING, found)


@blueprint.post("/desk/settings/people/export")
def export() -> flask.typing.ResponseReturnValue:
    """All of it as a file."""
    here = services()
    with here.database.transaction() as session:
        partner, one = _asked(session)
        told = export_respondent(
            session,
            one,
            text("subject"),
            partner,
            vault=here.secrets.vault,
            actor=flask.g.viewer.actor,
            now=here.clock(),
        )
    answer = flask.Response(orjson.dumps(told, option=orjson.OPT_INDENT_2), mimetype="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="person-at-{partner.slug}.json"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.post("/desk/settings/people/erase")
def erase() -> flask.typing.ResponseReturnValue:
    """Take somebody out, if that was confirmed."""
    here = services()
    try:
        with here.database.transaction() as session:
            partner, one = _asked(session)
            if text("sure") != "yes":
                found = Found(partner, text("subject"), counts(session, one))
                wrong = {"sure": ("Tick this: it cannot be taken back.",)}
                return _page(Tried("erase", flask.request.form, wrong, 422), found)
            gone = erase_respondent(session, one, partner.slug, actor=flask.g.viewer.actor, now=here.clock())
    except Problem as error:
        return _page(settings_form.refused("find", error))
    journal.collect(here)
    return _page(NOTHING, Found(partner, text("subject"), gone.rows, erased=True))


def _asked(session: Session) -> tuple[Partner, Person]:
    """Whom the form names. Raises INVALID."""
    subject = text("subject")
    if not 1 <= len(subject) <= LONGEST_SUBJECT:
        what = f"1 to {LONGEST_SUBJECT} characters."
        raise Problem(Code.INVALID, what, errors={"subject": [what]})
    try:
        partner = partner_by_slug(session, text("partner"))
    except Problem as error:
        raise Problem(Code.INVALID, error.detail, errors={"partner": [error.detail]}) from error
    return partner, person(services().secrets.pepper, partner.id, subject)


def _page(tried: Tried, found: Found | None = None) -> flask.typing.ResponseReturnValue:
    kept = {one.name: one.kept for one in HELD if one.kept}
    shown = flask.render_template(
        "desk/settings_people.html",
        tried=tried,
        found=found,
        SAID=SAID,
        kept=kept,
        LONGEST_SUBJECT=LONGEST_SUBJECT,
        words=words,
    )
    return shown, tried.status
