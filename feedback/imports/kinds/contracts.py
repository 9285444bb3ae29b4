"""Contracts: `contract_id,partner,name,licences,starts_on,renews_on,yearly_value,currency,notice_on,outcome,...`."""

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import date
from typing import Any

from feedback.imports import values
from feedback.imports.kinds.kind import (
    Checking,
    Draft,
    Kind,
    Line,
    Merging,
    Plan,
    Row,
    Step,
    slug,
    sort_out,
    unknown_partner,
)
from feedback.imports.values import RejectedError
from feedback.partners.commands import ContractTerms, create_partner, put_contracts
from feedback.partners.models import OUTCOMES
from feedback.partners.queries import partners_by_slug
from feedback.partners.standing import contracts_by_key

_COLUMNS = {
    "yearly_value_minor_units": "yearly_value",
    "renewed_value_minor_units": "renewed_value",
}
"""Columns of the file whose terms have another name."""
_DAYS = ("starts_on", "renews_on", "notice_on", "decided_on")
_TERMS = tuple(one.name for one in fields(ContractTerms) if one.name not in ("partner_id", "contract_id"))


def check(row: Row, checking: Checking) -> list[Draft]:  # noqa: ARG001 - partners are looked up when all are named
    """One contract, and the partner when the line names it."""
    cells = row.cells
    partner, contract_id = slug(cells), values.needed_text(cells, "contract_id", 200)
    currency = values.currency(cells, "currency")
    terms: dict[str, Any] = {
        "licences": values.whole(cells, "licences", needed=True),
        "starts_on": values.needed_day(cells, "starts_on"),
        "renews_on": values.needed_day(cells, "renews_on"),
        "yearly_value_minor_units": values.money(cells, "yearly_value", currency),
        "currency": currency,
        "notice_on": values.day(cells, "notice_on"),
        "outcome": values.choice(cells, "outcome", OUTCOMES) or "open",
        "decided_on": values.day(cells, "decided_on"),
        "renewed_licences": values.whole(cells, "renewed_licences"),
        "renewed_value_minor_units": values.money(cells, "renewed_value", currency),
    }
    if terms["renews_on"] <= terms["starts_on"]:
        raise RejectedError(f"renews_on ({terms['renews_on']}) must lie after starts_on ({terms['starts_on']}).")
    drafts = [Draft(1, f"{partner} {contract_id}", {"partner": partner, "contract_id": contract_id, **terms})]
    name = values.text(cells, "name", 200)
    if name:
        drafts.append(Draft(0, partner, {"partner": partner, "name": name}))
    return drafts


def make_partners(merging: Merging, lines: Sequence[Line]) -> Plan:
    """Make the partners that are not there yet. Those that are keep the name they have."""
    known = partners_by_slug(merging.session, [line.content["partner"] for line in lines])
    missing = [line.content for line in lines if line.content["partner"] not in known]

    def apply() -> None:
        for one in missing:
            create_partner(merging.session, one["partner"], one["name"], now=merging.now)

    return Plan(created=len(missing), unchanged=len(known), apply=apply)


def merge(merging: Merging, lines: Sequence[Line]) -> Plan:
    """Put contracts whose partner is there, or named somewhere in the file."""
    known = partners_by_slug(merging.session, [line.content["partner"] for line in lines])
    named = merging.named_here({line.content["partner"] for line in lines} - set(known))
    arrived, rejected, to_come = [], [], 0
    for number, content in lines:
        partner = known.get(content["partner"])
        if partner is not None:
            arrived.append(_terms(partner.id, content))
        elif content["partner"] in named:
            to_come += 1
        else:
            advice = " Fill in name to have it made, or correct the slug."
            rejected.append((number, unknown_partner(content["partner"]) + advice))
    standing = contracts_by_key(merging.session, [(one.partner_id, one.contract_id) for one in arrived])
    plan, changed = sort_out(_pair(standing.get((one.partner_id, one.contract_id)), one, merging) for one in arrived)
    plan.created += to_come
    plan.rejected = rejected
    plan.apply = lambda: put_contracts(merging.session, changed, now=merging.now)
    return plan


def _pair(
    found: ContractTerms | None, one: ContractTerms, merging: Merging
) -> tuple[ContractTerms | None, ContractTerms]:
    if found is None:
        return None, one
    leave = (name for name in _TERMS if _COLUMNS.get(name, name) not in merging.given)
    return found, replace(one, **{name: getattr(found, name) for name in leave})


def _terms(partner_id: Any, content: dict[str, Any]) -> ContractTerms:
    terms = {name: content[name] for name in _TERMS}
    days = {name: date.fromisoformat(terms[name]) if terms[name] else None for name in _DAYS}
    return ContractTerms(partner_id, content["contract_id"], **{**terms, **days})


CONTRACTS = Kind(
    name="contracts",
    required=("contract_id", "partner", "licences", "starts_on", "renews_on"),
    optional=(
        "name",
        "yearly_value",
        "currency",
        "notice_on",
        "outcome",
        "decided_on",
        "renewed_licences",
        "renewed_value",
    ),
    check=check,
    steps=(Step(make_partners, created_as="partners made"), Step(merge)),
)
