"""The voices that ought to be counted, as SQL over the raw responses.

Used by the fold for the respondents in its batch, and by `verify` and `rebuild` for everybody.
"""

from typing import Any

from sqlalchemy import ColumnElement, Date, Select, Table, case, cast, func, select, true

from feedback.core.months import NEVER
from feedback.responses.models import Response, Voice

RESPONSES: Table = Response.__table__  # type: ignore[assignment]
VOICES: Table = Voice.__table__  # type: ignore[assignment]

TRUST_RANK = {"vendor": 0, "partner": 1, "none": 2}
_SPOKEN = (
    "partner_id",
    "respondent_id",
    "metric",
    "month",
    "id",
    "audience",
    "survey_version_id",
    "trust",
    "segment_id",
    "score",
    "reason",
    "answered_at",
)


def desired_voices(*, dialect: str, touched: Table | None = None) -> Select[Any]:
    """One row per respondent, metric and month, with the columns of `Voice`.

    The response that speaks is, within a month, the one that the vendor vouches for before the partner's, then the
    latest. The months of the next voices are part of the row. `touched` (partner_id, respondent_id, metric) narrows
    it to some respondents. Responses made with test keys never speak.
    """
    answers = RESPONSES.c
    source: Any = RESPONSES
    if touched is not None:
        keys = (name for name in ("partner_id", "respondent_id", "metric"))
        on: ColumnElement[bool] = true()
        for name in keys:
            on = on & (answers[name] == touched.c[name])
        source = touched.join(RESPONSES, on)
    rank = func.row_number().over(
        partition_by=(answers.partner_id, answers.respondent_id, answers.metric, answers.month),
        order_by=(
            case(TRUST_RANK, value=answers.trust, else_=9),
            answers.answered_at.desc(),
            answers.received_at.desc(),
            answers.id.desc(),
        ),
    )
    ranked = (
        select(
            *(answers[name] for name in _SPOKEN),
            (func.coalesce(answers.comment, "") != "").label("commented"),
            rank.label("place"),
        )
        .select_from(source)
        .where(answers.live.is_(True))
        .subquery("ranked")
    )
    spoken = select(ranked).where(ranked.c.place == 1).subquery("spoken").c
    chain: dict[str, Any] = {
        "partition_by": (spoken.partner_id, spoken.respondent_id, spoken.metric),
        "order_by": spoken.month,
    }
    next_vendor = func.min(case((spoken.trust == "vendor", spoken.month))).over(**chain, rows=(1, None))
    day = cast(spoken.answered_at, Date) if dialect != "sqlite" else func.date(spoken.answered_at, type_=Date)
    return select(
        spoken.partner_id,
        spoken.respondent_id,
        spoken.metric,
        spoken.month,
        spoken.id.label("response_id"),
        spoken.audience,
        spoken.survey_version_id,
        spoken.trust,
        spoken.segment_id,
        func.coalesce(func.lead(spoken.month).over(**chain), NEVER).label("next_month"),
        func.coalesce(next_vendor, NEVER).label("next_vendor_month"),
        spoken.score,
        spoken.reason,
        spoken.commented,
        day.label("day"),
    )
