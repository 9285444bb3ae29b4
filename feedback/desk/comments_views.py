"""What people wrote, and who of them may be called: for researchers and admins alone, and each look is written down."""

from dataclasses import dataclass, replace
from uuid import UUID

import flask
from werkzeug import Response

from feedback.comments import call_list, commands, queries
from feedback.comments.models import RESTRICTIONS, STATUSES
from feedback.comments.schemas import LONGEST_LABEL, LONGEST_NOTE, OutcomeSchema, RemarksSchema, StatusSchema
from feedback.core.errors import Code, Problem
from feedback.core.months import label, month_of
from feedback.core.preferences import in_force
from feedback.desk import comment_words, door, noting
from feedback.desk.comment_links import links, require_own
from feedback.desk.comments_address import ALL, RESTRICTED, SCORES, Address, read
from feedback.gap import words
from feedback.http import cursors
from feedback.http.context import services
from feedback.partners.queries import KnownPartner, known_partner, partner_rows
from feedback.responses.models import CONTACT_OUTCOMES
from feedback.surveys.words import locales

_MONTHS_TO_CHOOSE = 24
_STATUS, _REMARKS, _OUTCOME = StatusSchema(), RemarksSchema(), OutcomeSchema()

blueprint = door.behind_login("comments")


@blueprint.before_request
def _readers_only() -> None:
    if not flask.g.viewer.reads_comments:
        raise Problem(Code.ROLE_NOT_ALLOWED, "What people wrote is read by researchers and admins.")


@dataclass(frozen=True, slots=True)
class Choices:
    """What the filter offers."""

    partners: tuple[KnownPartner, ...]
    months: tuple[tuple[str, str], ...]
    languages: tuple[str, ...]
    labels: tuple[str, ...]
    scores: tuple[str, ...] = SCORES


@blueprint.get(ALL)
def page() -> flask.Response:
    """Comments that are not restricted."""
    return _page(read(ALL, flask.request.args.to_dict()))


@blueprint.get(RESTRICTED)
def restricted_page() -> flask.Response:
    """Comments about health, harassment or a colleague by name: only for whoever asks for them."""
    return _page(read(RESTRICTED, flask.request.args.to_dict()))


@blueprint.get("/desk/comments/<slug:partner>/<uuid:response_id>")
def one_page(partner: str, response_id: UUID) -> flask.Response:
    """One comment by its id, restricted or not: where links from claims and webhooks lead. Raises NOT_FOUND."""
    return _page(Address(partner=partner), response_id)


@blueprint.post("/desk/comments/<slug:partner>/<uuid:response_id>/status")
@noting.notes_changes
def put_status(partner: str, response_id: UUID) -> Response:
    """How far the team is with one comment."""
    status = _STATUS.load(flask.request.form.to_dict())
    with services().database.transaction() as session:
        partner_id = known_partner(session, partner).id
        commands.set_status(
            session, partner_id, response_id, status, actor=flask.g.viewer.actor, now=services().clock()
        )
    return _back(partner, response_id)


@blueprint.post("/desk/comments/<slug:partner>/<uuid:response_id>/remarks")
@noting.notes_changes
def put_remarks(partner: str, response_id: UUID) -> Response:
    """Label, note, restriction and links of one comment."""
    remarks = _REMARKS.load(flask.request.form.to_dict())
    with services().database.transaction() as session:
        partner_id = known_partner(session, partner).id
        require_own(session, partner_id, remarks)
        commands.remark(session, partner_id, response_id, remarks, actor=flask.g.viewer.actor, now=services().clock())
    return _back(partner, response_id)


@blueprint.get("/desk/call-list")
def calls() -> str:
    """People who said yes to being contacted, with the addresses that they gave."""
    here, now = services(), services().clock()
    only_open = flask.request.args.get("show") != "all"
    cursor = flask.request.args.get("cursor")
    with here.database.reading() as session:
        contact_days = in_force(session, here.settings).contact_days
        found = call_list.call_page(
            session,
            cursors.decode(cursor) if cursor else None,
            only_open=only_open,
            vault=here.secrets.vault,
            contact_days=contact_days,
            now=now,
        )
        names = {partner.id: partner for partner in partner_rows(session)}
    with here.database.transaction() as session:
        reader = flask.g.viewer.actor
        call_list.note_reading(session, reader, only_open=only_open, count=len(found.calls), now=now)
    return flask.render_template(
        "desk/call_list.html",
        page=found,
        names=names,
        only_open=only_open,
        cursor=cursors.encode(*found.following) if found.following else None,
        outcomes=CONTACT_OUTCOMES,
        longest_note=LONGEST_NOTE,
        contact_days=contact_days,
        say=comment_words,
        words=words,
        back=flask.request.full_path.rstrip("?"),
    )


@blueprint.post("/desk/call-list/<slug:partner>/<uuid:response_id>")
def put_outcome(partner: str, response_id: UUID) -> Response:
    """What came of calling somebody."""
    outcome = _OUTCOME.load(flask.request.form.to_dict())
    with services().database.transaction() as session:
        partner_id = known_partner(session, partner).id
        call_list.handle(session, partner_id, response_id, outcome, actor=flask.g.viewer.actor, now=services().clock())
    return _back(partner, response_id)


def _page(asked: Address, only: UUID | None = None) -> flask.Response:
    here, now = services(), services().clock()
    with here.database.reading() as session:
        partners = partner_rows(session)
        partner_id = known_partner(session, asked.partner).id if asked.partner else None
        wanted = asked.wanted(partner_id)
        if only is not None:
            wanted = replace(wanted, response_id=only, restricted=None)
        found = queries.comment_page(session, wanted, asked.after)
        labels = tuple(queries.labels(session))
        linked = links(session, found.comments)
    if only is not None and not found.comments:
        raise Problem(Code.NOT_FOUND, "There is no such comment; whoever wrote it may have taken it back.")
    with here.database.transaction() as session:
        # Before anybody sees it: what cannot be written down is not shown.
        restricted = asked.path == RESTRICTED or any(one.restricted for one in found.comments)
        what = "restricted comments" if restricted else "comments"
        detail = asked.asked if only is None else {**asked.asked, "response": str(only)}
        commands.note_reading(session, flask.g.viewer.actor, what, asked=detail, count=len(found.comments), now=now)
    response = flask.make_response(
        flask.render_template(
            "desk/comments.html",
            page=found,
            address=asked,
            only=only,
            linked=linked,
            names={partner.id: partner for partner in partners},
            choices=Choices(tuple(partners), _months(asked, month_of(now)), _languages(asked), labels),
            following=asked.to(cursor=cursors.encode(*found.following)) if found.following else None,
            statuses=STATUSES,
            restrictions=RESTRICTIONS,
            longest=(LONGEST_LABEL, LONGEST_NOTE),
            say=comment_words,
            words=words,
        )
    )
    response.headers["Content-Security-Policy"] = door.POLICY_WITH_SCRIPTS
    return response


def _back(partner: str, response_id: UUID) -> Response:
    back = door.inside(flask.request.form.get("back", ""))
    return flask.redirect(f"{back}#{comment_words.anchor(partner, response_id)}", 303)


def _months(asked: Address, current: int) -> tuple[tuple[str, str], ...]:
    offered = {*range(current - _MONTHS_TO_CHOOSE + 1, current + 1), *asked.months}
    return tuple((label(month), comment_words.month(month)) for month in sorted(offered, reverse=True))


def _languages(asked: Address) -> tuple[str, ...]:
    known = {locale.split("-")[0] for locale in locales()}
    return tuple(sorted(known | {asked.language} if asked.language else known, key=comment_words.language))
