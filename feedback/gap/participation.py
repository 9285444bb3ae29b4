"""How many were asked by each survey, answered it and wrote something, and what they said: all surveys at once."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedback.core.months import first_day, last_day
from feedback.core.preferences import in_force
from feedback.gap.measures import scores
from feedback.gap.values import Score
from feedback.gap.window import Window
from feedback.responses.models import IMPRESSION_STATES, Impression, Response
from feedback.settings import Settings
from feedback.surveys.models import OPTIONS, Survey
from feedback.surveys.queries import surveys_of_versions
from feedback.tallies.models import COUNTS
from feedback.tallies.queries import people_of_versions


@dataclass(frozen=True, slots=True)
class Participation:
    """Cards that were granted in the window: `asked` of them were shown, `answered` answered."""

    asked: int
    answered: int


NOBODY = Participation(0, 0)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One survey in the window. `people`: each once, at the latest answer; `score` of them, null for one of options.

    `wrote`: people whose answer has a comment.
    """

    participation: Participation
    wrote: int
    people: int
    score: Score | None


def outcomes(session: Session, settings: Settings, surveys: Sequence[Survey], window: Window) -> Mapping[UUID, Outcome]:
    """What came of each survey, by its id, in as many statements for many surveys as for one of each metric."""
    counted = of_surveys(session, window)
    wrote = who_wrote(session, window)
    belongs = surveys_of_versions(session)
    months, trust = (window.first_month, window.last_month), in_force(session, settings).headline_trust
    people: dict[UUID, np.ndarray[tuple[int, ...], np.dtype[np.int64]]] = defaultdict(
        lambda: np.zeros(len(COUNTS), np.int64)
    )
    for metric in sorted({survey.metric for survey in surveys}):
        found = people_of_versions(session, metric, *months, trust=trust)
        for version, counts in found.items():
            if version in belongs:
                people[belongs[version]] += counts
    return {
        one.id: Outcome(
            counted.get(one.id, NOBODY),
            wrote.get(one.id, 0),
            int(people[one.id].sum()),
            None if one.metric in OPTIONS else scores(one.metric, people[one.id][None])[0],
        )
        for one in surveys
    }


def of_surveys(session: Session, window: Window, survey_id: UUID | None = None) -> dict[UUID, Participation]:
    """By survey, of all or of this one; those that asked nobody are not there."""
    begin, end = _ends(window)
    statement = (
        select(Impression.survey_id, Impression.state, func.count())
        .where(Impression.live.is_(True), Impression.granted_at >= begin, Impression.granted_at < end)
        .group_by(Impression.survey_id, Impression.state)
    )
    if survey_id is not None:
        statement = statement.where(Impression.survey_id == survey_id)
    states: dict[UUID, dict[str, int]] = defaultdict(lambda: dict.fromkeys(IMPRESSION_STATES, 0))
    for survey, state, count in session.execute(statement):
        states[survey][state] = count
    return {
        survey: Participation(sum(counts.values()) - counts["granted"], counts["answered"])
        for survey, counts in states.items()
    }


def who_wrote(session: Session, window: Window, survey_id: UUID | None = None) -> dict[UUID, int]:
    """People whose answer of the window has a comment, by survey, of all or of this one."""
    begin, end = _ends(window)
    statement = (
        select(Response.survey_id, func.count(Response.respondent_id.distinct()))
        # As the index of comments has it.
        .where(Response.comment.is_not(None), Response.live.is_(True))
        .where(Response.answered_at >= begin, Response.answered_at < end)
        .group_by(Response.survey_id)
    )
    if survey_id is not None:
        statement = statement.where(Response.survey_id == survey_id)
    return {survey: count for survey, count in session.execute(statement)}  # noqa: C416


def _ends(window: Window) -> tuple[datetime, datetime]:
    begin = datetime.combine(first_day(window.first_month), time(), UTC)
    return begin, datetime.combine(last_day(window.last_month) + timedelta(days=1), time(), UTC)
