"""Published versions as the embed's doors need them: at most five seconds old (see `core.cached`)."""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from feedback.core.cached import Cached
from feedback.surveys.definition import Definition, load
from feedback.surveys.models import Survey, SurveyVersion
from feedback.surveys.queries import survey_version


class Asked(NamedTuple):
    """A survey as it is asked. Shared: nobody may change it."""

    survey: Survey
    version: SurveyVersion
    definition: Definition
    survey_id: UUID
    version_id: UUID
    audience: str
    metric: str
    """The four once more: each look at a row costs ten times as much, and every answer asks."""


def asked(session: Session, key: tuple[str, int]) -> Asked:
    """As it stands now. Raises SURVEY_UNKNOWN."""
    survey, version = survey_version(session, *key)
    definition = load(version.definition)
    return Asked(survey, version, definition, survey.id, version.id, survey.audience, survey.metric)


VERSIONS = Cached(asked, Survey, SurveyVersion)
"""By the survey's name and the version's number. Raises SURVEY_UNKNOWN."""
