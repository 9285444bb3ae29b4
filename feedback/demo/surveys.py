"""The two questions of the demo world."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from feedback.core.errors import Code, Problem
from feedback.surveys.commands import create_survey, publish
from feedback.surveys.definition import Quiet
from feedback.surveys.models import Survey, SurveyVersion
from feedback.surveys.queries import all_surveys
from feedback.surveys.templates import template

END_USER_SURVEY, BUYER_SURVEY = "end-user-nps", "buyer-nps"
_DEFINITIONS = {
    # Everybody on the demo page is there for the first time, and should be asked all the same.
    "end_user": (END_USER_SURVEY, replace(template(END_USER_SURVEY).definition, delay_s=5, quiet=Quiet(0))),
    "buyer": (BUYER_SURVEY, replace(template(BUYER_SURVEY).definition, delay_s=None)),
}

Surveys = Mapping[str, tuple[Survey, SurveyVersion]]
"""By audience."""


def publish_surveys(session: Session, *, now: datetime) -> Surveys:
    """Both surveys, published where they are not yet. Raises CONFLICT when a name is taken by another question."""
    standing = {survey.name: survey for survey in all_surveys(session)}
    found = {}
    for audience, (name, definition) in _DEFINITIONS.items():
        survey = standing.get(name) or create_survey(session, name, audience, "nps", definition, now=now)
        if (survey.audience, survey.metric) != (audience, "nps"):
            raise Problem(Code.CONFLICT, f"The survey {name!r} is there already and asks something else.")
        found[audience] = (survey, publish(session, survey, now=now))
    return found
