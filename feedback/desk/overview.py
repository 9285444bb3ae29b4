"""What the overview shows, arranged from the gap report. Nothing is computed here but order and place."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from feedback import charts
from feedback.charts import Chart
from feedback.core.months import first_day, label, month_of
from feedback.desk.address import Address
from feedback.desk.drawing import partner_link
from feedback.desk.listing import Page, page_of
from feedback.desk.renewals import Renewals, Steps, that_need_somebody
from feedback.gap import pictures
from feedback.gap.tails import Tails
from feedback.gap.values import GapReport, PartnerRow
from feedback.gap.words import period_words

ROWS_PER_PAGE = 50
_MONTHS_TO_CHOOSE = 36

_KEYS: dict[str, Callable[[PartnerRow], float | None]] = {
    "gap": lambda row: None if row.gap is None else row.gap.points,
    "licences": lambda row: row.licences,
    "end_user": lambda row: row.end_user.score,
    "end_users": lambda row: row.end_user.people or None,
    "buyer": lambda row: row.buyer.score,
    "buyers": lambda row: row.buyer.people or None,
    "activated": lambda row: row.adoption.activation,
}


@dataclass(frozen=True, slots=True)
class Span:
    """A period to choose: `words`, its months, and whether it is the one shown."""

    words: str
    start: str
    end: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything the template needs beside the report itself."""

    address: Address
    first_month: str
    last_month: str
    period: str
    spans: tuple[Span, ...]
    months_to_choose: tuple[tuple[str, str], ...]
    before: str
    map: Chart | None
    gaps: Chart | None
    more_gaps: bool
    """There are more partners with both sides than the chart shows."""
    months: Chart | None
    use: Chart | None
    states: tuple[pictures.StateBar, ...]
    gauges: tuple[pictures.Gauge, ...]
    renewals: Renewals
    table: Page[PartnerRow]
    answered: bool


def arrange(report: GapReport, address: Address, steps: Steps, past: Tails, *, now: datetime) -> Overview:
    """The page of this report at this address; `past` as `gap.tails` gives it."""
    first, last = month_of(report.period.first_day), month_of(report.period.last_day)
    named = bool(address.start or address.end)
    return Overview(
        # Links name the months that the report made of what was asked for.
        address=replace(address, start=label(first), end=label(last)) if named else address,
        first_month=label(first),
        last_month=label(last),
        period=period_words(report.period.first_day, report.period.last_day),
        spans=_spans(first, last, month_of(now)),
        months_to_choose=_months_to_choose(first, month_of(now)),
        before=period_words(report.changes.first_day, report.changes.last_day),
        map=charts.map(report, link=partner_link, tails=past),
        gaps=charts.gaps(report, link=partner_link),
        more_gaps=sum(row.gap is not None for row in report.partners) > charts.MOST_LINES,
        months=charts.months(report.months, report.metric),
        use=charts.use(report.months),
        states=pictures.by_state(report),
        gauges=pictures.gauges(report.diagnostic),
        renewals=that_need_somebody(report, steps),
        table=table(report.partners, address),
        answered=any(row.end_user.people or row.buyer.people for row in report.partners),
    )


def table(partners: Sequence[PartnerRow], address: Address) -> Page[PartnerRow]:
    """The rows that the address asks for; partners without the number that is sorted by come last either way."""
    wanted = address.search.casefold()
    found = [row for row in partners if wanted in row.name.casefold() or wanted in row.partner]
    ordered = address.in_order(found, _KEYS, lambda row: (row.name.casefold(), row.partner))
    return page_of(ordered, address.page, per_page=ROWS_PER_PAGE, of=len(partners))


def _spans(first: int, last: int, current: int) -> tuple[Span, ...]:
    offered = (("3 months", current - 2), ("6 months", current - 5), ("12 months", current - 11))
    return tuple(
        Span(words, label(start), label(current), chosen=(first, last) == (start, current)) for words, start in offered
    )


def _months_to_choose(first: int, current: int) -> tuple[tuple[str, str], ...]:
    earliest = min(first, current - _MONTHS_TO_CHOOSE + 1)
    return tuple((label(month), f"{first_day(month):%b %Y}") for month in range(current, earliest - 1, -1))
