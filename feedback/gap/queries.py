"""The gap report for whoever asks: routes, pages, the command line."""

from datetime import datetime
from time import perf_counter

from sqlalchemy.orm import Session

from feedback.core import metrics, traces
from feedback.core.errors import Code, Problem
from feedback.core.garbage import uncollected
from feedback.gap.report import build
from feedback.gap.values import GapReport
from feedback.gap.window import window
from feedback.settings import Settings
from feedback.surveys.models import METRICS


def report(
    session: Session,
    settings: Settings,
    *,
    now: datetime,
    metric: str = "nps",
    start: str | None = None,
    end: str | None = None,
    partner: str | None = None,
) -> GapReport:
    """The report on `metric` from `start` to `end` (months or days), of all partners or of one slug.

    Raises INVALID for an unknown metric or a window that cannot be, PARTNER_UNKNOWN.
    """
    if metric not in METRICS:
        what = f"The metric is one of {', '.join(METRICS)}, not {metric!r}."
        raise Problem(Code.INVALID, what, errors={"metric": [what]})
    began_s = perf_counter()
    with uncollected(), traces.span("report"):
        made = build(
            session, settings=settings, metric=metric, window=window(start, end, now=now), partner=partner, now=now
        )
    metrics.report(perf_counter() - began_s)
    return made
