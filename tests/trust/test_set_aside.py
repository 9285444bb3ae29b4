"""Answers that staff do not believe are set aside, with and without them is said exactly, and it can be taken back."""

from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import select

from feedback.core.errors import Code, Problem
from feedback.core.months import month_of
from feedback.core.services import Services
from feedback.responses.aside import Chosen, set_aside, take_back
from feedback.responses.models import Response, SetAside, Voice
from feedback.tallies.adoption import verify as verify_seats
from feedback.tallies.aside import people_with_aside
from feedback.tallies.commands import fold_all, rebuild
from feedback.tallies.cube import cube
from feedback.tallies.verify import verify
from tests.gap.world import World


@pytest.fixture
def world(services: Services) -> World:
    return World(services)


def aside(world: World, slug: str, first: str, last: str, whose: str = "all", reason: str = "a script") -> UUID:
    with world.services.database.transaction() as session:
        days = date.fromisoformat(first), date.fromisoformat(last)
        chosen = Chosen(world.ids[slug], "end_user", "nps", *days, whose)
        found = set_aside(session, chosen, reason, actor="staff:ann@example.com", now=world.services.clock()).id
    world.catch_up()
    return found


def back(world: World, slug: str, identifier: UUID) -> int:
    with world.services.database.transaction() as session:
        now = world.services.clock()
        count = take_back(session, world.ids[slug], identifier, "it was us", actor="staff:ann@example.com", now=now)
    world.catch_up()
    return count


def histogram(world: World, slug: str, first: str, last: str, *, with_aside: bool = False) -> list[int]:
    """End users of the months, each once."""
    months = [month_of(date.fromisoformat(f"{one}-01")) for one in (first, last)]
    trust = frozenset({"vendor", "partner"})
    with world.services.database.reading() as session:
        whole = cube(session)
        people = whole.people("nps", *months, trust)[whole.place[world.ids[slug]], 0].copy()
        if with_aside:
            people += people_with_aside(session, "nps", *months, trust=trust).get(world.ids[slug], [[0] * 11])[0]
    return people.tolist()


def nothing_differs(world: World) -> None:
    with world.services.database.transaction() as session:
        assert verify(session, now=world.services.clock()).differences == ()
        assert verify_seats(session, world.services.settings, now=world.services.clock()) == ()


@pytest.mark.requirement("TRUST nobody-invented-2: a share is set aside and the count with and without it is exact")
def test_the_count_with_and_without_is_exact_for_whoever_also_answered_otherwise(world: World) -> None:
    world.partner("acme", 50)
    world.partner("bolt", 50)
    # Ada and Ben answered before, Ben and Cem after as well, Dora in the very month, Eve only then.
    world.answers("acme", "end_user", {"ada": 3, "ben": 4}, on="2026-09-10")
    world.answers("acme", "end_user", {"dora": 5}, on="2026-10-02", trust="partner")
    suspects = {"ada": 10, "ben": 10, "cem": 10, "dora": 10, "eve": 10}
    world.answers("acme", "end_user", suspects, on="2026-10-12", trust="partner")
    world.answers("acme", "end_user", {"ben": 6, "cem": 7}, on="2026-11-10")
    world.answers("bolt", "end_user", {"ada": 8}, on="2026-10-12")
    before = {
        window: histogram(world, "acme", *window)
        for window in (("2026-09", "2026-09"), ("2026-09", "2026-10"), ("2026-10", "2026-11"), ("2026-09", "2026-11"))
    }
    identifier = aside(world, "acme", "2026-10-10", "2026-10-20")
    nothing_differs(world)

    def people(*scores: int) -> list[int]:
        return [scores.count(score) for score in range(11)]

    without = {window: histogram(world, "acme", *window) for window in before}
    assert without == {
        ("2026-09", "2026-09"): people(3, 4),
        ("2026-09", "2026-10"): people(3, 4, 5),
        ("2026-10", "2026-11"): people(5, 6, 7),
        ("2026-09", "2026-11"): people(3, 5, 6, 7),
    }
    # In October Dora has an answer that counts, so that one speaks either way.
    assert {window: histogram(world, "acme", *window, with_aside=True) for window in before} == {
        ("2026-09", "2026-09"): people(3, 4),
        ("2026-09", "2026-10"): people(10, 10, 10, 5, 10),
        ("2026-10", "2026-11"): people(10, 6, 7, 5, 10),
        ("2026-09", "2026-11"): people(10, 6, 7, 5, 10),
    }
    assert histogram(world, "bolt", "2026-10", "2026-10") == people(8)
    with world.services.database.transaction() as session:
        rebuild(session, now=world.services.clock())
    nothing_differs(world)
    assert {window: histogram(world, "acme", *window) for window in before} == without
    assert back(world, "acme", identifier) == 5
    nothing_differs(world)
    assert {window: histogram(world, "acme", *window) for window in before} == before
    assert {window: histogram(world, "acme", *window, with_aside=True) for window in before} == before


