"""What reports read from the tallies, against a recount of the raw rows."""

import pytest

from feedback.core.services import Services
from feedback.responses.commands import erase
from feedback.seats.commands import seat_id
from feedback.tallies import queries
from feedback.tallies.commands import fold_all
from tests.gap.world import PEPPER, World

SEPTEMBER = 2026 * 12 + 8
BOTH = {"vendor", "partner"}


@pytest.fixture
def world(services: Services) -> World:
    """Two partners; ada answers in three months, under the vendor's and the partner's word."""
    made = World(services)
    for slug in ("acme", "bolt"):
        made.partner(slug, 10)
        made.answers(slug, "end_user", {"ada": 9, "bob": 5}, on="2026-09-05", attributes={"team": "sales"})
        made.answers(slug, "end_user", {"ada": 7}, on="2026-10-05", trust="partner")
        made.answers(slug, "end_user", {"ada": 2, "cem": 3}, on="2026-11-05", trust="partner")
        made.answers(slug, "end_user", [0, 0], on="2026-11-06", trust="none")
        made.answers(slug, "buyer", {"cfo": 8}, on="2026-10-06")
    return made


@pytest.mark.parametrize(
    "trust", [("vendor",), ("vendor", "partner"), ("vendor", "partner", "none"), ("vendor", "none")]
)
@pytest.mark.parametrize("window", [("2026-09", "2026-11"), ("2026-09", "2026-10"), ("2026-10", "2026-11")])
def test_people_are_counted_once_at_their_latest_voice_whoever_must_vouch(world: World, trust, window) -> None:
    months = [SEPTEMBER + int(label[-2:]) - 9 for label in window]
    with world.services.database.reading() as session:
        found = queries.people_by_partner(session, "nps", *months, trust=trust)
    people = {(one.partner_id, one.audience): list(one.histogram) for one in found}
    for slug, partner_id in world.ids.items():
        for audience in ("end_user", "buyer"):
            expected = world.recount(slug, audience, *window, trusts=trust)
            assert people.get((partner_id, audience), [0] * 11) == expected


@pytest.mark.parametrize("trust", [{"partner"}, {"partner", "none"}])
def test_partners_without_the_vendor_cannot_be_counted(world: World, trust: set[str]) -> None:
    with world.services.database.reading() as session, pytest.raises(ValueError, match="together with the vendor"):
        queries.people_by_partner(session, "nps", SEPTEMBER, SEPTEMBER, trust=trust)


def test_who_answered_in_three_months_is_a_voice_in_each(world: World) -> None:
    with world.services.database.reading() as session:
        rows = queries.voices_by_month(
            session, "nps", SEPTEMBER, SEPTEMBER + 2, trust=BOTH, partner_id=world.ids["acme"]
        )
    assert {(row.month - SEPTEMBER, row.audience): sum(row.histogram) for row in rows} == {
        (0, "end_user"): 2,
        (1, "end_user"): 1,
        (1, "buyer"): 1,
        (2, "end_user"): 2,
    }


def test_segments_hold_people_where_they_were_last(world: World) -> None:
    with world.services.database.reading() as session:
        everywhere = queries.people_by_segment(session, "nps", SEPTEMBER, SEPTEMBER + 2, trust=BOTH)
        without = queries.people_by_segment(
            session, "nps", SEPTEMBER, SEPTEMBER + 2, trust=BOTH, without=[world.ids["bolt"]]
        )
    people = {(one.segment_id == 0, one.audience): sum(one.histogram) for one in everywhere}
    assert people == {(True, "end_user"): 4, (False, "end_user"): 2, (True, "buyer"): 2}
    assert sum(sum(one.histogram) for one in without) == 4


def test_trust_classes_hold_people_where_they_were_last(world: World) -> None:
    with world.services.database.reading() as session:
        rows = queries.people_by_trust(session, "nps", SEPTEMBER, SEPTEMBER + 2, partner_id=world.ids["bolt"])
    assert {(one.audience, one.trust): sum(one.histogram) for one in rows} == {
        ("buyer", "vendor"): 1,
        ("end_user", "none"): 2,
        ("end_user", "partner"): 2,
        ("end_user", "vendor"): 1,
    }


def test_a_cell_that_was_emptied_is_nobody(world: World) -> None:
    now = world.services.clock()
    with world.services.database.transaction() as session:
        for person in ("ada", "bob", "cem"):
            erase(session, world.ids["acme"], seat_id(PEPPER, world.ids["acme"], person), now=now)
    fold_all(world.services.database, now=now)
    with world.services.database.reading() as session:
        people = queries.people_by_partner(
            session, "nps", SEPTEMBER, SEPTEMBER + 2, trust=BOTH, partner_id=world.ids["acme"]
        )
    assert [one.audience for one in people] == ["buyer"]


def test_the_state_says_when_answers_were_last_counted(world: World) -> None:
    services = world.services
    with services.database.reading() as session:
        state = queries.folded(session)
    assert state.generation == 10
    assert state.folded_at == services.clock()
