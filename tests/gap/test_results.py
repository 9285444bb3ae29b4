"""What came of one survey, against a recount of the raw answers."""

from datetime import timedelta
from uuid import uuid4

import numpy as np
import pytest
from sqlalchemy import select

from feedback.core.services import Services
from feedback.gap.results import results
from feedback.gap.window import window
from feedback.partners.commands import create_partner
from feedback.partners.models import Partner
from feedback.responses.commands import NewResponse, put_response
from feedback.responses.models import Response
from feedback.surveys.commands import create_survey, publish
from feedback.surveys.models import SCALES, Survey, SurveyVersion
from feedback.surveys.queries import survey_by_name, versions_of
from feedback.surveys.templates import TEMPLATES
from feedback.tallies.commands import fold_all


@pytest.fixture
def partner(services: Services) -> Partner:
    with services.database.transaction() as session:
        return create_partner(session, "acme", "Acme", now=services.clock())


def test_options_and_scores_are_those_of_the_latest_answer_of_everybody(services, partner) -> None:
    rng, now = np.random.default_rng(7), services.clock()
    with services.database.transaction() as session:
        for one in TEMPLATES:
            survey = create_survey(session, one.name, one.audience, one.metric, one.definition, now=now)
            version = publish(session, survey, now=now)
            for _person in range(30):
                respondent = uuid4()
                for _answer in range(int(rng.integers(1, 3))):
                    _say(session, partner, survey, version, respondent, rng, now)
    fold_all(services.database, now=now)
    with services.database.reading() as session:
        for one in TEMPLATES:
            survey = survey_by_name(session, one.name)
            found = results(session, services.settings, survey, window(None, None, now=now))
            wanted = _recount(session, survey)
            lowest, highest = SCALES[one.metric]
            assert [option.people for option in found.options] == [
                sum(row.score == score for row in wanted) for score in range(lowest, highest + 1)
            ]
            assert found.people == len(wanted) == 30
            assert sum(option.share or 0 for option in found.options) == pytest.approx(1)
            assert all(option.low <= option.share <= option.high for option in found.options)
            reasons = [row.reason for row in wanted if row.reason]
            assert {one.option: one.people for one in found.reasons} == {
                key: reasons.count(key) for key in set(reasons)
            }
            assert (found.score is None) == (one.metric in ("recognition", "obstacle"))


def test_an_answer_in_an_earlier_month_counts_only_where_the_window_has_it(services, partner) -> None:
    now = services.clock()
    with services.database.transaction() as session:
        survey = create_survey(session, "whose", "end_user", "recognition", TEMPLATES[3].definition, now=now)
        version = publish(session, survey, now=now)
        person = uuid4()
        for days, score in ((40, 1), (1, 0)):
            new = _new(partner, survey, version, person, score, now - timedelta(days=days))
            put_response(session, new, now=now)
    fold_all(services.database, now=now)
    with services.database.reading() as session:
        survey = survey_by_name(session, "whose")
        both = results(session, services.settings, survey, window(None, None, now=now))
        before = results(session, services.settings, survey, window("2026-10", "2026-10", now=now))
    assert [one.people for one in both.options] == [1, 0, 0, 0]
    assert [one.people for one in before.options] == [0, 1, 0, 0]


def _say(session, partner, survey, version, respondent, rng, now) -> None:
    lowest, highest = SCALES[survey.metric]
    score, days = int(rng.integers(lowest, highest + 1)), int(rng.integers(0, 30))
    new = _new(
        partner, survey, version, respondent, score, now - timedelta(days=days, seconds=int(rng.integers(9_999)))
    )
    put_response(session, new, now=now)


def _new(partner: Partner, survey: Survey, version: SurveyVersion, respondent, score, answered_at) -> NewResponse:
    return NewResponse(
        partner_id=partner.id,
        id=uuid4(),
        survey_id=survey.id,
        survey_version_id=version.id,
        audience=survey.audience,
        metric=survey.metric,
        respondent_id=respondent,
        score=score,
        revision=1,
        complete=True,
        answered_at=answered_at,
        trust="vendor",
        live=True,
        reason="price" if survey.audience == "buyer" and score < 7 else None,
    )


def _recount(session, survey: Survey) -> list[Response]:
    """The latest answer of everybody to this survey."""
    ids = [one.id for one in versions_of(session, survey)]
    latest: dict = {}
    for row in session.scalars(select(Response).where(Response.survey_version_id.in_(ids))):
        standing = latest.get(row.respondent_id)
        if standing is None or (row.answered_at, row.id) > (standing.answered_at, standing.id):
            latest[row.respondent_id] = row
    return list(latest.values())
