"""More people than seats: files lag behind, people leave in mid-month; whole crowds are neither."""

from datetime import date

import pytest
from sqlalchemy import select

from feedback.core.services import Services
from feedback.flags.models import Flag
from tests.gap.world import World, people

_KIND = "above_seats"


@pytest.fixture
def world(services: Services) -> World:
    made = World(services)
    made.counts_at_once = False
    return made


def raised(world: World) -> dict[str, dict[str, int]]:
    """Evidence by partner."""
    slugs = {identifier: slug for slug, identifier in world.ids.items()}
    with world.services.database.reading() as session:
        return {slugs[one.partner_id]: one.evidence for one in session.scalars(select(Flag).where(Flag.kind == _KIND))}


def all_answer(world: World, slug: str, crowd: list[str], on: str = "2026-11-12") -> None:
    world.answers(slug, "end_user", {name: place % 11 for place, name in enumerate(crowd)}, on=on)


@pytest.mark.requirement(
    "TRUST nobody-invented-3: more people than seats raise a flag, a file that lags behind does not"
)
def test_more_people_than_seats_raise_a_flag_but_some_who_are_not_on_file_yet_do_not(world: World) -> None:
    for slug, seats in (("acme", 60), ("bolt", 60), ("cargo", 7), ("delta", 7)):
        world.partner(slug)
        world.seats(slug, people(seats))
    all_answer(world, "acme", people(65))
    all_answer(world, "bolt", people(66))
    all_answer(world, "cargo", people(11))
    all_answer(world, "delta", people(12))
    world.daily()
    assert raised(world) == {
        "bolt": {"people": 66, "seats": 60, "licences": 0},
        "delta": {"people": 12, "seats": 7, "licences": 0},
    }


def test_who_left_or_whose_licence_ended_in_mid_month_had_a_seat_when_they_answered(world: World) -> None:
    days = {"starts_on": date(2025, 11, 10), "renews_on": date(2026, 11, 10)}
    world.partner("acme")
    world.seats("acme", people(30))
    world.seats("acme", people(30, 30), left_on="2026-11-08")
    world.partner("bolt", 60, **days, outcome="contracted", renewed_licences=10)
    world.partner("cargo", 60, **{**days, "renews_on": date(2026, 10, 31)}, outcome="contracted", renewed_licences=10)
    for slug in ("acme", "bolt", "cargo"):
        all_answer(world, slug, people(60), on="2026-11-04")
    world.daily()
    assert raised(world) == {"cargo": {"people": 60, "seats": 0, "licences": 10}}


def test_the_end_of_a_month_is_looked_at_where_the_schedule_was_away_for_some_days(world: World) -> None:
    world.partner("acme")
    world.seats("acme", people(20))
    world.at("2026-10-29")
    world.daily()
    all_answer(world, "acme", people(40), on="2026-10-30")
    world.at("2026-11-04")
    world.daily()
    assert raised(world) == {"acme": {"people": 40, "seats": 20, "licences": 0}}
