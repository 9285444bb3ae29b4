"""What the settings show of one partner."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from feedback.desk import settings_partners
from feedback.gap import sentences, words
from feedback.gap.values import Money
from feedback.partners import keys, queries
from feedback.partners.models import OUTCOMES, ROLES_OF_DATA, Contract, Policy
from feedback.partners.money import decimal_text
from feedback.partners.policies import recorded_policies

CONTRACT_DAYS = ("starts_on", "renews_on", "notice_on", "decided_on")
POLICY_FLAGS = ("may_ask", "may_contact", "may_share_back", "may_benchmark", "may_replay")
POLICY_TEXTS = (
    "role_of_data",
    "controller",
    "lawful_basis",
    "notice_version",
    "consulted",
    "hosting_region",
    "valid_until",
)
_VERSIONS = 20


def arrange(session: Session, slug: str, chosen: str, *, today: date) -> dict[str, Any]:
    """What the template needs; `chosen`: the id of the contract that the form is about. Raises PARTNER_UNKNOWN."""
    partner = queries.partner_by_slug(session, slug)
    signed: Sequence[Contract] = sorted(
        queries.contracts(session, partner.id), key=lambda one: (one.starts_on, one.contract_id), reverse=True
    )
    contract = next((one for one in signed if one.contract_id == chosen), None)
    policy = queries.policy_of(session, partner.id)
    versions = recorded_policies(session, partner.id, _VERSIONS + 1)
    return {
        "partner": partner,
        "contracts": signed,
        "contract": contract,
        "amounts": {
            name: decimal_text(units, contract.currency)
            for name in ("yearly_value", "renewed_value")
            if contract is not None
            and contract.currency is not None
            and (units := getattr(contract, f"{name}_minor_units")) is not None
        },
        "promotions": list(reversed(queries.promotions(session, partner.id))),
        "policy": policy,
        "recorded": isinstance(policy, Policy),
        "versions": settings_partners.history(versions)[:_VERSIONS],
        "more_versions": len(versions) > _VERSIONS,
        "embed_keys": [one for one in keys.all_embed_keys(session) if one.partner_id == partner.id],
        "signing_keys": [one for one in keys.all_signing_keys(session) if one.partner_id == partner.id],
        "today": today,
        "OUTCOMES": [(one, one) for one in OUTCOMES],
        "ROLES": [("", "not recorded"), *((one, one) for one in ROLES_OF_DATA)],
        "BRANDINGS": settings_partners.BRANDINGS,
        "TERMS": settings_partners.TERMS,
        "FLAGS": POLICY_FLAGS,
        "term": settings_partners.term,
        "money": _money,
        "say": sentences,
        "words": words,
    }


def _money(units: int | None, currency: str | None) -> str:
    return words.money(None if units is None or currency is None else Money(currency, units))
