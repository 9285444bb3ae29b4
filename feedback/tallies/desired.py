"""The voices that ought to be counted, as SQL over the raw responses.

Used by the fold for the respondents in its batch, and by `verify` and `rebuild` for everybody.
"""

from typing import Any

from sqlalchemy import ColumnElement, Date, FromClause, Select, Table, and_, case, cast, false, func, null, or_, select

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


def desired_voices(*, dialect: str, touched: Table | None = None, asides: bool = True) -> Select[Any]:
    """One row per respondent, metric and month, with the columns of `Voice`.

    The response that speaks is, within a month, the one that the vendor vouches for before the partner's, then the
    latest; one that was set aside only where there is no other. The months of the next voices are part of the row.
    Responses made with test keys never speak. `touched` (id, partner_id, respondent_id, metric) narrows it to some
    respondents and puts their `touched_id` first. Without `asides` nothing was ever set aside, which is quicker.
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
    aside = answers.set_aside_id.is_not(None) if asides else false()
    backwards: dict[str, Any] = {
        "partition_by": who,
        "order_by": (
            answers.month.desc(),
            *([aside] if asides else []),
            case(TRUST_RANK, value=answers.trust, else_=9),
            answers.answered_at.desc(),
            answers.received_at.desc(),
            answers.id.desc(),
        ),
        "rows": (None, -1),
    }
    following = func.lag(answers.month).over(**backwards)
    next_month = func.min(case((~aside, answers.month))).over(**backwards) if asides else following
    next_vendor_month = func.min(case((~aside & (answers.trust == "vendor"), answers.month))).over(**backwards)
    day = cast(answers.answered_at, Date) if dialect != "sqlite" else func.date(answers.answered_at, type_=Date)
    ranked = (
        select(
            *first,
            *(answers[name] for name in _SAME),
            (case((aside, ASIDE), else_=answers.trust) if asides else answers.trust).label("trust"),
            answers.id.label("response_id"),
            or_(func.coalesce(answers.comment, "") != "", answers.comment_purged_on.is_not(None)).label("commented"),
            day.label("day"),
            next_month.label("later_month"),
            next_vendor_month.label("later_vendor_month"),
            *([following.label("any_later_month")] if asides else []),
        )
        .select_from(source)
        .where(answers.live.is_(True))
        .subquery("ranked")
    )
    later_month: ColumnElement[Any] = ranked.c.later_month
    later_vendor_month: ColumnElement[Any] = ranked.c.later_vendor_month
    any_later_month = ranked.c.any_later_month if asides else later_month
    same = [column for column in ranked.c if not column.name.endswith("_month")]
    if asides:
        # Of several answers of one person that were set aside the last alone stands for that person.
        set_aside = ranked.c.trust == ASIDE
        later_month = case((set_aside, any_later_month), else_=later_month)
        later_vendor_month = case((set_aside, any_later_month), else_=later_vendor_month)
    differs = (ranked.c.trust == ASIDE) | any_later_month.is_distinct_from(later_month)
    return select(
        *same,
        func.coalesce(later_month, NEVER).label("next_month"),
        func.coalesce(later_vendor_month, NEVER).label("next_vendor_month"),
        (case((differs, func.coalesce(any_later_month, NEVER))) if asides else null()).label("next_any_month"),
    ).where(any_later_month.is_distinct_from(ranked.c.month))
