"""What is set in the desk reaches everything that goes by it: reports, counts of seats, snapshots to come, the card."""

from sqlalchemy import select

from feedback.gap.models import Snapshot
from feedback.tallies.adoption import verify
from feedback.tallies.preferences import change
from tests.gap.world import World, days, people


def put(world: World, **wanted: object) -> None:
    """These hold from now on."""
    with world.services.database.transaction() as session:
        change(session, world.services.settings, wanted, actor="cli", now=world.services.clock())


def engaged(world: World) -> int:
    """Seats engaged, as the report has it."""
    return world.values().adoption.engaged


def frozen(world: World) -> list[tuple[object, ...]]:
    """What the snapshots say."""
    with world.services.database.reading() as session:
        one = Snapshot.__table__.c
        statement = select(one.partner_id, one.month, one.state, one.end_user_ok, one.taken_at, one["values"])
        return [tuple(row) for row in session.execute(statement.order_by(one.partner_id, one.month))]


def test_other_days_are_counted_at_the_next_recount_and_snapshots_stay(world: World) -> None:
    world.at("2026-08-10")
    world.partner("acme", 10)
    world.seats("acme", people(6), on="2026-06-01")
    world.active("acme", people(4), "2026-08-05", "2026-10-26", "2026-11-12")
    world.active("acme", people(1, 4), "2026-08-05", "2026-10-26")
    world.every_month("2026-09", "2026-10", "2026-11")
    world.at("2026-11-15")
    world.count()
    before = frozen(world)
    assert before
    assert engaged(world) == 5
    put(world, engaged_days=7)
    assert engaged(world) == 5, "until it is counted anew"
    world.count()
    assert engaged(world) == 4
    world.daily()
    assert frozen(world) == before
    with world.services.database.transaction() as session:
        assert verify(session, world.services.settings, now=world.services.clock()) == ()
    put(world, engaged_days=None)
    world.count()
    assert engaged(world) == 5


def test_thresholds_move_the_diagnostic_and_the_judgement(world: World) -> None:
    world.partner("acme", 100)
    world.seats("acme", people(100))
    world.active("acme", people(70), *days("2026-10-01", "2026-11-14", 9))
    assert world.row("acme").state.end_user_ok > 0.9
    put(world, activation_threshold=90, retention_threshold=60)
    assert world.row("acme").state.end_user_ok < 0.1
    found = world.values().diagnostic
    assert (found.activation_threshold, found.retention_threshold) == (0.9, 0.6)


def test_whose_answers_count_is_the_same_in_reports_of_all_and_of_one(world: World) -> None:
    world.partner("acme", 10)
    world.answers("acme", "end_user", {"ann": 10}, trust="vendor")
    world.answers("acme", "end_user", {"bob": 0}, trust="partner")
    assert world.row("acme").end_user.people == 2
    put(world, headline_trust=["vendor"])
    assert world.row("acme").end_user.people == 1
    assert world.values(partner="acme").headline.end_user.people == 1
    assert world.values().quality.trust.counted == ("vendor",)
