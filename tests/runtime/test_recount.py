"""The recount that the fault tests rely on sees what it is there to see."""

from uuid import UUID

import pytest
from sqlalchemy import delete, update

from feedback.core.services import Services
from feedback.responses.commands import NewResponse, put_response
from feedback.responses.models import Response
from feedback.surveys.queries import survey_version
from feedback.tallies.commands import fold_all
from feedback.tallies.models import PartnerTally
from tests.embed import World, make_world
from tests.runtime.answerers import Ledger, Said
from tests.runtime.recount import recount

SAID = Said(1, 9, "thanks")


@pytest.fixture
def world(services: Services) -> World:
    return make_world(services)


@pytest.fixture
def ledger(services: Services, world: World) -> Ledger:
    """Two people whose answers were acknowledged, and counted."""
    told = Ledger()
    for number in (1, 2):
        keep(world, UUID(int=number), person=UUID(int=number))
        told.acknowledged[UUID(int=number)] = SAID
    fold_all(services.database, now=services.clock())
    return told


def keep(world: World, response: UUID, *, person: UUID) -> None:
    now = world.services.clock()
    with world.services.database.transaction() as session:
        survey, version = survey_version(session, "end-user-nps", 1)
        kept = {"audience": "end_user", "metric": "nps", "trust": "vendor", "live": True, "complete": True}
        said = {"score": SAID.score, "revision": SAID.revision, "comment": SAID.comment, "answered_at": now}
        about = {"survey_id": survey.id, "survey_version_id": version.id, "partner_id": world.partner.id}
        put_response(session, NewResponse(id=response, respondent_id=person, **about, **kept, **said), now=now)  # type: ignore[arg-type]


def test_what_is_as_it_was_acknowledged_is_clean(services: Services, ledger: Ledger) -> None:
    outcome = recount(services.database, ledger, "none", 1)
    assert outcome.clean and (outcome.acknowledged, outcome.stored, outcome.lost, outcome.twice) == (2, 2, 0, 0)


def test_an_answer_that_is_gone_or_other_than_acknowledged_is_lost(services: Services, ledger: Ledger) -> None:
    with services.database.transaction() as session:
        session.execute(delete(Response).where(Response.id == UUID(int=1)))
        session.execute(update(Response).where(Response.id == UUID(int=2)).values(comment="no thanks"))
    outcome = recount(services.database, ledger, "none", 1)
    assert not outcome.clean and (outcome.stored, outcome.lost) == (1, 2)


def test_somebody_who_is_counted_twice_or_not_at_all_is_seen(services: Services, ledger: Ledger) -> None:
    for counted, twice in ((3, 1), (1, 0)):
        with services.database.transaction() as session:
            session.execute(update(PartnerTally).values(h9=counted))
        outcome = recount(services.database, ledger, "none", 1)
        assert not outcome.clean and outcome.twice == twice and outcome.differences > 0


def test_an_answer_kept_under_two_ids_and_an_odd_status_are_seen(
    services: Services, world: World, ledger: Ledger
) -> None:
    keep(world, UUID(int=3), person=UUID(int=2))
    assert recount(services.database, ledger, "none", 1).twice == 1
    ledger.told["500"] += 1
    assert '"500": 1' in recount(services.database, ledger, "none", 1).odd