def test_only_those_are_set_aside_who_are_meant(world: World) -> None:
    world.partner("acme", 50)
    world.seats("acme", ["ada", "ben"])
    world.active("acme", ["cem"], "2026-10-01")
    world.answers("acme", "end_user", {"ada": 3, "dora": 3}, on="2026-09-10")
    ids = world.answers("acme", "end_user", {"ada": 9, "ben": 9, "cem": 9, "eve": 9}, on="2026-10-12")
    ids |= world.answers("acme", "end_user", {"dora": 9, "fay": 9}, on="2026-10-13", trust="partner")
    world.answers("acme", "buyer", {"cfo": 9}, on="2026-10-12")
    names = {identifier: name for name, identifier in ids.items()}

    def marked(whose: str, first: str = "2026-10-01", last: str = "2026-10-31") -> set[str]:
        identifier = aside(world, "acme", first, last, whose)
        with world.services.database.reading() as session:
            chosen = select(Response.id).where(Response.set_aside_id == identifier)
            found = {names[one] for one in session.scalars(chosen)}
        assert back(world, "acme", identifier) == len(found)
        return found

    assert marked("all") == {"ada", "ben", "cem", "dora", "eve", "fay"}
    assert marked("all", "2026-10-12", "2026-10-12") == {"ada", "ben", "cem", "eve"}
    assert marked("partner") == {"dora", "fay"}
    assert marked("new") == {"ben", "cem", "eve", "fay"}
    assert marked("unknown") == {"dora", "eve", "fay"}
    nothing_differs(world)


def test_what_comes_of_an_answer_afterwards_is_counted_right(world: World) -> None:
    """It is revised, another one comes, the person is erased: always as a recount would have it."""
    world.partner("acme", 50)
    ids = world.answers("acme", "end_user", {"ada": 10, "ben": 10, "cem": 10}, on="2026-10-12")
    identifier = aside(world, "acme", "2026-10-12", "2026-10-12")
    world.answers("acme", "end_user", {"ada": 2}, on="2026-10-12", ids=ids, revision=2)
    world.answers("acme", "end_user", {"dora": 10}, on="2026-10-12")
    nothing_differs(world)
    # A revision stays set aside; what arrives later on the same day was not chosen and counts.
    assert histogram(world, "acme", "2026-10", "2026-10") == [0] * 10 + [1]
    assert sum(histogram(world, "acme", "2026-10", "2026-10", with_aside=True)) == 4
    world.forget("acme", "end_user", "ben")
    nothing_differs(world)
    assert sum(histogram(world, "acme", "2026-10", "2026-10", with_aside=True)) == 3
    assert back(world, "acme", identifier) == 2
    assert histogram(world, "acme", "2026-10", "2026-10") == [0, 0, 1] + [0] * 7 + [2]
    nothing_differs(world)


def test_why_is_said_and_nothing_is_set_aside_or_taken_back_twice(world: World) -> None:
    world.partner("acme", 50)
    world.answers("acme", "end_user", {"ada": 10}, on="2026-10-12")
    for reason in ("", "  ", "x" * 2001):
        with pytest.raises(Problem) as caught:
            aside(world, "acme", "2026-10-12", "2026-10-12", reason=reason)
        assert caught.value.code is Code.INVALID
    identifier = aside(world, "acme", "2026-10-12", "2026-10-12")
    with pytest.raises(Problem) as caught:
        aside(world, "acme", "2026-10-12", "2026-10-12")
    assert caught.value.code is Code.CONFLICT
    back(world, "acme", identifier)
    with pytest.raises(Problem) as caught:
        back(world, "acme", identifier)
    assert caught.value.code is Code.CONFLICT
    with world.services.database.reading() as session:
        one = session.scalars(select(SetAside)).one()
        assert (one.answers, one.made_by, one.undone_by) == (1, "staff:ann@example.com", "staff:ann@example.com")
        assert session.scalars(select(Voice.trust)).all() == ["vendor"]
    assert fold_all(world.services.database, now=world.services.clock()) == 0
