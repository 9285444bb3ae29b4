"""Looks back that tallies cannot answer: what was known by a moment, and who spoke first since a watch began.

Slow, and asked once per month that is reconstructed or once a day; everything else reads tallies.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import FromClause, and_, case, func, or_, select
from sqlalchemy.orm import Session

from feedback.surveys.models import AUDIENCES
from feedback.tallies.desired import RESPONSES, TRUST_RANK, VOICES


def people_known_by(
    session: Session,
    metric: str,
    first_month: int,
    last_month: int,
    *,
    known_by: datetime,
    trust: Collection[str],
    places: Mapping[UUID, int],
) -> NDArray[np.int64]:
    """People of the months, each once at the latest voice that was known: (partners, 2 audiences, 11).

    A response counts from `known_at` on; what a later revision said instead cannot be told apart any more.
    """
    answers = RESPONSES.c
    place = func.row_number().over(
        partition_by=(answers.partner_id, answers.respondent_id),
        order_by=(
            answers.month.desc(),
            case(TRUST_RANK, value=answers.trust, else_=9),
            answers.answered_at.desc(),
            answers.received_at.desc(),
            answers.id.desc(),
        ),
    )
    known = (
        select(answers.partner_id, answers.audience, answers.score, place.label("place"))
        .where(
            answers.live.is_(True),
            answers.set_aside_id.is_(None),
            answers.metric == metric,
            answers.month.between(first_month, last_month),
            answers.trust.in_(sorted(trust)),
            answers.known_at <= known_by,
        )
        .subquery("known")
        .c
    )
    keys = known.partner_id, known.audience, known.score
    statement = select(*keys, func.count()).where(known.place == 1).group_by(*keys)
    found = np.zeros((len(places), len(AUDIENCES), 11), dtype=np.int64)
    for partner_id, audience, score, people in session.execute(statement):
        if partner_id in places:
            found[places[partner_id], AUDIENCES.index(audience), score] = people
    return found


def first_voices(
    session: Session, *, trust: Collection[str], begins: FromClause
) -> Iterable[tuple[UUID, str, str, int, int, int]]:
    """Respondents by their first voice since the watch of their partner, audience and metric began.

    `begins` has the columns partner_id, audience, metric and begins_on; without a row there everything counts. Yields
    (partner, audience, metric, month, score, people).
    """
    voices = VOICES.c
    watch = begins.c
    same = and_(*(voices[name] == watch[name] for name in ("partner_id", "audience", "metric")))
    place = func.row_number().over(
        partition_by=(voices.partner_id, voices.respondent_id, voices.metric), order_by=voices.month
    )
    inside = or_(watch.begins_on.is_(None), voices.day >= watch.begins_on)
    firsts = (
        select(voices.partner_id, voices.audience, voices.metric, voices.month, voices.score, place.label("place"))
        .select_from(VOICES.outerjoin(begins, same))
        .where(inside, voices.trust.in_(sorted(trust)))
        .subquery("firsts")
        .c
    )
    keys = firsts.partner_id, firsts.audience, firsts.metric, firsts.month, firsts.score
    statement = select(*keys, func.count()).where(firsts.place == 1).group_by(*keys).order_by(*keys)
    return session.execute(statement)
