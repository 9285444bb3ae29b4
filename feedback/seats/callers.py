"""Who speaks through the embed: the partner, the person if somebody vouches for one, and whose word that is."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from feedback.core.errors import Code, Problem
from feedback.core.ids import pseudonym
from feedback.core.memory import remember
from feedback.partners.embed_gate import Visit
from feedback.partners.known import PARTNERS
from feedback.partners.models import Partner
from feedback.partners.sightings import SIGNED, UNSIGNED, refused
from feedback.seats.tokens import Identity, named_partner, verify

_MOST_KNOWN = 12_000


class Speaker(NamedTuple):
    """`respondent_id` None: nobody vouches for a person, trust is `none`."""

    partner: Partner
    partner_id: UUID
    respondent_id: UUID | None
    subject: str | None
    audience: str
    attributes: Mapping[str, str]
    trust: str
    live: bool
    expired_at: datetime | None
    """When the token ran out, if it has: then only what was granted before may still be answered."""


def speaker(visit: Visit, *, late: bool = False) -> Speaker:
    """Who speaks. `late` lets a token be up to seven days past its end.

    Raises TOKEN_MISSING, TOKEN_REFUSED, TOO_MANY_REQUESTS.
    """
    token, gate = visit.bearer(), visit.gate
    if token is None:
        if gate.partner_id is None:
            visit.note(refused("No token came, and this key learns the partner from it."))
            raise Problem(Code.TOKEN_MISSING, "This key serves all partners; the partner comes from the token.")
        visit.note(UNSIGNED)
        visit.admit(None)
        partner = PARTNERS.get(visit.services.database, gate.partner_id)
        return Speaker(partner, gate.partner_id, None, None, "end_user", {}, "none", gate.live, None)
    try:
        identity = _identity(visit, token, late=late)
    except Problem as problem:
        visit.note(refused(problem.detail), named_partner(visit.services.database, token))
        raise
    # Verified anew every few seconds: what is noted of an embed comes no more often from each person.
    key = token, gate.key, visit.origin
    known, who = _KNOWN.get(key, _NOBODY)
    if who is None or known is not identity:
        who = _speaker(visit, identity)
        visit.note(SIGNED, who.partner_id)
        remember(_KNOWN, key, (identity, who), most=_MOST_KNOWN)
    visit.admit(who.respondent_id)
    return who if visit.now < identity.expires_at else who._replace(expired_at=identity.expires_at)


_NOBODY: tuple[Identity | None, Speaker | None] = None, None
_KNOWN: dict[tuple[str, str, str | None], tuple[Identity, Speaker]] = {}
"""Who spoke with a token, through a key and from a page, and what was verified then."""


def _speaker(visit: Visit, identity: Identity) -> Speaker:
    partner_id = identity.partner.id
    pepper = visit.services.secrets.pepper
    return Speaker(
        partner=identity.partner,
        partner_id=partner_id,
        respondent_id=pseudonym(pepper, partner_id, identity.audience, identity.subject),
        subject=identity.subject,
        audience=identity.audience,
        attributes=identity.attributes,
        trust=identity.trust,
        live=visit.gate.live,
        expired_at=None,
    )


def _identity(visit: Visit, token: str, *, late: bool) -> Identity:
    services = visit.services
    identity = verify(services.database, token, services.secrets.vault, now=visit.now, late=late)
    if visit.gate.partner_id not in (None, identity.partner.id):
        raise Problem(Code.TOKEN_REFUSED, "The token is for another partner than this embed key.")
    return identity
