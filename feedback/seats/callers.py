"""Who speaks through the embed: the partner, the person if somebody vouches for one, and whose word that is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import flask
from sqlalchemy.orm import Session

from feedback.core.errors import Code, Problem
from feedback.core.ids import pseudonym
from feedback.http.context import services
from feedback.partners.embed_gate import Gate, note
from feedback.partners.models import Partner
from feedback.partners.sightings import SIGNED, UNSIGNED, refused
from feedback.seats.tokens import Identity, named_partner, verify


@dataclass(frozen=True, slots=True)
class Speaker:
    """`respondent_id` None: nobody vouches for a person, trust is `none`."""

    partner: Partner
    respondent_id: UUID | None
    subject: str | None
    audience: str
    attributes: Mapping[str, str]
    trust: str
    live: bool
    expired_at: datetime | None
    """When the token ran out, if it has: then only what was granted before may still be answered."""


def bearer() -> str | None:
    """The token of this request. Raises TOKEN_REFUSED for an Authorization header of another kind."""
    header = flask.request.headers.get("Authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Problem(Code.TOKEN_REFUSED, "The Authorization header must be `Bearer` and the token.")
    return token.strip()


def speaker(session: Session, gate: Gate, token: str | None, *, now: datetime, late: bool = False) -> Speaker:
    """Who speaks. `late` lets a token be up to seven days past its end. Raises TOKEN_MISSING, TOKEN_REFUSED."""
    if token is None:
        if gate.partner_id is None:
            note(refused("No token came, and this key learns the partner from it."))
            raise Problem(Code.TOKEN_MISSING, "This key serves all partners; the partner comes from the token.")
        note(UNSIGNED)
        partner = session.get_one(Partner, gate.partner_id)
        return Speaker(partner, None, None, "end_user", {}, "none", gate.live, None)
    try:
        identity = _identity(session, gate, token, now=now, late=late)
    except Problem as problem:
        note(refused(problem.detail), named_partner(session, token))
        raise
    note(SIGNED, identity.partner.id)
    return Speaker(
        partner=identity.partner,
        respondent_id=pseudonym(services().secrets.pepper, identity.partner.id, identity.audience, identity.subject),
        subject=identity.subject,
        audience=identity.audience,
        attributes=identity.attributes,
        trust=identity.trust,
        live=gate.live,
        expired_at=identity.expires_at if now >= identity.expires_at else None,
    )


def _identity(session: Session, gate: Gate, token: str, *, now: datetime, late: bool) -> Identity:
    identity = verify(session, token, services().secrets.vault, now=now, late=late)
    if gate.partner_id not in (None, identity.partner.id):
        raise Problem(Code.TOKEN_REFUSED, "The token is for another partner than this embed key.")
    return identity
