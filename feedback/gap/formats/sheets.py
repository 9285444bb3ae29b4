"""Which sheets a workbook has, and what stands in each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from feedback.gap.formats import columns, facts, quality_facts
from feedback.gap.formats.columns import Column, amount
from feedback.gap.values import Change, ChangePart, GapReport


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table under one row of titles; the first `fixed` columns stay when it is scrolled."""

    name: str
    columns: Sequence[Column]
    rows: Sequence[Any]
    fixed: int = field(default=1)


@dataclass(frozen=True, slots=True)
class _Changed:
    side: str
    by: str
    contradicted: bool | None
    part: Change | ChangePart

    @property
    def name(self) -> str:
        """The group, or all of them."""
        return self.part.name if isinstance(self.part, ChangePart) else "all"


_MONTH = Column("month", "Month", "text", lambda row: row.month)
_SEGMENT = (
    Column("attribute", "Attribute", "text", lambda row: row.attribute),
    Column("value", "Value", "text", lambda row: row.value),
)
_CHANGED = (
    Column("side", "Side", "text", lambda row: row.side),
    Column("by", "By", "text", lambda row: row.by),
    Column("group", "Group", "text", lambda row: row.name),
    Column("total", "Change", "points", lambda row: row.part.total),
    Column("mix", "Of it mix", "points", lambda row: row.part.mix),
    Column("rate", "Of it rate", "points", lambda row: row.part.rate),
    Column("contradicted", "Total and parts disagree", "flag", lambda row: row.contradicted),
)
_RENEWALS = (
    Column("renews_on", "Renews on", "day", lambda row: row.renews_on),
    Column("days", "Days", "whole", lambda row: row.days),
    Column("band", "Band", "text", lambda row: row.band),
    Column("name", "Partner", "text", lambda row: row.name),
    Column("partner", "Slug", "text", lambda row: row.partner),
    Column("contract_id", "Contract", "text", lambda row: row.contract_id),
    Column("licences", "Licences", "whole", lambda row: row.licences),
    Column("value", "Value per year", "money", lambda row: amount(row.value)),
    Column("currency", "Currency", "text", lambda row: row.value and row.value.currency),
    Column("signed_value", "Signed per year", "money", lambda row: amount(row.signed_value)),
    Column("signed_currency", "Signed in", "text", lambda row: row.signed_value and row.signed_value.currency),
    Column("notice_on", "Notice on", "day", lambda row: row.notice_on),
    Column("state", "State", "text", lambda row: row.state),
    Column("side_at_risk", "Side at risk", "text", lambda row: row.side_at_risk),
    Column("at_risk", "At risk", "flag", lambda row: row.at_risk),
    Column("why", "Why", "sentence", lambda row: row.why),
)
_EVENTS = (
    Column("day", "Day", "day", lambda row: row.day),
    Column("name", "Partner", "text", lambda row: row.name),
    Column("partner", "Slug", "text", lambda row: row.partner),
    Column("kind", "Kind", "text", lambda row: row.kind),
    Column("audience", "Audience", "text", lambda row: row.audience),
    Column("sentence", "What happened", "sentence", lambda row: row.sentence),
)
_STATES = (
    _MONTH,
    Column("state", "State", "text", lambda row: row.state),
    Column("end_user_ok", "End users fine, probability", "probability", lambda row: row.end_user_ok),
    Column("buyer_ok", "Buyers fine, probability", "probability", lambda row: row.buyer_ok),
    Column("reconstructed", "Reconstructed", "flag", lambda row: row.reconstructed),
)
_BUYERS = (
    Column("name", "Buyer", "text", lambda row: row.name),
    Column("role", "Role", "text", lambda row: row.role),
    Column("score", "Score", "whole", lambda row: row.score),
    Column("answered_on", "Answered on", "day", lambda row: row.answered_on),
    Column("age_days", "Age, days", "whole", lambda row: row.age_days),
    Column("reason", "Reason", "text", lambda row: row.reason),
)
_SCORES = (*columns.SIDES, *columns.GAP, *columns.GAP_OF_ALIKE)
_SEATS_OF = Column("licences", "Licences", "whole", lambda row: row.adoption.licences)


def sheets(report: GapReport) -> Iterator[Sheet]:
    """In the order of the workbook; buyers by name in a partner's own report only."""
    yield Sheet("Summary", facts.COLUMNS, tuple(facts.summary(report)), fixed=2)
    yield Sheet("Partners", columns.PARTNERS, report.partners, fixed=2)
    yield Sheet("Months", (_MONTH, *_SCORES, _SEATS_OF, *columns.ADOPTION), report.months)
    yield Sheet("Segments", (*_SEGMENT, *_SCORES, *columns.ADOPTION), report.segments, fixed=2)
    yield Sheet("Cohorts", (_MONTH, *columns.ADOPTION), report.cohorts)
    yield Sheet("What changed", _CHANGED, tuple(_changed(report)), fixed=3)
    yield Sheet("Renewals", _RENEWALS, report.renewals)
    yield Sheet("Silent", facts.COLUMNS, tuple(quality_facts.silent(report)), fixed=2)
    yield Sheet("Events", _EVENTS, report.events)
    yield Sheet("Quality", facts.COLUMNS, tuple(quality_facts.quality(report)), fixed=2)
    yield Sheet("States", _STATES, report.state.history)
    if report.partner is not None:
        yield Sheet("Buyers", _BUYERS, report.partners[0].buyers)


def _changed(report: GapReport) -> Iterator[_Changed]:
    for side, changed in (("end users", report.changes.end_user), ("buyers", report.changes.buyer)):
        found = [("partner", changed.by_partner)] if changed.by_partner else []
        for by, change in (*found, *((one.attribute, one.change) for one in changed.by_attribute)):
            yield _Changed(side, by, change.contradicted, change)
            for part in change.parts:
                yield _Changed(side, by, None, part)
