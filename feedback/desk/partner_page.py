"""What one partner's page shows, arranged from the gap report and from what is on record. Nothing is computed here."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import dropwhile

from feedback import charts
from feedback.charts import Chart, Happening
from feedback.core.months import label, last_day, month_of
from feedback.decisions.models import ProductRelease
from feedback.gap import pictures
from feedback.gap.pictures.seats import SeatsPicture, seats
from feedback.gap.values import BuyerAnswer, GapReport, MonthRow, PartnerRow, StateMonth
from feedback.gap.words import people, period_words
from feedback.partners.models import Contract, Promotion

TIMELINE_MONTHS = 12
_ROLES = ("decision_maker", "champion", "admin", None)


@dataclass(frozen=True, slots=True)
class TimelineMonth:
    """A month of the timeline; `state` None before anything is known."""

    row: MonthRow
    state: StateMonth | None
    happened: tuple[Happening, ...]


@dataclass(frozen=True, slots=True)
class PartnerPage:
    """Everything the template needs beside the report itself. The timeline goes back in time."""

    row: PartnerRow
    period: str
    chart: Chart | None
    timeline: tuple[TimelineMonth, ...]
    seats: SeatsPicture | None
    silent: pictures.SilentPicture
    buyers: tuple[tuple[str | None, tuple[BuyerAnswer, ...]], ...]
    promotions: tuple[Promotion, ...]
    contracts: tuple[Contract, ...]


def timeline_start(report: GapReport) -> str:
    """The month in which the timeline of a report begins."""
    last = month_of(report.period.last_day)
    return label(min(last - TIMELINE_MONTHS + 1, month_of(report.period.first_day)))


def arrange(
    report: GapReport,
    year: GapReport,
    promotions: Sequence[Promotion],
    contracts: Sequence[Contract],
    releases: Sequence[ProductRelease],
) -> PartnerPage:
    """The page of this partner's report; `year` is the same from `timeline_start` on; `releases` of the product."""
    months = tuple(dropwhile(_empty, year.months))
    states = {one.month: one for one in report.state.history}
    happened = list(_happened(year, promotions, contracts, releases))
    row = report.partners[0]
    return PartnerPage(
        row=row,
        period=period_words(report.period.first_day, report.period.last_day),
        chart=charts.timeline(months, happened, report.metric),
        timeline=tuple(
            TimelineMonth(one, states.get(one.month), tuple(_within(one.month, happened))) for one in reversed(months)
        ),
        seats=seats(row.adoption),
        silent=pictures.silent(report.silent, report.metric),
        buyers=tuple(_by_role(row.buyers)),
        promotions=tuple(sorted(promotions, key=lambda one: (one.day, one.channel), reverse=True)),
        contracts=tuple(sorted(contracts, key=lambda one: (one.renews_on, one.contract_id), reverse=True)),
    )


def _empty(row: MonthRow) -> bool:
    return not (row.end_user.people or row.buyer.people or row.adoption.deployed or row.adoption.licences)


def _happened(
    year: GapReport,
    promotions: Sequence[Promotion],
    contracts: Sequence[Contract],
    releases: Sequence[ProductRelease],
) -> Iterator[Happening]:
    for release in releases:
        yield Happening(release.day, f"Release {release.name}", "release")
    for told in promotions:
        reach = "" if told.reach is None else f" ({people(told.reach, 'person', 'people')} reached)"
        yield Happening(told.day, f"People were told by {told.channel}{reach}", "told")
    for contract in contracts:
        yield Happening(contract.starts_on, f"Contract {contract.contract_id} begins", "contract")
        yield Happening(contract.renews_on, f"Contract {contract.contract_id} comes due: {contract.outcome}", "due")
        if contract.notice_on is not None:
            yield Happening(contract.notice_on, f"Notice given for contract {contract.contract_id}", "notice")
    for event in year.events:
        yield Happening(event.day, event.sentence.rstrip("."), "event")


def _within(month: str, happened: Sequence[Happening]) -> list[Happening]:
    first = date.fromisoformat(f"{month}-01")
    last = last_day(month_of(first))
    return sorted((one for one in happened if first <= one.day <= last), key=lambda one: one.day, reverse=True)


def _by_role(buyers: Sequence[BuyerAnswer]) -> Iterator[tuple[str | None, tuple[BuyerAnswer, ...]]]:
    """Who decides first; the newest answer first within a role."""
    for role in _ROLES:
        found = tuple(one for one in buyers if one.role == role)
        if found:
            yield role, found
