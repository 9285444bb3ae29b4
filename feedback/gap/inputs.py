"""What a report reads, in one place and once: tallies, contracts, buyers, segments, snapshots."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from itertools import pairwise
from uuid import UUID

import numpy as np
from sqlalchemy.orm import Session

from feedback.buyers.queries import buyers_known, buyers_of
from feedback.core.foresight import foresee
from feedback.core.months import first_day, last_day
from feedback.core.preferences import in_force
from feedback.flags.queries import StandingFlag, flags_within
from feedback.gap import evidence, snapshots
from feedback.gap.evidence import Evidence
from feedback.gap.judgement import Frozen, Standing
from feedback.gap.measures import Counts
from feedback.gap.models import PORTFOLIO
from feedback.gap.order import Order, order
from feedback.gap.values import BuyerAnswer, StateMonth
from feedback.gap.window import Window
from feedback.partners.contracts import ContractRow, Spans, licence_spans, licences_by_day
from feedback.partners.exchange import as_signed, in_one_currency
from feedback.partners.queries import (
    KnownPartner,
    PartnerPromotions,
    asking_forbidden,
    contract_rows,
    known_partner,
    partner_rows,
    promotion_rows,
)
from feedback.seats.queries import segments_by_id
from feedback.settings import Settings
from feedback.tallies import queries as tallies
from feedback.tallies.aside import people_with_aside
from feedback.tallies.cube import TRUSTS, Cube, cube

VENDOR_ALONE = frozenset({"vendor"})
ASIDE = TRUSTS.index("aside")
SERIES_MONTHS = evidence.TREND_MONTHS
"""The monthly series reaches so far back at least, however short the window."""
HISTORY_MONTHS = 24
_ids: dict[str, UUID] = {}
"""The id that each slug had: what is foreseen may be about it, the report looks it up."""
"""So does the history of states."""


@dataclass(frozen=True)
class Inputs:
    """Everything of one report, from one look at the database. Arrays have the order of `partners`.

    `chosen` is the one partner of a partner's report. Days and months end with the window or, while it is not over,
    today: `weighed_on`.
    """

    session: Session
    settings: Settings
    metric: str
    window: Window
    now: datetime
    chosen: KnownPartner | None
    partners: tuple[KnownPartner, ...]
    left: tuple[KnownPartner, ...]
    cube: Cube
    own: Order
    spans: Spans
    """Of contracts whose values are in the reporting currency where there is a rate."""
    signed: Mapping[tuple[UUID, str], ContractRow]
    """By partner and contract id, as they were signed: those whose values were converted."""
    active_since: int
    """The first month in which anybody at any partner was active."""

    @property
    def active(self) -> bool:
        """Whether anything is known of use by the end of the window."""
        return self.active_since <= self.window.last_month

    @cached_property
    def weighed_on(self) -> date:
        """The day whose licences weigh: the last of the window that has come."""
        return self.window.weighed_on(self.now.date())

    @property
    def only(self) -> UUID | None:
        """The one partner that SQL narrows to."""
        return None if self.chosen is None else self.chosen.id

    @property
    def trust(self) -> frozenset[str]:
        """Who must vouch for an answer that counts."""
        return self.settings.headline_trust

    @property
    def series(self) -> range:
        """The months of trends: those of the window, and before it up to `SERIES_MONTHS`."""
        last = self.window.last_month
        return range(min(self.window.first_month, last - SERIES_MONTHS + 1), last + 1)

    @cached_property
    def licences(self) -> Counts:
        """In force on `weighed_on`; -1 without a contract then."""
        return licences_by_day(self.spans, self.own.places, [self.weighed_on])[:, 0]

    @cached_property
    def licences_by_month(self) -> Counts:
        """At the end of each month of `series`, (partners, months); 0 without a contract."""
        days = [min(last_day(month), self.now.date()) for month in self.series]
        return np.maximum(licences_by_day(self.spans, self.own.places, days), 0)

    @cached_property
    def sides(self) -> Counts:
        """People of the window, (partners, 2, 11)."""
        return self._people(self.window.first_month, self.window.last_month, self.trust)

    @cached_property
    def vendor_sides(self) -> Counts:
        """The same with the vendor's answers alone."""
        return self._people(self.window.first_month, self.window.last_month, VENDOR_ALONE)

    @cached_property
    def by_trust(self) -> Counts:
        """People by who vouches for their latest answer (TRUSTS), (partners, 2, 4, 11)."""
        return self.own(self.cube.people_by_trust(self.metric, self.window.first_month, self.window.last_month))

    @cached_property
    def set_aside(self) -> Counts | None:
        """What the people of the window would be more if nothing was set aside, (partners, 2, 11); None: nothing is.

        None also where only the vendor's word counts: who vouched for what was set aside is not counted apart.
        """
        if "partner" not in self.trust or not self.by_trust[:, :, ASIDE].any():
            return None
        months = self.window.first_month, self.window.last_month
        found = people_with_aside(self.session, self.metric, *months, trust=self.trust)
        nothing = np.zeros((2, 11), np.int64)
        return np.array([found.get(partner, nothing) for partner in self.own.partners]).reshape(-1, 2, 11)

    @cached_property
    def flags(self) -> Sequence[StandingFlag]:
        """What stands against answers of the window."""
        return flags_within(
            self.session, first_day(self.window.first_month), last_day(self.window.last_month), self.only
        )

    @cached_property
    def month_sides(self) -> Counts:
        """Voices of each month of `series`, (partners, 2, months, 11)."""
        return self.own(self.cube.voices_by_month(self.metric, self.series.start, self.series.stop - 1, self.trust))

    @cached_property
    def seats_by_month(self) -> Counts:
        """Seats at the end of each month of `series`, (partners, months, counts)."""
        return self.own(self.cube.seats_by_month(self.series.start, self.series.stop - 1))

    @cached_property
    def seats(self) -> Counts:
        """Seats at the end of the window, (partners, counts)."""
        return self.seats_by_month[:, -1]

    @property
    def before(self) -> tuple[int, int]:
        """First and last month of the previous period."""
        months = len(self.window.months)
        return self.window.first_month - months, self.window.first_month - 1

    @cached_property
    def sides_before(self) -> Counts:
        """People of the previous period, (partners, 2, 11)."""
        return self._people(*self.before, self.trust)

    @cached_property
    def licences_before(self) -> Counts:
        """In force at the end of the previous period; 0 without a contract."""
        return np.maximum(licences_by_day(self.spans, self.own.places, [last_day(self.before[1])])[:, 0], 0)

    def reached(self, kind: str) -> Counts:
        """Distinct seats of the window that were `active` or were `shown` a survey, by partner."""
        return self.own(self.cube.reached(kind, self.window.first_month, self.window.last_month))

    @cached_property
    def active_by_month(self) -> Counts:
        """Distinct seats active in each month of `series`, (partners, months)."""
        return self.own(self.cube.reached_by_month("active", self.series.start, self.series.stop - 1))

    @cached_property
    def value_days(self) -> Counts:
        """Seats by the days to their first meaningful action, of those that had it by the end of the window."""
        return self.own(self.cube.first_value_days(self.window.last_month))

    @cached_property
    def commented(self) -> Counts:
        """End users whose latest answer of the window has a comment, by partner."""
        first, last = self.window.first_month, self.window.last_month
        return self.own(self.cube.commented(self.metric, first, last, self.trust))[:, 0]

    @cached_property
    def reasons(self) -> Counts:
        """Buyers by the reason that they chose last, (partners, reasons)."""
        first, last = self.window.first_month, self.window.last_month
        return self.own(self.cube.reasons(self.metric, first, last, self.trust, "buyer"))

    @cached_property
    def buyers_known(self) -> Counts:
        """How many buyers are known, by partner."""
        found = buyers_known(self.session, self.only)
        return np.array([found.get(partner, 0) for partner in self.own.partners], dtype=np.int64)

    @cached_property
    def promotions(self) -> list[PartnerPromotions]:
        """What is on record up to the end of the window."""
        return promotion_rows(self.session, self.weighed_on, self.only)

    @cached_property
    def may_ask(self) -> np.ndarray:
        """Whose policy allows asking, by partner."""
        forbidden = asking_forbidden(self.session, self.weighed_on, self.only)
        return np.array([partner not in forbidden for partner in self.own.partners], dtype=bool)

    @cached_property
    def evidence(self) -> Evidence:
        """What the judgement of the window's last month rests on."""
        month, day = self.window.last_month, self.weighed_on
        return evidence.gather(
            self.cube, self.own, self.spans, month, day, trust=self.trust, active_since=self.active_since
        )

    @cached_property
    def standings(self) -> Mapping[UUID, Standing]:
        """Where partners and portfolio stood at the end of the month before the window's last."""
        return snapshots.standings(self.session, self.window.last_month - 1, self.only)

    @cached_property
    def frozen(self) -> Mapping[UUID, Frozen]:
        """What the snapshots of the window's last month say; nothing while that month is not over."""
        return {} if self.window.partial else snapshots.frozen(self.session, self.window.last_month, self.only)

    @cached_property
    def history(self) -> tuple[StateMonth, ...]:
        """The states of the portfolio, or of the one partner, before the window's last month."""
        whose = PORTFOLIO if self.chosen is None else self.chosen.id
        first = min(self.window.first_month, self.window.last_month - HISTORY_MONTHS)
        return snapshots.history(self.session, whose, first, self.window.last_month - 1)

    @cached_property
    def vectors(self) -> Mapping[int, Mapping[str, str]]:
        """The segments of the report's people and seats: id to attributes and values."""
        return segments_by_id(self.session, {*self.segment_people, *self.segment_people_before, *self.seats_by_segment})

    @cached_property
    def segment_people(self) -> Mapping[int, Counts]:
        """Both sides by segment id, (2, 11), all partners of the report pooled."""
        return self._people_by_segment(self.window.first_month, self.window.last_month)

    @cached_property
    def segment_people_before(self) -> Mapping[int, Counts]:
        """The same of the previous period."""
        return self._people_by_segment(*self.before)

    def _people_by_segment(self, first_month: int, last_month: int) -> Mapping[int, Counts]:
        return tallies.people_by_segment(
            self.session,
            self.metric,
            first_month,
            last_month,
            trust=self.trust,
            partner_id=self.only,
            without=[partner.id for partner in self.left],
        )

    @cached_property
    def seats_month(self) -> int:
        """The month whose end the seats by segment and cohort are of: the last that was counted anywhere."""
        months = self.cube.layers.seats["month"]
        return int(months[months <= self.window.last_month].max(initial=0))

    @cached_property
    def seats_by_segment(self) -> Mapping[int, Counts]:
        """Seats at the end of the window by segment id, all partners of the report pooled."""
        return tallies.seats_by_segment(
            self.session, self.seats_month, partner_id=self.only, without=[partner.id for partner in self.left]
        )

    @cached_property
    def seats_by_cohort(self) -> Mapping[int, Counts]:
        """Seats at the end of the window by month of deployment, all partners of the report pooled."""
        return tallies.cohorts(
            self.session, self.seats_month, partner_id=self.only, without=[partner.id for partner in self.left]
        )

    @cached_property
    def buyer_ages(self) -> list[tuple[int, ...]]:
        """By partner, how many days ago each buyer answered last in the window, newest first."""
        places, days = self.cube.buyer_days(self.metric, self.window.first_month, self.window.last_month, self.trust)
        ages = np.maximum(0, self.weighed_on.toordinal() - days)
        order = np.lexsort((ages, places))
        bounds = np.searchsorted(places[order], np.arange(len(self.cube.partners) + 1)).tolist()
        sorted_ages = ages[order].tolist()
        own = [tuple(sorted_ages[first:last]) for first, last in pairwise(bounds)]
        return [own[row] if row >= 0 else () for row in self.own.rows.tolist()]

    def buyer_answers(self, partner: UUID) -> tuple[BuyerAnswer, ...]:
        """Each buyer's latest answer of the window at one partner, with names and roles, newest first."""
        first, last = self.window.first_month, self.window.last_month
        rows = tallies.buyers_last(self.session, self.metric, first, last, trust=self.trust, partner_id=partner)
        known = buyers_of(self.session, partner) if rows else {}
        found = []
        for row in sorted(rows, key=lambda one: (one.day, one.respondent_id), reverse=True):
            name, role = known.get(row.respondent_id, (None, None))
            age = max(0, (self.weighed_on - row.day).days)
            found.append(BuyerAnswer(name, role, row.score, row.day, age, row.reason))
        return tuple(found)

    def _people(self, first: int, last: int, trust: frozenset[str]) -> Counts:
        return self.own(self.cube.people(self.metric, first, last, trust))


