"""Snapshots: frozen as of their day, or rebuilt from what was known by then and marked so."""

from typing import Any

import pytest
from sqlalchemy import select

from feedback.core.months import label
from feedback.gap import snapshots
from feedback.gap.models import PORTFOLIO, Snapshot
from tests.gap.world import World, people


def taken(world: World) -> dict[tuple[str, str], dict[str, Any]]:
    """Every snapshot by slug (`all` for the portfolio) and month."""
    names = {partner: slug for slug, partner in world.ids.items()} | {PORTFOLIO: "all"}
    columns = [column.name for column in Snapshot.__table__.columns if column.name not in ("partner_id", "month")]
    with world.services.database.reading() as session:
        rows = session.execute(select(Snapshot.__table__)).mappings().all()
    return {(names[row["partner_id"]], label(row["month"])): {one: row[one] for one in columns} for row in rows}


def buyers(world: World, slug: str, month: str) -> dict[int, int]:
    """The buyers' scores in a snapshot, those that were given."""
    return {score: count for score, count in enumerate(taken(world)[slug, month]["values"]["buyer"]) if count}


@pytest.fixture
def lived(world: World) -> World:
    """Acme and Bolt from August on, the service at work from the first day."""
    world.at("2026-08-03")
    for slug in ("acme", "bolt"):
        world.partner(slug, 20)
        world.seats(slug, people(20), on="2026-08-01")
    for month in ("08", "09"):
        world.at(f"2026-{month}-20")
        world.active("acme", people(18), f"2026-{month}-15")
        world.active("bolt", people(4), f"2026-{month}-15")
        for slug in ("acme", "bolt"):
            world.answers(slug, "buyer", {"cfo": 9, "ceo": 10}, on=f"2026-{month}-12", at_the_door=True)
            world.answers(slug, "end_user", {"p1": 3, "p2": 9}, on=f"2026-{month}-12", at_the_door=True)
        world.every_month(f"2026-{int(month) + 1:02}")
    return world


def test_there_is_one_for_every_month_that_is_over_and_twice_makes_no_more(lived: World) -> None:
    found = taken(lived)
    assert set(found) == {(slug, month) for slug in ("acme", "bolt", "all") for month in ("2026-08", "2026-09")}
    assert not any(row["reconstructed"] for row in found.values())
    assert found["acme", "2026-09"]["state"] == "compounding" and found["bolt", "2026-09"]["state"] == "pre_churn"
    assert (found["acme", "2026-09"]["state_months"], found["acme", "2026-09"]["side_months"]) == (2, 2)
    values = found["bolt", "2026-09"]["values"]
    assert (values["licences"], values["seats"]["deployed"], values["seats"]["activated"]) == (20, 20, 4)
    assert values["buyer"][9] == values["buyer"][10] == 1 and values["end_user"][3] == 1
    lived.daily()
    lived.at("2026-10-31", 23)
    lived.daily()
    services = lived.services
    with services.database.reading() as session:
        assert services.clock().month == 10 and session.scalar(select(Snapshot.month).limit(1))
    assert taken(lived) == found
    assert snapshots.take_missing(services.database, services.settings, now=services.clock()) == 0
    lived.at("2026-11-01", 0)
    assert snapshots.take_missing(services.database, services.settings, now=services.clock()) == 1
    assert {month for _, month in taken(lived)} == {"2026-08", "2026-09", "2026-10"}


def test_nothing_that_comes_later_changes_a_frozen_month(lived: World) -> None:
    before = taken(lived)
    ids = lived.answers("acme", "buyer", {"coo": 0}, on="2026-10-01", at_the_door=True)
    lived.at("2026-10-05")
    lived.answers("acme", "buyer", {"cto": 0, "cdo": 0, "cso": 0}, on="2026-09-10")  # imported history
    lived.answers("acme", "buyer", {"late": 0}, on="2026-09-28", at_the_door=True)  # an offline page
    lived.answers("acme", "buyer", {"coo": 10}, on="2026-10-02", at_the_door=True, ids=ids, revision=2)
    lived.forget("acme", "buyer", "cfo")
    lived.forget("bolt", "end_user", "p1")
    lived.active("bolt", people(20), "2026-09-03")
    lived.seats("bolt", people(30), on="2026-08-15")
    lived.contract("bolt", "one", 5, "2026-01-01", "2026-09-20", outcome="churned", decided_on="2026-09-01")
    lived.daily()
    lived.daily(history_changed=True)
    assert taken(lived) == before
    lived.left("acme")
    lived.daily(history_changed=True)
    assert taken(lived) == before


