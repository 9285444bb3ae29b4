"""Doors for partners and what they allow."""

from dataclasses import asdict, replace
from typing import Any

from feedback.http.api import Blueprint
from feedback.http.auth import caller, secret_key_required
from feedback.http.context import now, reading, transaction
from feedback.http.pages import PageQuery, PageQuerySchema, next_cursor
from feedback.partners import commands, queries
from feedback.partners.models import Partner
from feedback.partners.schemas import (
    NewPartner,
    NewPartnerSchema,
    PartnerChange,
    PartnerChangeSchema,
    PartnerPageSchema,
    PartnerSchema,
)
from feedback.staff.audit import record

blueprint = Blueprint("partners", __name__, description="Businesses that bought the product, and what they allow.")


@blueprint.get("/v1/partners")
@secret_key_required("read")
@blueprint.arguments(PageQuerySchema(), location="query")
@blueprint.response(200, PartnerPageSchema())
def list_partners(page: PageQuery) -> dict[str, Any]:
    """Partners, also those that left."""
    with reading() as session:
        rows = queries.partner_page(session, page.after, page.limit)
    return {"partners": rows, "next_cursor": next_cursor(rows, page, lambda row: (row.created_at, row.id))}


@blueprint.post("/v1/partners")
@secret_key_required("write")
@blueprint.arguments(NewPartnerSchema())
@blueprint.response(201, PartnerSchema())
def create_partner(new: NewPartner) -> dict[str, Any]:
    """Create a partner; without `policy` the default terms hold."""
    with transaction() as session:
        partner = commands.create_partner(session, new.slug, new.name, now=now())
        terms = commands.PolicyTerms(**(new.policy or {}))
        if new.policy:
            commands.record_policy(session, partner.id, terms, now=now())
        record(session, caller().actor, "partner.created", new.slug, {"policy": sorted(new.policy or {})}, now())
    return _partner(partner, terms)


@blueprint.get("/v1/partners/<slug:partner>")
@secret_key_required("read")
@blueprint.response(200, PartnerSchema())
def get_partner(partner: str) -> dict[str, Any]:
    """A partner and what it allows now."""
    with reading() as session:
        found = queries.partner_by_slug(session, partner)
        return _partner(found, queries.terms_of(session, found.id))


@blueprint.patch("/v1/partners/<slug:partner>")
@secret_key_required("write")
@blueprint.arguments(PartnerChangeSchema())
@blueprint.response(200, PartnerSchema())
def change_partner(change: PartnerChange, partner: str) -> dict[str, Any]:
    """Change a partner's name, what it allows from now on, or that it has left."""
    with transaction() as session:
        found = queries.partner_by_slug(session, partner)
        terms = queries.terms_of(session, found.id)
        commands.change_partner(found, name=change.name, left=change.left, now=now())
        if change.policy:
            terms = replace(terms, **change.policy)
            commands.record_policy(session, found.id, terms, now=now())
        changed = {"name": change.name, "left": change.left, "policy": sorted(change.policy or {})}
        record(session, caller().actor, "partner.changed", partner, changed, now())
    return _partner(found, terms)


def _partner(partner: Partner, terms: commands.PolicyTerms) -> dict[str, Any]:
    return {
        "slug": partner.slug,
        "name": partner.name,
        "created_at": partner.created_at,
        "left_at": partner.left_at,
        "embed_seen_on": partner.embed_seen_on,
        "policy": asdict(terms),
    }
