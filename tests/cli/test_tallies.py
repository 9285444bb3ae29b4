"""`feedback tallies` as it is typed."""

import pytest
from sqlalchemy import update

from feedback.core import chores, inbox
from feedback.core.ids import new_id
from feedback.core.services import Services
from feedback.seats.attributes import Declared
from feedback.seats.commands import NewSeat, put_seats
from feedback.tallies.models import PartnerSeats, PartnerTally
from tests.cli.conftest import Run
from tests.gap.world import World


@pytest.fixture
def world(services: Services) -> World:
    """One partner, three answers."""
    made = World(services)
    made.partner("acme", 10)
    made.answers("acme", "end_user", [0, 3, 9])
    return made


def spoil(world: World) -> None:
    with world.services.database.transaction() as session:
        session.execute(update(PartnerTally).values(h9=PartnerTally.h9 + 5))


def test_verify_is_quiet_about_what_agrees(feedback: Run, world: World) -> None:
    assert world.ids
    assert feedback("tallies", "verify") == (0, "Recounted 3 answers into 3 voices.\nNothing differs.\n", "")


def test_verify_names_what_differs_and_exits_with_1(feedback: Run, world: World) -> None:
    spoil(world)
    code, _, err = feedback("tallies", "verify")
    assert code == 1
    assert str(world.ids["acme"]) in err and "partner_tallies" in err and "'h9': -5" in err


def test_verify_leaves_word_of_when_it_looked_and_what_it_found(feedback: Run, world: World) -> None:
    for spoiled, found in ((False, 0), (True, 1)):
        if spoiled:
            spoil(world)
        feedback("tallies", "verify")
        with world.services.database.reading() as session:
            at, outcome = chores.last_done(session)[chores.TALLIES_VERIFIED]
        assert outcome == {"answers": 3, "voices": 3, "differences": found}
        assert at.tzinfo is not None


def test_verify_recounts_seats_too_and_rebuild_mends_them(feedback: Run, world: World) -> None:
    with world.services.database.transaction() as session:
        put_seats(session, [NewSeat(world.ids["acme"], new_id())], Declared(session), now=world.services.clock())
    assert feedback("tallies", "fold") == (0, "Counted: the seats of 1 partner.\n", "")
    with world.services.database.transaction() as session:
        session.execute(update(PartnerSeats).values(never=7))
    code, _, err = feedback("tallies", "verify")
    assert code == 1
    assert "partner_seats" in err and "never 1" in err and "never 7" in err
    assert feedback("tallies", "rebuild")[0] == feedback("tallies", "verify")[0] == 0


def test_rebuild_mends_what_verify_found(feedback: Run, world: World) -> None:
    spoil(world)
    assert feedback("tallies", "rebuild")[0] == 0
    assert feedback("tallies", "verify")[0] == 0


def test_fold_counts_what_waits(feedback: Run, world: World) -> None:
    assert feedback("tallies", "fold")[1] == "Nothing was waiting.\n"
    with world.services.database.transaction() as session:
        inbox.put(session, world.ids["acme"], new_id(), "nps", now=world.services.clock())
    assert feedback("tallies", "fold") == (0, "Counted: 1 change.\n", "")


def test_fold_says_what_is_set_aside(feedback: Run, world: World) -> None:
    now = world.services.clock()
    with world.services.database.transaction() as session:
        row = inbox.InboxRow(
            partner_id=world.ids["acme"], respondent_id=new_id(), metric="nps", received_at=now, set_aside_at=now
        )
        session.add(row)
    code, out, err = feedback("tallies", "fold")
    assert (code, out) == (0, "Nothing was waiting.\n") and "Set aside" in err and "1 change" in err