def read(
    session: Session, settings: Settings, metric: str, window: Window, slug: str | None, *, now: datetime
) -> Inputs:
    """Everything of a report on `metric` and `window`, of all partners or of one. Raises PARTNER_UNKNOWN.

    Partners that left by the end of the window are not in it.
    """
    day = window.weighed_on(now.date())
    kind = ("gap", metric, window, day)
    if slug in _ids:
        foresee(session, kind, slug, _ids[slug])
    whole = cube(session)
    active_since = whole.active_since
    chosen = None
    if slug is not None:
        chosen = known_partner(session, slug)
        if _ids.get(slug) != chosen.id:
            foresee(session, kind, slug, chosen.id)
            _ids[slug] = chosen.id
        own = whole.only(chosen.id)
        there: tuple[KnownPartner, ...] = (chosen,)
        left: tuple[KnownPartner, ...] = ()
    else:
        own = whole
        known = partner_rows(session)
        if len(_ids) < len(known):
            _ids.update((partner.slug, partner.id) for partner in known)
        there = tuple(partner for partner in known if partner.left_at is None or partner.left_at.date() > day)
        left = tuple(partner for partner in known if partner.left_at is not None and partner.left_at.date() <= day)
    holding = in_force(session, settings)
    contracts = contract_rows(session, None if chosen is None else chosen.id)
    converted = in_one_currency(contracts, holding.reporting_currency, holding.exchange_rates)
    return Inputs(
        session=session,
        settings=holding,
        metric=metric,
        window=window,
        now=now,
        chosen=chosen,
        partners=there,
        left=left,
        cube=own,
        own=order(own, [partner.id for partner in there]),
        spans=licence_spans(converted),
        signed=as_signed(contracts, converted),
        active_since=active_since,
    )
