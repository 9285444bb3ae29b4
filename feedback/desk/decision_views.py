"""Decisions: the list with what is due for review first, one decision beside its number, and the two forms."""

from uuid import UUID

import flask
from werkzeug import Response

from feedback.decisions import commands, queries
from feedback.decisions.values import NewDecision, Review
from feedback.desk import door, form
from feedback.desk.decision_words import NUMBERS, amount
from feedback.gap import words
from feedback.http.context import services
from feedback.partners.queries import known_partner, partner_rows

blueprint = door.behind_login("desk_decisions")
blueprint.before_request(door.numbers_only)


@blueprint.get("/desk/decisions")
def list_page() -> flask.typing.ResponseReturnValue:
    """Every decision, and the form for a new one; `partner` in the address chooses whom the form is about."""
    here = services()
    with here.database.reading() as session:
        found = queries.decisions(session)
        partners = partner_rows(session)
    today = here.clock().date()
    return flask.render_template(
        "desk/decisions.html",
        due=[one for one in found if queries.is_due(one, today)],
        waiting=[one for one in found if one.reviewed_at is None and not queries.is_due(one, today)],
        reviewed=[one for one in found if one.reviewed_at is not None],
        partners=[one for one in partners if one.left_at is None],
        named={one.id: one for one in partners},
        chosen=flask.request.args.get("partner", ""),
        today=today,
        NUMBERS=NUMBERS,
        amount=amount,
        words=words,
    )


@blueprint.post("/desk/decisions")
def add() -> Response:
    """Put a decision down, with what its number is today. Raises PARTNER_UNKNOWN, INVALID."""
    here = services()
    new = NewDecision(
        title=form.text("title"),
        finding=form.text("finding"),
        owner=form.text("owner"),
        number=form.text("number"),
        expected=form.text("expected"),
        review_on=form.day("review_on"),
    )
    slug = form.text("partner")
    with here.database.transaction() as session:
        partner_id = known_partner(session, slug).id if slug else None
        actor = flask.g.viewer.actor
        decision = commands.add_decision(
            session, here.settings, new, partner_id=partner_id, actor=actor, now=here.clock()
        )
    return _to(decision.id)


@blueprint.get("/desk/decisions/<uuid:decision_id>")
def page(decision_id: UUID) -> flask.typing.ResponseReturnValue:
    """One decision; until it is reviewed beside what its number is now. Raises NOT_FOUND."""
    here = services()
    now = here.clock()
    with here.database.reading() as session:
        one = queries.decision(session, decision_id)
        partner = {known.id: known for known in partner_rows(session)}.get(one.partner_id) if one.partner_id else None
        number = (
            queries.number_now(session, here.settings, one.number, partner_id=one.partner_id, now=now)
            if one.reviewed_at is None
            else None
        )
    return flask.render_template(
        "desk/decision.html",
        one=one,
        partner=partner,
        number_now=number,
        due=queries.is_due(one, now.date()),
        NUMBERS=NUMBERS,
        amount=amount,
        words=words,
    )


@blueprint.post("/desk/decisions/<uuid:decision_id>/review")
def review(decision_id: UUID) -> Response:
    """Put down what came of it. Raises NOT_FOUND, INVALID, CONFLICT before its day or when that was done already."""
    here = services()
    told = Review(form.text("outcome"), form.text("told"))
    with here.database.transaction() as session:
        actor = flask.g.viewer.actor
        commands.review_decision(session, here.settings, decision_id, told, actor=actor, now=here.clock())
    return _to(decision_id)


def _to(decision_id: UUID) -> Response:
    return flask.redirect(flask.url_for("desk_decisions.page", decision_id=decision_id), 303)
