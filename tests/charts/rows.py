"""Rows of a report made by hand, and a report around them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from feedback.gap.values import Adoption, Gap, GapReport, Money, MonthRow, PartnerRow, Renewal, Score, State
from tests.gap import made


def row(name: str, users: float, buyers: float, licences: int | None = 10) -> PartnerRow:
    """A partner with both sides."""
    gap = Gap(users - buyers, users - buyers - 5, users - buyers + 5, 0.2, provable=False)
    scores = Score(users, users - 9, users + 9, 3), Score(buyers, buyers, buyers, 2)
    return PartnerRow(name.lower(), name, licences, *scores, gap)


def placed(name: str, buyers: float, activation: float, licences: int, state: str = "compounding") -> PartnerRow:
    """One that has its place on the map."""
    return replace(
        row(name, 0, buyers, licences),
        adoption=Adoption(activation=activation),
        state=State(state, 0.9, end_user_ok=0.9, buyer_ok=0.9),  # type: ignore[arg-type]
    )


def due(name: str, licences: int, value: Money | None) -> PartnerRow:
    """A partner whose contract of this value comes next."""
    renewal = Renewal(name, name, "1", date(2027, 1, 1), 40, "60", licences, value, None, "", "", at_risk=False, why="")
    return replace(row(name, -10, 20, licences=licences), renewal=renewal)


def month(name: str, users: float | None, buyers: float | None) -> MonthRow:
    """A month with these scores."""

    def score(points: float | None) -> Score:
        return Score() if points is None else Score(points, points - 20, points + 20, 9)

    return MonthRow(name, score(users), score(buyers), None)


def report_of(rows: Sequence[PartnerRow], metric: str = "nps") -> GapReport:
    """A report on these partners."""
    return replace(made.report(1), partners=tuple(rows), metric=metric)
