"""The voices that ought to be counted, as SQL over the raw responses.

Used by the fold for the respondents in its batch, and by `verify` and `rebuild` for everybody.
"""

from typing import Any

from sqlalchemy import ColumnElement, Date, FromClause, Select, Table, and_, case, cast, func, or_, select

from feedback.core.months import NEVER
from feedback.responses.models import Response, Voice

RESPONSES: Table = Response.__table__  # type: ignore[assignment]
VOICES: Table = Voice.__table__  # type: ignore[assignment]

TRUST_RANK = {"vendor": 0, "partner": 1, "none": 2}
ASIDE = "aside"
"""In place of who vouches for it: the trust of a voice whose answer staff set aside. No headline counts it."""
_RESPONDENT = ("partner_id", "respondent_id", "metric")
_SAME = (*_RESPONDENT, "month", "audience", "survey_version_id", "segment_id", "score", "reason")
"""Columns that a voice has from its response as they are."""


def desired_voices(*, dialect: str, touched: Table | None = None) -> Select[Any]:
    """One row per respondent, metric and month, with the columns of `Voice`.

    The response that speaks is, within a month, the one that the vendor vouches for before the partner's, then the
    latest; one that was set aside only where there is no other. The months of the next voices are part of the row.
    Responses made with test keys never speak. `touched` (id, partner_id, respondent_id, metric) narrows it to some
    respondents and puts their `touched_id` first.
    """
    answers = RESPONSES.c
    source: FromClause = RESPONSES
    who: list[ColumnElement[Any]] = [answers[name] for name in _RESPONDENT]
    first: list[ColumnElement[Any]] = []
    if touched is not None:
        source = touched.join(RESPONSES, and_(*(answers[name] == touched.c[name] for name in _RESPONDENT)))
        who, first = [touched.c.id], [touched.c.id.label("touched_id")]
    # Latest month first and in each the best answer first: all that stands before the first of a month is later.
    # One order for all, because sorting is what this costs.
    aside = answers.set_aside_id.is_not(None)
    backwards: dict[str, Any] = {
        "partition_by": who,
        "order_by": (
            answers.month.desc(),
            aside,
            case(TRUST_RANK, value=answers.trust, else_=9),
            answers.answered_at.desc(),
            answers.received_at.desc(),
            answers.id.desc(),
        ),
        "rows": (None, -1),
    }
    next_month = func.min(case((~aside, answers.month))).over(**backwards)
    next_vendor_month = func.min(case((~aside & (answers.trust == "vendor"), answers.month))).over(**backwards)
    day = cast(answers.answered_at, Date) if dialect != "sqlite" else func.date(answers.answered_at, type_=Date)
    ranked = (
        select(
            *first,
            *(answers[name] for name in _SAME),
            case((aside, ASIDE), else_=answers.trust).label("trust"),
            answers.id.label("response_id"),
            or_(func.coalesce(answers.comment, "") != "", answers.comment_purged_on.is_not(None)).label("commented"),
            day.label("day"),
            next_month.label("later_month"),
            next_vendor_month.label("later_vendor_month"),
            func.lag(answers.month).over(**backwards).label("any_later_month"),
        )
        .select_from(source)
        .where(answers.live.is_(True))
        .subquery("ranked")
    )
    *same, later_month, later_vendor_month, any_later_month = ranked.c
    differs = (ranked.c.trust == ASIDE) | any_later_month.is_distinct_from(later_month)
    return select(
        *same,
        func.coalesce(later_month, NEVER).label("next_month"),
        func.coalesce(later_vendor_month, NEVER).label("next_vendor_month"),
        case((differs, func.coalesce(any_later_month, NEVER))).label("next_any_month"),
    ).where(any_later_month.is_distinct_from(ranked.c.month))
