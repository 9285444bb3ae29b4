"""Lists of the desk as files: comments, the call list, decisions, renewals. What people wrote leaves on record."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from uuid import UUID

import flask
from sqlalchemy.orm import Session

from feedback.comments import call_list, queries
from feedback.core.errors import Code, Problem
from feedback.decisions import queries as decisions
from feedback.decisions.renewal_steps import Step, renewal_steps
from feedback.desk import address, comment_words, comments_address, door
from feedback.desk.decision_words import NUMBERS
from feedback.desk.table_files import Cell, file
from feedback.gap import queries as gap
from feedback.gap.values import Renewal
from feedback.gap.words import STATES, major_units
from feedback.http.context import services
from feedback.partners.queries import known_partner, partner_rows
from feedback.staff import audit

blueprint = door.behind_login("desk_files")
blueprint.before_request(door.numbers_only)

_KIND = "<any(csv, xlsx):kind>"


@blueprint.get(f"/desk/comments.{_KIND}")
def comments_file(kind: str) -> flask.Response:
    """The comments that the address asks for, newest first; restricted ones are read on their page alone."""
    _readers_only()
    asked = comments_address.read(comments_address.ALL, flask.request.args.to_dict())
    with services().database.reading() as session:
        names = _names(session)
        wanted = asked.wanted(known_partner(session, asked.partner).id if asked.partner else None)
        rows = [_comment(one, names) for one in queries.every(session, wanted)]
    _note("comment.exported", "comments", {**asked.asked, "count": len(rows)})
    titles = ("partner", "side", "asked for", "score", "day", "language", "status", "label", "note", "comment")
    return file(kind, "comments", titles, rows)


@blueprint.get(f"/desk/call-list.{_KIND}")
def calls_file(kind: str) -> flask.Response:
    """Everybody who may be called, with addresses."""
    _readers_only()
    here, rows = services(), []
    with here.database.reading() as session:
        names = _names(session)
        for one in call_list.every(
            session, vault=here.secrets.vault, contact_days=here.settings.contact_days, now=here.clock()
        ):
            said = None if one.restricted else one.comment
            given = (names.get(one.partner_id), one.address, _day(one.given_at), one.days_left)
            rows.append((*given, comment_words.score(one.metric, one.score), said, one.outcome, one.note))
    _note("contact.exported", "call list", {"count": len(rows)})
    titles = ("partner", "address", "given", "days left", "score", "comment", "outcome", "note")
    return file(kind, "call-list", titles, rows)


@blueprint.get(f"/desk/decisions.{_KIND}")
def decisions_file(kind: str) -> flask.Response:
    """Every decision with its number before and after."""
    with services().database.reading() as session:
        names = _names(session)
        rows = [
            (
                one.title,
                names.get(one.partner_id, "") if one.partner_id else "all partners",
                one.finding,
                one.owner,
                NUMBERS[one.number],
                one.expected,
                one.before,
                one.after,
                one.review_on.isoformat(),
                _day(one.reviewed_at),
                one.outcome,
                one.told,
            )
            for one in decisions.decisions(session)
        ]
    about = ("decision", "about", "because of", "owner", "number", "expected")
    return file(kind, "decisions", (*about, "before", "after", "review on", "reviewed", "outcome", "told"), rows)


@blueprint.get(f"/desk/renewals.{_KIND}")
def renewals_file(kind: str) -> flask.Response:
    """Every contract that is past due or comes due within 120 days, and who takes care of it."""
    here, asked = services(), address.read(flask.request.args)
    with here.database.reading() as session:
        report = gap.report(session, here.settings, now=here.clock(), start=asked.start, end=asked.end)
        steps = renewal_steps(session)
    rows: Iterable[tuple[Cell, ...]] = (_renewal(one, steps) for one in report.renewals)
    about = ("partner", "name", "contract", "renews on", "days", "licences", "value a year", "currency", "notice")
    return file(kind, "renewals", (*about, "state", "at risk", "why", "owner", "next step"), rows)


def _readers_only() -> None:
    if not flask.g.viewer.reads_comments:
        raise Problem(Code.ROLE_NOT_ALLOWED, "What people wrote is read by researchers and admins.")


def _note(action: str, target: str, detail: Mapping[str, object]) -> None:
    """Before anybody has it: what cannot be written down does not leave."""
    here = services()
    with here.database.transaction() as session:
        audit.record(session, flask.g.viewer.actor, action, target, detail, here.clock())


def _names(session: Session) -> dict[UUID, str]:
    return {one.id: one.name for one in partner_rows(session)}


def _comment(one: queries.Comment, names: Mapping[UUID, str]) -> tuple[Cell, ...]:
    about = (names.get(one.partner_id), comment_words.AUDIENCES[one.audience], one.metric, one.score)
    state = (comment_words.STATUSES[one.status], one.label, one.note)
    return (*about, _day(one.answered_at), one.locale, *state, one.text)


def _renewal(one: Renewal, steps: Mapping[tuple[str, str], Step]) -> tuple[Cell, ...]:
    step = steps.get((one.partner, one.contract_id), Step("", ""))
    value = (float(major_units(one.value)), one.value.currency) if one.value else (None, None)
    due = (one.partner, one.name, one.contract_id, one.renews_on.isoformat(), one.days, one.licences)
    judged = (_day(one.notice_on), STATES[one.state], "yes" if one.at_risk else "no", one.why)
    return (*due, *value, *judged, step.owner, step.next_step)


def _day(moment: datetime | date | None) -> str | None:
    return None if moment is None else moment.strftime("%Y-%m-%d")
