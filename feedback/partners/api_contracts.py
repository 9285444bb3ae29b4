"""Doors for contracts and promotions."""

from typing import Any

from feedback.http.api import Blueprint
from feedback.http.auth import caller, secret_key_required
from feedback.http.context import now, reading, transaction
from feedback.partners import commands, queries
from feedback.partners.commands import ContractTerms
from feedback.partners.models import Contract
from feedback.partners.money import decimal_text
from feedback.partners.schemas import (
    ContractListSchema,
    ContractSchema,
    NewContract,
    NewContractSchema,
    PromotionListSchema,
    PromotionSchema,
)
from feedback.staff.audit import record

blueprint = Blueprint("contracts", __name__, description="What was signed, and how partners tell their people.")


@blueprint.put("/v1/partners/<slug:partner>/contracts/<external:contract_id>")
@secret_key_required("write")
@blueprint.arguments(NewContractSchema())
@blueprint.response(200, ContractSchema())
def put_contract(contract: NewContract, partner: str, contract_id: str) -> dict[str, Any]:
    """Keep a contract under the id that you gave it; the same id again replaces it whole."""
    with transaction() as session:
        terms = contract.terms(queries.partner_by_slug(session, partner).id, contract_id)
        commands.put_contracts(session, [terms], now=now())
        detail = {"contract_id": contract_id, "outcome": terms.outcome}
        record(session, caller().actor, "contract.recorded", partner, detail, now())
    return _contract(terms)


@blueprint.get("/v1/partners/<slug:partner>/contracts")
@secret_key_required("read")
@blueprint.response(200, ContractListSchema())
def list_contracts(partner: str) -> dict[str, Any]:
    """A partner's contracts, by start."""
    with reading() as session:
        rows = queries.contracts(session, queries.partner_by_slug(session, partner).id)
    return {"contracts": [_contract(row) for row in rows]}


@blueprint.post("/v1/partners/<slug:partner>/promotions")
@secret_key_required("write")
@blueprint.arguments(PromotionSchema())
@blueprint.response(201, PromotionSchema())
def post_promotion(promotion: dict[str, Any], partner: str) -> commands.NewPromotion:
    """Record that a partner told its people. The same day and channel again replaces reach and note."""
    with transaction() as session:
        new = commands.NewPromotion(queries.partner_by_slug(session, partner).id, **promotion)
        commands.put_promotions(session, [new])
        detail = {"day": new.day.isoformat(), "channel": new.channel}
        record(session, caller().actor, "promotion.recorded", partner, detail, now())
    return new


@blueprint.get("/v1/partners/<slug:partner>/promotions")
@secret_key_required("read")
@blueprint.response(200, PromotionListSchema())
def list_promotions(partner: str) -> dict[str, Any]:
    """When and how a partner told its people, by day."""
    with reading() as session:
        return {"promotions": queries.promotions(session, queries.partner_by_slug(session, partner).id)}


def _contract(row: Contract | ContractTerms) -> dict[str, Any]:
    names = (
        "contract_id",
        "licences",
        "starts_on",
        "renews_on",
        "currency",
        "notice_on",
        "outcome",
        "decided_on",
        "renewed_licences",
    )
    return {
        **{name: getattr(row, name) for name in names},
        "yearly_value": _amount(row.yearly_value_minor_units, row.currency),
        "renewed_value": _amount(row.renewed_value_minor_units, row.currency),
    }


def _amount(units: int | None, currency: str | None) -> str | None:
    return None if units is None or currency is None else decimal_text(units, currency)
