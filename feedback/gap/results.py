"""What came of one survey: how many were asked, how many answered, what they said. Apart from every gap.

Each person of the window counts once, at the latest answer to a survey that asks the same metric.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from feedback.core.months import first_day, last_day
from feedback.core.preferences import in_force
from feedback.gap import participation
from feedback.gap.measures import LEVEL, scores
from feedback.gap.values import Score
from feedback.gap.window import Window
from feedback.settings import Settings
from feedback.stats import proportion
from feedback.surveys.models import OPTIONS, SCALES, Survey
from feedback.surveys.queries import versions_of
from feedback.tallies.queries import people_by_version, reasons_by_version


@dataclass(frozen=True, slots=True)
class OptionResult:
    """People who chose one option, and their share of all who answered (0..1) with its 95 % score interval."""

    option: str
    people: int
    share: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class SurveyResults:
    """`asked`: cards shown in the window. `answered` of them. `score` is null for a survey that asks for one option.

    `options`: each number of the scale, or each option. `reasons`: what was chosen of the second, closed question.
    """

    survey: str
    audience: str
    metric: str
    first_day: date
    last_day: date
    asked: int
    answered: int
    people: int
    score: Score | None
    options: tuple[OptionResult, ...]
    reasons: tuple[OptionResult, ...]


def results(session: Session, settings: Settings, survey: Survey, window: Window) -> SurveyResults:
    """The results of all published versions of `survey` together."""
    versions = [one.id for one in versions_of(session, survey)]
    months = window.first_month, window.last_month
    trust = in_force(session, settings).headline_trust
    histogram = people_by_version(session, survey.metric, versions, *months, trust=trust)
    reasons = reasons_by_version(session, survey.metric, versions, *months, trust=trust)
    people, (lowest, highest) = int(histogram.sum()), SCALES[survey.metric]
    names = OPTIONS.get(survey.metric) or tuple(map(str, range(lowest, highest + 1)))
    counts = histogram[lowest : highest + 1].tolist()
    asked = participation.of_surveys(session, window, survey.id).get(survey.id, participation.NOBODY)
    return SurveyResults(
        survey=survey.name,
        audience=survey.audience,
        metric=survey.metric,
        first_day=first_day(window.first_month),
        last_day=last_day(window.last_month),
        asked=asked.asked,
        answered=asked.answered,
        people=people,
        score=None if survey.metric in OPTIONS else scores(survey.metric, histogram[None])[0],
        options=tuple(_option(name, count, people) for name, count in zip(names, counts, strict=True)),
        reasons=tuple(_option(name, count, sum(reasons.values())) for name, count in sorted(reasons.items())),
    )


def _option(name: str, count: int, people: int) -> OptionResult:
    if not people:
        return OptionResult(name, 0, None, None, None)
    low, high = proportion.Tally(count, people - count).limits(LEVEL)
    return OptionResult(name, count, count / people, low, high)
