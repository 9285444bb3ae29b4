"""The report as one HTML file without anything outside it, for screens and A4; its first page can go alone."""

from collections.abc import Iterable
from dataclasses import dataclass

from feedback.gap import pictures
from feedback.gap.templates import fill
from feedback.gap.values import GapReport, Money, Renewal
from feedback.gap.words import money, people, period_words, share

_MOST_RENEWALS = 6


@dataclass(frozen=True, slots=True)
class _Front:
    """What the first page shows beside the report's own members."""

    period: str
    before: str
    renewals: tuple[Renewal, ...]
    due: tuple[str, ...]
    other_renewals: str
    kept: tuple[str, ...]
    map: pictures.MapPicture | None
    months: pictures.MonthsPicture | None
    use: pictures.MonthsPicture | None


def as_html(report: GapReport, *, one_page: bool = False) -> str:
    """The page; with `one_page` what fits one sheet of A4, and no more."""
    by_month, use = pictures.months(report.months, report.metric), pictures.use(report.months)
    return fill(
        "report/page.html",
        report=report,
        one_page=one_page,
        front=_front(report, by_month, use),
        apart=pictures.partners(report.partners, report.metric),
        by_month=by_month,
        use=use,
        silent=pictures.silent(report.silent, report.metric),
    )


def _front(report: GapReport, by_month: pictures.MonthsPicture | None, use: pictures.MonthsPicture | None) -> _Front:
    risky = [one for one in report.renewals if one.at_risk]
    shown = sorted(risky, key=lambda one: (-one.licences, one.renews_on))[:_MOST_RENEWALS]
    threshold = report.diagnostic.activation_threshold
    return _Front(
        period=period_words(report.period.first_day, report.period.last_day),
        before=period_words(report.changes.first_day, report.changes.last_day),
        renewals=tuple(sorted(shown, key=lambda one: (one.renews_on, one.name))),
        due=tuple(_at_risk(report.renewals)),
        other_renewals=_other_renewals(len(risky) - len(shown), len(report.renewals) - len(risky), len(shown)),
        kept=tuple(f"{_of(one.kept, one.due, one.currency)} ({share(one.rate)})" for one in report.retention.values),
        map=None
        if report.partner is not None
        else pictures.place(report.partners, metric=report.metric, activation_threshold=threshold),
        months=by_month,
        use=use,
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
