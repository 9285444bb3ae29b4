"""Contracts made by hand and by chance."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from feedback.partners.contracts import ContractRow
from feedback.partners.models import OUTCOMES

ACME, BOLT, CARGO = (UUID(int=number) for number in (1, 2, 3))
START = date(2024, 1, 1)
DAYS = st.integers(0, 1400).map(lambda days: START + timedelta(days=days))


def contract(partner_id: UUID = ACME, licences: int = 100, renews: str = "2027-01-01", **terms: Any) -> ContractRow:
    """A contract of the year up to `renews`; days as texts like 2027-01-01."""
    days = {name: date.fromisoformat(terms.pop(name)) for name in list(terms) if name.endswith("_on")}
    renews_on = date.fromisoformat(renews)
    starts_on = days.pop("starts_on", renews_on.replace(year=renews_on.year - 1))
    return ContractRow(
        partner_id, terms.pop("contract_id", f"up to {renews}"), licences, starts_on, renews_on, **days, **terms
    )


@st.composite
def _contracts(draw: st.DrawFn) -> ContractRow:
    starts_on = draw(DAYS)
    renews_on = starts_on + timedelta(days=draw(st.integers(1, 500)))
    outcome = draw(st.sampled_from(OUTCOMES))
    value = draw(st.none() | st.integers(0, 10**9))
    near = st.none() | st.integers(-100, 100).map(lambda days: renews_on + timedelta(days=days))
    return ContractRow(
        draw(st.sampled_from([ACME, BOLT, CARGO])),
        "",
        draw(st.integers(0, 500)),
        starts_on,
        renews_on,
        value,
        None if value is None else draw(st.sampled_from(["EUR", "USD"])),
        draw(near),
        outcome,
        None if outcome == "open" else draw(near),
        None if outcome == "open" else draw(st.none() | st.integers(0, 500)),
        None if outcome == "open" or value is None else draw(st.none() | st.integers(0, 10**9)),
    )


portfolios = st.lists(_contracts(), max_size=12).map(
    lambda rows: [row._replace(contract_id=str(place)) for place, row in enumerate(rows)]
)
"""Contracts of three partners, of any outcome, decided and noticed on any day, many at once."""
