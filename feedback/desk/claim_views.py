"""The forms about claims on a partner's page: each is read, handed to one command, and leads back to the page."""

from uuid import UUID

import flask
from sqlalchemy.orm import Session
from werkzeug import Response

from feedback.core.errors import Code, Problem
from feedback.decisions import commands
from feedback.decisions.values import NewClaim, NewEvidence, Verdict
from feedback.desk import door, form
from feedback.http.context import services
from feedback.partners.queries import known_partner

blueprint = door.behind_login("desk_claims")
blueprint.before_request(door.numbers_only)


@blueprint.post("/desk/partners/<slug>/claims")
def add(slug: str) -> Response:
    """Put down what somebody at the partner said. Raises PARTNER_UNKNOWN, INVALID."""
    new = NewClaim(form.text("said_by"), form.day("said_on"), form.text("words"))
    with services().database.transaction() as session:
        claim = commands.add_claim(session, _partner(session, slug), new, actor=_actor(), now=services().clock())
    return _back(slug, claim.id)


@blueprint.post("/desk/partners/<slug>/claims/<uuid:claim_id>/evidence")
def add_evidence(slug: str, claim_id: UUID) -> Response:
    """Add what speaks for or against a claim. Raises PARTNER_UNKNOWN, NOT_FOUND, INVALID."""
    side = form.text("side")
    if side not in ("for", "against"):
        what = "Say whether it speaks for the claim or against it."
        raise Problem(Code.INVALID, what, errors={"side": [what]})
    new = NewEvidence(form.text("words"), side == "for", form.identifier("comment"))
    with services().database.transaction() as session:
        partner_id = _partner(session, slug)
        commands.add_evidence(session, partner_id, claim_id, new, actor=_actor(), now=services().clock())
    return _back(slug, claim_id)


@blueprint.post("/desk/partners/<slug>/claims/<uuid:claim_id>/verdict")
def judge(slug: str, claim_id: UUID) -> Response:
    """Say what the evidence comes to. Raises PARTNER_UNKNOWN, NOT_FOUND, INVALID."""
    verdict = Verdict(form.text("verdict"), form.text("note"))
    with services().database.transaction() as session:
        partner_id = _partner(session, slug)
        commands.judge_claim(session, partner_id, claim_id, verdict, actor=_actor(), now=services().clock())
    return _back(slug, claim_id)


def _partner(session: Session, slug: str) -> UUID:
    return known_partner(session, slug).id


def _actor() -> str:
    actor: str = flask.g.viewer.actor
    return actor


def _back(slug: str, claim_id: UUID) -> Response:
    return flask.redirect(flask.url_for("desk_partners.page", slug=slug, _anchor=f"claim-{claim_id}"), 303)
