"""Who keeps a copy of what is counted must learn what changed, and for whom."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import delete, event, select, update

from feedback.core.db import Database
from feedback.core.ids import new_id
from feedback.privacy.erasing import erase
from feedback.privacy.held import Person
from feedback.responses.commands import NewResponse, put_response
from feedback.responses.models import Response
from feedback.tallies.commands import fold_all, rebuild
from feedback.tallies.generations import counted, next_generation
from feedback.tallies.models import PartnerGeneration, TallyState

NOW = datetime(2026, 11, 15, tzinfo=UTC)
ACME, BOLT = UUID(int=1), UUID(int=2)


def test_a_fold_raises_the_generation_of_the_partners_in_it_and_of_no_other(database: Database) -> None:
    answer(database, ACME)
    answer(database, BOLT)
    answer(database, ACME, UUID(int=77))
    assert generations(database) == {ACME: 3, BOLT: 2}
    with database.transaction() as session:
        erase(session, Person(ACME, (UUID(int=77),)), now=NOW)
    fold_all(database, now=NOW)
    assert generations(database) == {ACME: 4, BOLT: 2}


def test_a_fold_of_nothing_raises_nothing(database: Database) -> None:
    answer(database, ACME)
    before = state(database)
    fold_all(database, now=NOW)
    assert state(database) == before


def test_a_rebuild_raises_the_generation_of_everybody_also_of_those_who_vanish(database: Database) -> None:
    answer(database, ACME)
    answer(database, BOLT)
    with database.transaction() as session:
        session.execute(delete(Response).where(Response.partner_id == BOLT))
        rebuild(session, now=NOW)
    assert generations(database) == {ACME: 3, BOLT: 3}


def test_a_lineage_stays_and_is_given_to_a_state_that_has_none(database: Database) -> None:
    answer(database, ACME)
    first = state(database)[1]
    assert first is not None
    answer(database, ACME)
    assert state(database) == (2, first)
    with database.transaction() as session:
        session.execute(update(TallyState).values(lineage=None))
    answer(database, ACME)
    generation, second = state(database)
    assert generation == 3
    assert second not in (None, first)


def test_partners_may_be_named_one_by_one_or_not_at_all(database: Database) -> None:
    with database.transaction() as session:
        assert next_generation(session, [ACME, BOLT, ACME], now=NOW) == 1
        assert next_generation(session, [], now=NOW) == 2
        assert next_generation(session, select(PartnerGeneration.partner_id), now=NOW) == 3
    assert generations(database) == {ACME: 3, BOLT: 3}


def answer(database: Database, partner: UUID, respondent: UUID | None = None) -> None:
    """Somebody's answer, folded."""
    one = NewResponse(
        partner_id=partner,
        id=new_id(),
        survey_id=partner,
        survey_version_id=partner,
        audience="end_user",
        metric="nps",
        respondent_id=respondent or new_id(),
        score=9,
        revision=1,
        complete=True,
        answered_at=NOW,
        trust="vendor",
        live=True,
    )
    with database.transaction() as session:
        put_response(session, one, now=NOW)
    fold_all(database, now=NOW)


def generations(database: Database) -> dict[UUID, int]:
    with database.reading() as session:
        return {row.partner_id: row.generation for row in session.scalars(select(PartnerGeneration))}


def state(database: Database) -> tuple[int, UUID | None]:
    with database.reading() as session:
        return tuple(session.execute(select(TallyState.generation, TallyState.lineage)).one())


def test_a_snapshot_that_only_reads_is_asked_once_and_the_next_one_anew(database: Database) -> None:
    with database.reading() as session:
        assert counted(session) is None
    answer(database, ACME)
    said = []
    event.listen(database.engine, "before_cursor_execute", lambda *args: said.append(args[2]))
    with database.reading() as session:
        before = counted(session)
        answer(database, ACME)
        said.clear()
        assert counted(session) == before
        assert not said
        session.rollback()
        assert before is not None
        assert counted(session) == before._replace(generation=before.generation + 1)


def test_a_transaction_that_writes_sees_its_own_changes(database: Database) -> None:
    with database.transaction() as session:
        for number in (1, 2):
            next_generation(session, [ACME], now=NOW)
            found = counted(session)
            assert found is not None
            assert found.generation == number
