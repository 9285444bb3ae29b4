"""Renewals by when they come, with who takes care of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from feedback.decisions.renewal_steps import Step
from feedback.gap.values import GapReport, Renewal, ValueDue

MOST_ON_OVERVIEW = 20
ROWS_PER_PAGE = 100
_BANDS = ("overdue", "30", "60", "90", "120")


@dataclass(frozen=True, slots=True)
class Line:
    """One renewal and who takes care of it."""

    renewal: Renewal
    step: Step | None


@dataclass(frozen=True, slots=True)
class Band:
    """What comes due in one span of days: `lines` in order, `due` by currency."""

    name: str
    lines: tuple[Line, ...]
    due: tuple[ValueDue, ...]


@dataclass(frozen=True, slots=True)
class Renewals:
    """Those that are shown, by band. `calm` others look safe or cannot be told; `more` at risk found no room."""

    bands: tuple[Band, ...]
    calm: int = 0
    more: int = 0
    page: int = 1
    pages: int = 1


Steps = Mapping[tuple[str, str], Step]


def that_need_somebody(report: GapReport, steps: Steps) -> Renewals:
    """The largest of those at risk; by licences, since money of two currencies is not compared."""
    risky = [one for one in report.renewals if one.at_risk]
    shown = sorted(risky, key=lambda one: (-one.licences, one.renews_on))[:MOST_ON_OVERVIEW]
    return Renewals(_bands(report, shown, steps), len(report.renewals) - len(risky), len(risky) - len(shown))


def every(report: GapReport, steps: Steps, page: int) -> Renewals:
    """One page, from 1, of all that are past due or come due within 120 days, by date."""
    pages = max(1, -(-len(report.renewals) // ROWS_PER_PAGE))
    page = min(page, pages)
    shown = report.renewals[(page - 1) * ROWS_PER_PAGE : page * ROWS_PER_PAGE]
    return Renewals(_bands(report, shown, steps), page=page, pages=pages)


def _bands(report: GapReport, shown: Sequence[Renewal], steps: Steps) -> tuple[Band, ...]:
    found = []
    for name in _BANDS:
        lines = sorted((one for one in shown if one.band == name), key=lambda one: (one.renews_on, one.name))
        if lines:
            due = tuple(one for one in report.value_due if one.band == name)
            found.append(Band(name, tuple(Line(one, steps.get((one.partner, one.contract_id))) for one in lines), due))
    return tuple(found)
