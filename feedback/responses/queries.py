"""Read responses as they are: for the vendor's export only. Reports read tallies."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, exists, select, tuple_
from sqlalchemy.orm import Session

from feedback.responses.models import Response
from feedback.surveys.models import Survey, SurveyVersion


def response_page(
    session: Session, partner_id: UUID, after: tuple[datetime, UUID] | None, limit: int, *, live: bool
) -> Sequence[Row[Response, str, int]]:
    """Up to `limit` responses with survey and version, behind `after`, in the order of receipt.

    A revision moves a response to the end: who reads on from the last cursor finds what is new and what changed.
    """
    place = tuple_(Response.received_at, Response.id)
    statement = (
        select(Response, Survey.name, SurveyVersion.version)
        .join(Survey, Survey.id == Response.survey_id)
        .join(SurveyVersion, SurveyVersion.id == Response.survey_version_id)
        .where(Response.partner_id == partner_id, Response.live == live)
        .order_by(Response.received_at, Response.id)
        .limit(limit)
    )
    return session.execute(statement if after is None else statement.where(place > after)).all()


def commented(partner_id: Any, response_id: Any) -> ColumnElement[bool]:
    """Whether this is a response of the partner's people in which somebody wrote something, as part of a statement."""
    return exists().where(Response.partner_id == partner_id, Response.id == response_id, Response.comment != "")


def has_comment(session: Session, partner_id: UUID, response_id: UUID) -> bool:
    """The same, asked at once."""
    return bool(session.scalar(select(commented(partner_id, response_id))))
