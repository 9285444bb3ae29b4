"""What a judgement rests on: everything known of each partner at the end of one month."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from uuid import UUID

import numpy as np

from feedback.core.same import once_for_same
from feedback.gap.facts_of_contracts import NO_FACT, Fact, fact
from feedback.gap.measures import BUYER, Counts, Floats
from feedback.gap.order import Order
from feedback.partners.contracts import ContractRow, Spans, licences_by_day
from feedback.settings import Settings
from feedback.stats import nps, proportion, states, trend
from feedback.tallies.cube import SEAT, Cube

WINDOW_MONTHS = 3
"""A month's end is judged by the answers of so many months, its own included, whatever window a report is about."""
TREND_MONTHS = 6


@dataclass(frozen=True)
class Evidence:
    """Of the partners in one order, at the end of `month`, or on `day` within it while it is not over.

    `licences` (partners), 0 for none; `seats_by_month` (partners, TREND_MONTHS, counts), the last one `month`;
    `people` (partners, 2, 11) the NPS of the last three months, each once; `facts` by partner. Before `active_since`,
    the first month in which anybody at any partner was active, nothing is known of use, instead of nobody using it.
    """

    month: int
    day: date
    licences: Counts
    seats_by_month: Counts
    people: Counts
    facts: Sequence[Fact]
    active_since: int

    @property
    def active(self) -> bool:
        """Whether anything is known of use by the end of the month."""
        return self.active_since <= self.month

    def seat(self, name: str) -> Counts:
        """One of the counts of seats at the end of the month, by partner."""
        column: Counts = self.seats_by_month[:, -1, SEAT[name]]
        return column

    @cached_property
    def engagement(self) -> trend.Slopes:
        """Slopes of the share of deployed seats that were engaged, in percentage points per month."""
        engaged, deployed = self.seats_by_month[..., SEAT["engaged"]], self.seats_by_month[..., SEAT["deployed"]]
        shares = proportion.Tallies(engaged, deployed - engaged)
        months = np.arange(self.month - TREND_MONTHS + 1, self.month + 1)
        known = (deployed > 0) & (months >= self.active_since)
        return trend.slopes(100 * shares.means, np.where(known, 10_000 * shares.smoothed_variance, np.nan))

    def sides_ok(self, settings: Settings) -> tuple[Floats, Floats]:
        """Probabilities that each partner's end-user side and buyer side are fine; nan where unknown.

        End users: that activation is above the threshold, 0 where engagement declines. Buyers: by facts first, else
        that their NPS is above 0, with two of them or more.
        """
        declining = self.engagement.declining
        above = states.shares_above(self.seat("activated"), self.licences, settings.activation_threshold, declining)
        end_users = np.where((self.licences > 0) & self.active, above, np.nan)
        facts = np.array([np.nan if fact.fine is None else float(fact.fine) for fact in self.facts], dtype=float)
        return end_users, states.buyers_fine_each(nps.Tallies.from_histograms(self.people[:, BUYER]), facts)

    def together(self) -> "Evidence":
        """All partners with licences as one; what was signed is not one fact for all of them."""
        licensed = self.licences > 0
        return Evidence(
            month=self.month,
            day=self.day,
            licences=self.licences[licensed].sum(keepdims=True),
            seats_by_month=self.seats_by_month[licensed].sum(axis=0, keepdims=True),
            people=self.people[licensed].sum(axis=0, keepdims=True),
            facts=[NO_FACT],
            active_since=self.active_since,
        )


def gather(
    cube: Cube,
    own: Order,
    spans: Spans,
    month: int,
    day: date,
    *,
    trust: frozenset[str],
    active_since: int,
    people: Counts | None = None,
) -> Evidence:
    """What is known of these partners at the end of `month`, or on `day` within it.

    `active_since` as in `Evidence`; `people` (partners, 2, 11): what a look back may use instead of the tallies of
    today.
    """
    if people is None:
        people = own(cube.people("nps", month - WINDOW_MONTHS + 1, month, trust))
    return Evidence(
        month=month,
        day=day,
        licences=np.maximum(licences_by_day(spans, own.places, [day])[:, 0], 0),
        seats_by_month=own(cube.seats_by_month(month - TREND_MONTHS + 1, month)),
        people=people,
        facts=_facts(spans, own.partners, day),
        active_since=active_since,
    )


@once_for_same
def _facts(spans: Spans, partners: tuple[UUID, ...], day: date) -> list[Fact]:
    """What was signed or cancelled last, by partner."""
    by_partner: dict[UUID, list[ContractRow]] = {}
    for contract in spans.contracts:
        by_partner.setdefault(contract.partner_id, []).append(contract)
    return [fact(by_partner.get(partner, ()), day) for partner in partners]
