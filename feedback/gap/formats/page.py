"""The report as one HTML file without anything outside it, for screens and A4; its first page can go alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from feedback.gap import pictures
from feedback.gap.templates import fill
from feedback.gap.values import GapReport, Money, Renewal
from feedback.gap.words import money, people, period_words, share

if TYPE_CHECKING:
    from markupsafe import Markup

_MOST_RENEWALS = 6


@dataclass(frozen=True, slots=True)
class Charts:
    """Figures in HTML, made to stand within this page; empty where there is nothing to draw."""

    map: "Markup | str" = ""
    gaps: "Markup | str" = ""
    months: "Markup | str" = ""
    use: "Markup | str" = ""


NO_CHARTS = Charts()


@dataclass(frozen=True, slots=True)
class _Front:
    """What the first page shows beside the report's own members."""

    period: str
    before: str
    renewals: tuple[Renewal, ...]
    due: tuple[str, ...]
    other_renewals: str
    kept: tuple[str, ...]


def as_html(report: GapReport, charts: Charts = NO_CHARTS, *, one_page: bool = False, head: "Markup | str" = "") -> str:
    """The page, with `charts` as `charts.on_report` draws them; with `one_page` what fits one sheet of A4, no more.

    `head`: what a page that is served loads besides, under a policy of its own. Without, nothing outside is loaded.
    """
    return fill(
        "report/page.html",
        report=report,
        one_page=one_page,
        head=head,
        front=_front(report),
        charts=charts,
        silent=pictures.silent(report.silent, report.metric),
    )


def _front(report: GapReport) -> _Front:
    risky = [one for one in report.renewals if one.at_risk]
    shown = sorted(risky, key=lambda one: (-one.licences, one.renews_on))[:_MOST_RENEWALS]
    return _Front(
        period=period_words(report.period.first_day, report.period.last_day),
        before=period_words(report.changes.first_day, report.changes.last_day),
        renewals=tuple(sorted(shown, key=lambda one: (one.renews_on, one.name))),
        due=tuple(_at_risk(report.renewals)),
        other_renewals=_other_renewals(len(risky) - len(shown), len(report.renewals) - len(risky), len(shown)),
        kept=tuple(f"{_of(one.kept, one.due, one.currency)} ({share(one.rate)})" for one in report.retention.values),
    )


def _at_risk(renewals: Iterable[Renewal]) -> Iterable[str]:
    """`EUR 1.6 M of EUR 2.9 M a year`, by currency."""
    due: dict[str, int] = {}
    risky: dict[str, int] = {}
    for one in renewals:
        if one.value is not None:
            due[one.value.currency] = due.get(one.value.currency, 0) + one.value.minor_units
            risky[one.value.currency] = risky.get(one.value.currency, 0) + one.value.minor_units * one.at_risk
    for currency in sorted(due, key=lambda one: -risky[one]):
        yield _of(risky[currency], due[currency], currency)


def _of(part: int, whole: int, currency: str) -> str:
    return f"{money(Money(currency, part))} of {money(Money(currency, whole))} a year"


def _other_renewals(more: int, calm: int, shown: int) -> str:
    parts = []
    if more:
        parts.append(f"{people(more, 'smaller one', 'smaller ones')} at risk in the list of renewals")
    if calm:
        parts.append(f"{people(calm, 'other looks', 'others look')} safe or cannot be told yet")
    if parts:
        return f"{'; '.join(parts)}."
    return "" if shown else "No contract is past due or comes due within 120 days."
