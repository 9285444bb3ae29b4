"""The door for flags: what it tells, in which pages, of whom."""

import pytest

from feedback.flags.commands import set_aside, settle
from feedback.flags.queries import StandingFlag, Wanted, flag_page
from tests.doors.conftest import Doors
from tests.gap.world import World, people


@pytest.fixture
def world(doors: Doors) -> World:
    """Two partners at each of which sixty answered whom nobody knows, on different days."""
    made = World(doors.services, counts_at_once=False)
    for slug in ("acme", "bolt"):
        made.partner(slug, 40)
        made.seats(slug, people(30))
        made.answers(slug, "end_user", {f"p{number}": number % 9 for number in range(12)}, on="2026-09-10")
    ghosts = {f"ghost-{number}": 7 + number % 4 for number in range(60)}
    for slug, day, looked_on in (("acme", "2026-11-11", "2026-11-12"), ("bolt", "2026-11-13", "2026-11-14")):
        made.answers(slug, "end_user", ghosts, on=day, trust="partner")
        made.at(looked_on)
        made.daily()
    return made


def flags(world: World, *, slug: str | None = None, kind: str | None = None) -> list[StandingFlag]:
    with world.services.database.reading() as session:
        return flag_page(session, Wanted(world.ids[slug] if slug else None, kind))


@pytest.mark.requirement("TRUST nobody-invented-3: the vendor's programs read flags, what was decided included")
def test_flags_are_told_with_their_evidence_and_what_was_decided(doors: Doors, world: World) -> None:
    unknown, burst = (flags(world, slug="acme", kind=kind)[0] for kind in ("unknown", "burst"))
    now, acme = world.services.clock(), world.ids["acme"]
    with world.services.database.transaction() as session:
        set_aside(session, acme, unknown.id, "nobody knows them", actor="staff:ann@example.com", now=now)
        settle(session, acme, burst.id, "a new site", actor="cli", now=now)
    told = {one["kind"]: one for one in doors("GET", "/v1/flags?partner=acme", key="read").json["flags"]}
    assert set(told) == {one.kind for one in flags(world, slug="acme")} >= {"above_seats", "unknown", "burst"}
    assert told["unknown"] == {
        "flag": str(unknown.id),
        "partner": "acme",
        "name": "Acme",
        "kind": "unknown",
        "metric": "nps",
        "first_day": "2026-08-13",
        "last_day": "2026-11-11",
        "raised_at": "2026-11-12T12:00:00Z",
        "p_value": unknown.p_value,
        "evidence": {"unknown": 60, "people": 72, "elsewhere": unknown.evidence["elsewhere"]},
        "sentence": unknown.sentence,
        "state": "set_aside",
        "set_aside": 60,
        "decided_at": "2026-11-14T12:00:00Z",
        "decided_by": "staff:ann@example.com",
        "reason": "nobody knows them",
    }
    assert (told["burst"]["state"], told["burst"]["decided_by"], told["burst"]["reason"]) == (
        "settled",
        "cli",
        "a new site",
    )
    assert told["above_seats"]["p_value"] is None
    for state, kinds in (
        ("set_aside", {"unknown"}),
        ("settled", {"burst"}),
        ("open", set(told) - {"unknown", "burst"}),
    ):
        found = doors("GET", f"/v1/flags?partner=acme&state={state}").json["flags"]
        assert {one["kind"] for one in found} == kinds


def test_flags_come_in_pages_without_a_gap_and_by_kind(doors: Doors, world: World) -> None:
    wanted = [str(one.id) for one in flags(world)]
    assert len(wanted) > 4
    seen, cursor = [], ""
    while cursor is not None:
        page = doors("GET", f"/v1/flags?limit=2&cursor={cursor}" if cursor else "/v1/flags?limit=2").json
        seen += [one["flag"] for one in page["flags"]]
        cursor = page["next_cursor"]
    assert seen == wanted
    of_kind = doors("GET", "/v1/flags?kind=above_seats").json["flags"]
    assert [(one["partner"], one["kind"]) for one in of_kind] == [("acme", "above_seats"), ("bolt", "above_seats")]


@pytest.mark.parametrize("query", ["kind=odd", "state=new", "partner=No", "limit=0", "cursor=abc", "metric=nps"])
def test_a_question_that_nobody_understands_is_refused(doors: Doors, query: str) -> None:
    assert doors("GET", f"/v1/flags?{query}").status_code == 422


def test_a_partner_that_is_not_there_is_said_and_no_flags_are_an_empty_page(doors: Doors) -> None:
    assert doors("GET", "/v1/flags?partner=nobody").status_code == 404
    assert doors("GET", "/v1/flags").json == {"flags": [], "next_cursor": None}
