"""The gap report."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, NamedTuple

from feedback.gap.values.adoption import Adoption, CohortRow
from feedback.gap.values.contracts import Diagnostic, Rate, Renewal, Retention, ValueDue
from feedback.gap.values.judgement import AtRisk, Changes, Doubts, Event, SideAtRisk, Silent, State
from feedback.gap.values.quality import Quality
from feedback.gap.values.rows import MonthRow, PartnerRow, SegmentRow
from feedback.gap.values.scores import Gap, NamedScore, Trend


class Period(NamedTuple):
    """Whole months. In JSON `from`, `to` and `partial`."""

    first_day: Annotated[date, "Of its first month."]
    last_day: Annotated[date, "Of its last month, also while that is not over."]
    partial: Annotated[bool, "The last month is not over."]


@dataclass(frozen=True)
class Headline:
    """Both sides over the partners that have both and licences; in a partner's report that partner's own."""

    end_user: NamedScore
    buyer: NamedScore
    gap: Annotated[Gap | None, "Null where either side has nobody."]


@dataclass(frozen=True, kw_only=True)
class GapReport:
    """The gap report. A new major shape gets a new number in `schema`; members may be added within one."""

    schema: Annotated[int, "Of this shape: 1."] = 1
    metric: Annotated[str, "nps, csat or ces; like is only compared with like."]
    period: Period
    as_of: Annotated[datetime, "When it was computed."]
    partner: Annotated[str | None, "Slug of the one partner that it is about; null for all."]
    sentence: Annotated[str, "The whole in one sentence."]
    headline: Headline
    state: State
    side_at_risk: SideAtRisk
    adoption: Adoption
    retention: Annotated[Retention, "Also in a partner's report: its own contracts."]
    diagnostic: Diagnostic
    trend: Trend
    doubts: Doubts
    changes: Changes
    partners: Annotated[tuple[PartnerRow, ...], "By name."]
    months: tuple[MonthRow, ...]
    segments: tuple[SegmentRow, ...]
    cohorts: Annotated[tuple[CohortRow, ...], "By month of deployment."]
    renewals: Annotated[tuple[Renewal, ...], "Past due and within 120 days, by date."]
    value_due: tuple[ValueDue, ...]
    value_by_state: Annotated[tuple[AtRisk, ...], "Contracts in force by the state of their partner."]
    rates: Annotated[tuple[Rate, ...], "At which values in other currencies were converted; empty where none was."] = ()
    silent: Silent
    events: Annotated[tuple[Event, ...], "Of the window, newest first."]
    quality: Quality
