"""Published versions as the embed's doors need them: at most five seconds old (see `core.cached`)."""

from typing import NamedTuple

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


def _asked(session: Session, key: tuple[str, int]) -> Asked:
    survey, version = survey_version(session, *key)
    return Asked(survey, version, load(version.definition))


VERSIONS = Cached(_asked, Survey, SurveyVersion)
"""By the survey's name and the version's number. Raises SURVEY_UNKNOWN."""