def test_a_rebuilt_month_uses_only_what_was_known_by_its_end(world: World) -> None:
    world.at("2026-07-20")
    world.partner("acme", 20)
    world.answers("acme", "buyer", {"cfo": 9, "ceo": 9}, on="2026-07-12", at_the_door=True)
    world.at("2026-08-02")
    world.answers("acme", "buyer", {"late": 0}, on="2026-07-31", at_the_door=True)
    world.answers("acme", "buyer", {"cfo": 2}, on="2026-08-01", at_the_door=True)
    # The service was not there until November; then somebody imports what was answered in July and in September.
    world.at("2026-11-10")
    world.answers("acme", "buyer", {"cto": 5}, on="2026-07-30")
    world.contract(
        "acme",
        "one",
        20,
        "2026-01-01",
        "2026-10-01",
        outcome="churned",
        notice_on="2026-08-15",
        decided_on="2026-09-20",
    )
    world.daily()
    found = taken(world)
    assert [month for slug, month in found if slug == "acme"] == ["2026-07", "2026-08", "2026-09", "2026-10"]
    assert all(row["reconstructed"] for row in found.values())
    assert buyers(world, "acme", "2026-07") == {9: 2, 5: 1}
    assert buyers(world, "acme", "2026-08") == {2: 1, 9: 1, 5: 1, 0: 1}
    facts = {month: found["acme", month]["values"]["fact"] for month in ("2026-07", "2026-08", "2026-09", "2026-10")}
    assert facts == {"2026-07": None, "2026-08": False, "2026-09": False, "2026-10": False}
    licences = [found["acme", month]["values"]["licences"] for month in ("2026-07", "2026-09", "2026-10")]
    assert licences == [20, 20, 0]
    assert found["acme", "2026-07"]["buyer_ok"] is not None and found["acme", "2026-08"]["buyer_ok"] == 0
    notes = world.values().quality.notes
    assert any(note.startswith("The states of 4 months were rebuilt from what was known by then") for note in notes)


def test_months_are_rebuilt_after_an_import_and_frozen_ones_stand(world: World) -> None:
    world.at("2026-10-10")
    world.partner("acme", 20)
    world.answers("acme", "buyer", {"cfo": 9, "ceo": 9}, on="2026-08-12")
    world.daily()
    world.every_month("2026-11")
    marks = {month: row["reconstructed"] for (slug, month), row in taken(world).items() if slug == "acme"}
    assert marks == {"2026-08": True, "2026-09": True, "2026-10": False}
    frozen = taken(world)["acme", "2026-10"]
    world.at("2026-11-05")
    world.answers("acme", "buyer", {"coo": 1, "cto": 1}, on="2026-08-14")
    world.answers("acme", "buyer", {"old": 7}, on="2026-06-14")
    world.daily()
    assert buyers(world, "acme", "2026-08") == {9: 2}
    world.daily(history_changed=True)
    assert buyers(world, "acme", "2026-08") == {9: 2, 1: 2, 7: 1}
    assert buyers(world, "acme", "2026-06") == {7: 1}
    assert taken(world)["acme", "2026-10"] == frozen
    assert all(row["reconstructed"] == (month != "2026-10") for (_, month), row in taken(world).items())
    again = taken(world)
    world.daily(history_changed=True)
    assert taken(world) == again


def test_a_partner_is_in_the_months_before_it_left_and_in_none_after(world: World) -> None:
    world.at("2026-09-10")
    for slug in ("acme", "bolt"):
        world.partner(slug, 20)
        world.answers(slug, "buyer", {"cfo": 9, "ceo": 9}, on="2026-07-12")
    world.left("bolt")
    world.at("2026-11-10")
    world.daily()
    months = {slug: sorted(month for one, month in taken(world) if one == slug) for slug in ("acme", "bolt")}
    assert months["acme"] == ["2026-07", "2026-08", "2026-09", "2026-10"]
    assert months["bolt"] == ["2026-07", "2026-08"]
    assert [row.partner for row in world.values(end="2026-08").partners] == ["acme", "bolt"]
    assert [row.partner for row in world.values().partners] == ["acme"]


def test_an_answer_of_which_nobody_knew_yet_is_not_in_a_month_frozen_late(world: World) -> None:
    """Frozen some days after the month: still as of its day."""
    world.at("2026-10-20")
    world.partner("acme", 20)
    world.answers("acme", "buyer", {"cfo": 9, "ceo": 9}, on="2026-10-12", at_the_door=True)
    world.at("2026-11-06")
    world.answers("acme", "buyer", {"late": 0}, on="2026-10-31", at_the_door=True)
    world.daily()
    assert not taken(world)["acme", "2026-10"]["reconstructed"]
    assert buyers(world, "acme", "2026-10") == {9: 2}
