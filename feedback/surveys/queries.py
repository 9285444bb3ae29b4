"""Read surveys and their versions."""

import json
from collections.abc import Sequence
from hashlib import sha256
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedback.core.errors import Code, Problem
from feedback.surveys.models import Survey, SurveyVersion


def survey_by_name(session: Session, name: str, *, lock: bool = False) -> Survey:
    """The survey; with `lock` nobody else changes it before the transaction ends. Raises SURVEY_UNKNOWN."""
    statement = select(Survey).where(Survey.name == name)
    survey = session.scalar(statement.with_for_update() if lock else statement)
    if survey is None:
        raise Problem(Code.SURVEY_UNKNOWN, f"There is no survey {name!r}.")
    return survey


def survey_version(session: Session, name: str, version: int) -> tuple[Survey, SurveyVersion]:
    """A survey and one published version of it. Raises SURVEY_UNKNOWN."""
    survey = survey_by_name(session, name)
    found = session.scalar(
        select(SurveyVersion).where(SurveyVersion.survey_id == survey.id, SurveyVersion.version == version)
    )
    if found is None:
        raise Problem(Code.SURVEY_UNKNOWN, f"The survey {name!r} has no published version {version}.")
    return survey, found


def all_surveys(session: Session) -> Sequence[Survey]:
    """Surveys by name, built-in ones last."""
    return session.scalars(select(Survey).order_by(Survey.state == "builtin", Survey.name)).all()


def versions_of(session: Session, survey: Survey) -> Sequence[SurveyVersion]:
    """Published versions, oldest first."""
    statement = select(SurveyVersion).where(SurveyVersion.survey_id == survey.id).order_by(SurveyVersion.version)
    return session.scalars(statement).all()


def latest_versions(session: Session) -> dict[UUID, int]:
    """The number of the latest published version, by survey."""
    statement = select(SurveyVersion.survey_id, func.max(SurveyVersion.version)).group_by(SurveyVersion.survey_id)
    return {survey_id: version for survey_id, version in session.execute(statement)}  # noqa: C416


def surveys_of_versions(session: Session) -> dict[UUID, UUID]:
    """The survey that each published version belongs to, by the version's id."""
    found = session.execute(select(SurveyVersion.id, SurveyVersion.survey_id))
    return {version_id: survey_id for version_id, survey_id in found}  # noqa: C416


def draft_mark(survey: Survey) -> str:
    """Tells one state of a draft from another, so that nobody saves over what they have not seen."""
    return sha256(json.dumps(survey.draft, sort_keys=True).encode()).hexdigest()[:16]


def latest_published(session: Session) -> dict[UUID, SurveyVersion]:
    """The latest published version, by survey."""
    latest = (
        select(SurveyVersion.survey_id, func.max(SurveyVersion.version).label("version"))
        .group_by(SurveyVersion.survey_id)
        .subquery()
    )
    same = (SurveyVersion.survey_id == latest.c.survey_id) & (SurveyVersion.version == latest.c.version)
    return {one.survey_id: one for one in session.scalars(select(SurveyVersion).join(latest, same))}


def live_surveys(session: Session) -> list[tuple[Survey, SurveyVersion]]:
    """Live surveys with their latest version, by name."""
    rows = session.execute(
        select(Survey, SurveyVersion)
        .join(SurveyVersion, SurveyVersion.survey_id == Survey.id)
        .where(Survey.state == "live")
        .order_by(Survey.name, SurveyVersion.version)
    )
    latest = {survey.name: (survey, version) for survey, version in rows}
    return list(latest.values())
