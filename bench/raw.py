"""The numbers of a portfolio's report straight from the raw answers: what reports would cost without tallies."""

import time
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, text

from feedback.core.db import Database, UtcDateTime

_SPOKEN = """
    SELECT partner_id, audience, metric, month, segment_id, score FROM (
        SELECT responses.*, row_number() OVER (
            PARTITION BY {person}
            ORDER BY month DESC, CASE trust WHEN 'vendor' THEN 0 ELSE 1 END, answered_at DESC, received_at DESC, id DESC
        ) AS place
        FROM responses
        WHERE live AND metric = 'nps' AND trust IN ('vendor', 'partner') AND month BETWEEN :first AND :last
          AND partner_id NOT IN (SELECT id FROM partners WHERE left_at <= :now)
    ) AS ranked WHERE place = 1
"""
_COUNT = "SELECT {keys}, audience, score, count(*) FROM ({spoken}) AS spoken GROUP BY {keys}, audience, score"
_PEOPLE = _COUNT.format(
    keys="partner_id, segment_id", spoken=_SPOKEN.format(person="partner_id, respondent_id, metric")
)
_VOICES = _COUNT.format(
    keys="partner_id, month", spoken=_SPOKEN.format(person="partner_id, respondent_id, metric, month")
)

Counted = tuple[Any, ...]
"""Partner, segment or month, audience, score, and how many."""


def people_and_voices(
    database: Database, first: int, last: int, now: datetime
) -> tuple[float, list[Counted], list[Counted]]:
    """Seconds, people at their latest answer of the months by partner and segment, voices by partner and month."""
    begun = time.perf_counter()
    with database.reading() as session:
        people, voices = (
            session.execute(
                text(statement).bindparams(bindparam("now", type_=UtcDateTime())),
                {"first": first, "last": last, "now": now},
            ).all()
            for statement in (_PEOPLE, _VOICES)
        )
    return time.perf_counter() - begun, [tuple(row) for row in people], [tuple(row) for row in voices]
