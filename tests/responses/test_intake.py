"""What came in is counted by month and by the way on which it came."""

from datetime import date, datetime, timedelta
from uuid import UUID

import pytest

from feedback.core import chores
from feedback.core.ids import new_id
from feedback.core.months import month_of
from feedback.core.services import Services
from feedback.responses import intake
from feedback.responses.commands import NewResponse, put_response
from feedback.responses.models import Invitation
from tests.gap.world import World


@pytest.fixture
def world(services: Services) -> World:
    """One partner."""
    made = World(services)
    made.partner("acme", 10)
    return made


def answer(world: World, **about) -> NewResponse:
    now: datetime = world.services.clock()
    made = NewResponse(
        partner_id=world.ids["acme"],
        id=new_id(),
        survey_id=UUID(int=1),
        survey_version_id=UUID(int=2),
        audience="end_user",
        metric="nps",
        respondent_id=new_id(),
        score=9,
        revision=1,
        complete=True,
        answered_at=now,
        trust="vendor",
        live=True,
    )
    return made._replace(**about)


def keep(world: World, *answers: NewResponse) -> None:
    with world.services.database.transaction() as session:
        for one in answers:
            put_response(session, one, now=world.services.clock())


def count(world: World) -> dict[tuple[str, str, bool], tuple[int, int]]:
    """Answers and how many were revised, by way, trust and whether they are live."""
    world.catch_up()
    database = world.services.database
    intake.count_anew(database, now=world.services.clock())
    with database.reading() as session:
        return {(one.way, one.trust, one.live): (one.answers, one.revised) for one in intake.came_in(session)}


def voices(world: World) -> dict[str, int]:
    with world.services.database.reading() as session:
        found: dict[str, int] = chores.last_done(session)[chores.INTAKE_COUNTED].outcome["voices"]
        return found


def test_each_answer_came_by_one_way(world: World) -> None:
    invited, asked = answer(world, impression_id=new_id()), answer(world, impression_id=new_id(), trust="none")
    sent, filed = answer(world), answer(world, import_id=new_id())
    tried = answer(world, impression_id=new_id(), live=False)
    keep(world, invited, asked, sent, filed, tried)
    with world.services.database.transaction() as session:
        for impression in (invited.impression_id, None):
            session.add(
                Invitation(
                    partner_id=invited.partner_id,
                    token_hash=str(new_id()),
                    survey_id=invited.survey_id,
                    audience="end_user",
                    respondent_id=invited.respondent_id,
                    live=True,
                    created_at=world.services.clock(),
                    expires_at=world.services.clock(),
                    impression_id=impression,
                )
            )
    assert count(world) == {
        ("link", "vendor", True): (1, 0),
        ("widget", "none", True): (1, 0),
        ("api", "vendor", True): (1, 0),
        ("import", "vendor", True): (1, 0),
        ("widget", "vendor", False): (1, 0),
    }


def test_of_two_answers_in_a_month_one_counts_and_a_revision_is_no_second_answer(world: World) -> None:
    person, first = new_id(), answer(world)
    earlier = answer(world, respondent_id=person, answered_at=world.services.clock() - timedelta(hours=1))
    keep(world, earlier, answer(world, respondent_id=person), first, first._replace(score=2, revision=2))
    assert count(world) == {("api", "vendor", True): (3, 1)}
    assert voices(world) == {"24322": 2}


def test_what_is_gone_is_not_counted_any_more(world: World) -> None:
    world.answers("acme", "end_user", {"ida": 9, "ben": 3})
    assert count(world) == {("api", "vendor", True): (2, 0)}
    world.forget("acme", "end_user", "ida")
    assert count(world) == {("api", "vendor", True): (1, 0)}


def test_once_a_day_it_is_counted_and_said_when(world: World) -> None:
    database = world.services.database
    with database.reading() as session:
        assert chores.last_done(session) == {} and intake.newest_received_at(session) is None
    world.answers("acme", "end_user", [9, 3], on="2026-10-05")
    world.daily()
    with database.reading() as session:
        done = chores.last_done(session)[chores.INTAKE_COUNTED]
        (came,) = intake.came_in(session)
        assert intake.newest_received_at(session) == world.services.clock()
    assert done == (world.services.clock(), {"answers": 2, "voices": {"24321": 2}})
    assert came.month == month_of(date(2026, 10, 5))
