"""The page about the quality of the data: what is known, what is not, and what to mend first."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import text as sql

from feedback.core import chores, inbox
from feedback.core.ids import new_id
from feedback.core.services import Services
from feedback.desk import quality_views
from feedback.imports.models import ImportBatch
from feedback.partners import keys, sightings
from feedback.partners.sightings import LOADED, SIGNED, Sighting
from feedback.surveys.commands import create_survey, publish
from feedback.surveys.definition import Definition
from tests.desk.conftest import Visitor
from tests.desk.reading import statements, text
from tests.gap.world import World, people

ORIGIN = "https://portal.example"


def block(html: str, name: str) -> str:
    """What a block says."""
    found = re.search(rf'<section id="{name}".*?</section>', html, re.S)
    assert found, name
    return text(found[0])


def levels(html: str) -> dict[str, str]:
    """Each block's level, in the order of the page."""
    return dict(re.findall(r'<section id="(\w+)" class="check (\w+)"', html))


def page(visitor: Visitor, path: str = "/desk/quality") -> str:
    found = visitor.get(path)
    assert found.status_code == 200
    return found.text


@pytest.fixture
def three(world: World) -> World:
    """One partner that is heard, one that is hardly heard, one of whose people nothing is known."""
    world.partner("acme", 40, name="Acme & <i>Söhne</i>")
    world.partner("nakhil", 90, name="مجموعة النخيل " * 9)
    world.partner("silent", 30, name="S" * 200)
    for slug, there, answered in (("acme", 20, 8), ("nakhil", 40, 2)):
        world.seats(slug, people(there), attributes={"team": "sales"})
        world.active(slug, people(there), "2026-11-03")
        scores = dict.fromkeys(people(answered), 7)
        world.answers(slug, "end_user", scores, attributes={"team": "sales"})
    world.answers("acme", "buyer", [9, 3])
    return world


def test_without_anything_all_is_unknown_and_nothing_is_zero(visitor: Visitor) -> None:
    visitor.come_in()
    html = page(visitor)
    found = levels(html)
    assert {found[name] for name in ("fresh", "aside", "trust", "came", "participation", "counting", "imports")} == {
        "unknown"
    }
    assert "Newest answer came never" in block(html, "fresh")
    assert "Nobody vouches for unknown" in block(html, "aside")
    assert "2026-11 unknown unknown unknown unknown unknown unknown unknown" in block(html, "came")


def test_problems_come_first_and_the_headline_names_them(visitor: Visitor, three: World) -> None:
    three.daily()
    with three.services.database.transaction() as session:
        inbox.put(session, three.ids["acme"], new_id(), "nps", now=three.services.clock())
        session.flush()
        session.execute(
            sql("UPDATE inbox SET set_aside_at = :now, reason = 'value <out> of range'"),
            {"now": "2026-11-15 10:00:00.000000"},
        )
    visitor.come_in()
    html = page(visitor)
    assert next(iter(levels(html).items()))[1] == "problem"
    headline = text(re.search(r"<h1.*?</h1>", html, re.S)[0])  # type: ignore[index]
    assert headline.startswith("Mend first: ") and "what was set aside" in headline
    assert "1 change could not be counted" in block(html, "aside")
    assert "value <out> of range" in block(html, "aside") and "value <out>" not in html
    ranks = [("problem", "note", "unknown", "fine").index(level) for level in levels(html).values()]
    assert ranks == sorted(ranks)


def test_changes_that_wait_too_long_are_said_to_wait(visitor: Visitor, three: World) -> None:
    three.daily()
    three.counts_at_once = False
    three.answers("acme", "end_user", {"p0": 2})
    visitor.come_in()
    assert levels(page(visitor))["fresh"] == "fine"
    three.services.clock.forward(minutes=6)  # type: ignore[attr-defined]
    fresh = block(page(visitor), "fresh")
    assert "1 change waits since 15 Nov 2026 12:00 UTC: nobody counts them" in fresh


def test_what_came_in_is_told_by_month_and_way_when_it_was_counted(visitor: Visitor, three: World) -> None:
    three.answers("acme", "end_user", {"p0": 2}, on="2026-11-12")
    three.answers("acme", "end_user", [5], on="2026-10-02", trust="none")
    visitor.come_in()
    assert "What came in was not counted yet" in block(page(visitor), "came")
    three.daily()
    html = page(visitor)
    # End users, buyers, widget, link, API, import, replaced, shown, active, seats, contracts.
    assert "2026-11 11 2 0 0 13 0 1 0 60 60 0" in block(html, "came")
    assert "2026-06 0 0 0 0 0 0 0 0 unknown 60 0" in block(html, "came")
    assert "2026-10 1 0 0 0 1 0 0 0 unknown 60 0" in block(html, "came")
    assert "Replaced within a month 1" in block(html, "aside")
    assert "Nobody vouches for 1" in block(html, "aside")
    assert "Refused at the door unknown" in block(html, "aside")
    with three.services.database.transaction() as session:
        chores.done(
            session, chores.INTAKE_COUNTED, {"answers": 0, "voices": {}}, now=three.services.clock() - timedelta(days=3)
        )
    assert "the schedule does not run" in block(page(visitor), "came")


def test_participation_says_the_lowest_first_and_what_is_unknown(visitor: Visitor, three: World) -> None:
    assert three
    visitor.come_in()
    html = page(visitor)
    told = block(html, "participation")
    assert told.index("مجموعة") < told.index("Acme & <i>Söhne</i>") < told.index("SSSS")
    assert "20 8 8 40 %" in told and "40 2 2 5 %" in told and "SSSS unknown 0 0 unknown" in told.replace("S" * 196, "")
    assert "fewer than 10 % at 1 partner" in told
    assert "R-indicator by team : 1.00, of 60 seats" in told
    assert "<i>Söhne" not in html


def test_shares_of_few_people_stand_behind_the_others(visitor: Visitor, three: World) -> None:
    three.partner("tiny", 5, name="Tiny")
    three.seats("tiny", people(3))
    three.active("tiny", people(3), "2026-11-03")
    visitor.come_in()
    told = block(page(visitor), "participation")
    assert told.index("Acme") < told.index("Tiny 3 0 0 0 % of few") < told.index("SSSS")


def test_a_long_list_shows_some_and_leads_to_all(
    visitor: Visitor, three: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert three
    monkeypatch.setattr(quality_views, "ROWS", 2)
    visitor.come_in()
    told = page(visitor)
    assert "2 of 3" in block(told, "participation") and 'href="?all=participation#participation"' in told
    assert "SSSS" in block(page(visitor, "/desk/quality?all=participation"), "participation")
    lines = visitor.get("/desk/quality/participation.csv")
    assert lines.mimetype == "text/csv"
    assert [line.split(",")[0] for line in lines.text.splitlines()] == ["partner", "nakhil", "acme", "silent"]
    assert "No embed key in use" in visitor.get("/desk/quality/embeds.csv").text


def test_trust_says_who_does_not_count(visitor: Visitor, world: World) -> None:
    world.partner("acme", 10)
    visitor.come_in()
    for vouched, unvouched, level in ((0, 3, "problem"), (4, 0, "problem"), (40, 0, "note")):
        world.answers("acme", "end_user", [9] * vouched)
        world.answers("acme", "end_user", [9] * unvouched, trust="none")
        html = page(visitor)
        assert levels(html)["trust"] == level, (vouched, unvouched)
    assert "3 of 47 people who answered do not count" in block(html, "trust")
    assert "nobody not counted 3 6 % 0 –" in block(html, "trust")


def test_a_recount_is_told_with_its_day_and_result(visitor: Visitor, three: World) -> None:
    visitor.come_in()
    assert "never verified" in block(page(visitor), "counting")
    for differences, level in ((0, "fine"), (2, "problem")):
        with three.services.database.transaction() as session:
            outcome = {"answers": 12, "voices": 11, "differences": differences}
            chores.done(session, chores.TALLIES_VERIFIED, outcome, now=three.services.clock())
        assert levels(page(visitor))["counting"] == level
    with three.services.database.transaction() as session:
        chores.done(
            session,
            chores.TALLIES_VERIFIED,
            {**outcome, "differences": 0},
            now=three.services.clock() - timedelta(days=40),
        )
    assert "some time ago" in block(page(visitor), "counting")


def _import(services: Services, kind: str, **about) -> None:
    now = services.clock()
    row = {
        "id": new_id(),
        "kind": kind,
        "file_name": f"{kind}.csv",
        "file_digest": "",
        "state": "done",
        "started_at": now,
        "finished_at": now,
        "attribute_values": {},
        "also": {},
        **dict.fromkeys(("lines", "created", "revised", "unchanged", "repeated", "rejected"), 0),
        **about,
    }
    with services.database.transaction() as session:
        session.add(ImportBatch(**row))


def test_the_last_file_of_each_kind_tells(visitor: Visitor, three: World) -> None:
    services, day_ago = three.services, three.services.clock() - timedelta(days=1)
    visitor.come_in()
    _import(services, "seats", lines=10, rejected=9, started_at=day_ago)
    assert "More than 10 % of the last file of seats were rejected" in block(page(visitor), "imports")
    _import(services, "seats", lines=100, created=99, rejected=1, file_name="<b>.csv")
    html = page(visitor)
    assert "Some lines of the last file of seats" in block(html, "imports") and "<b>.csv" not in html
    assert "1 line of files was rejected" in block(html, "aside")
    _import(services, "activity", state="merging", finished_at=None, started_at=services.clock())
    assert "Some lines" in block(page(visitor), "imports")
    _import(services, "contracts", state="merging", finished_at=None, started_at=day_ago)
    assert "did not end: give it the same file again" in block(page(visitor), "imports")


def test_keys_are_told_by_their_last_use(visitor: Visitor, three: World) -> None:
    services = three.services
    now, vault = services.clock(), services.secrets.vault
    with services.database.transaction() as session:
        keys.create_secret_key(session, "CRM", ["read"], live=True, now=now)
        own = keys.create_embed_key(
            session, "portal", [ORIGIN], partner_id=three.ids["acme"], live=True, now=now - timedelta(days=200)
        )
        for name, partner in (("backend", None), ("portal", three.ids["acme"])):
            keys.create_signing_key(
                session, name, "HS256", partner_id=partner, public_key_pem=None, vault=vault, now=now
            )
        gone = keys.create_embed_key(session, "gone", [ORIGIN], partner_id=None, live=True, now=now)
        keys.revoke(session, gone.key, now=now)
    visitor.come_in()
    told = block(page(visitor), "keys")
    assert "gone" not in told
    assert re.search(r"CRM \S+ secret vendor 15 Nov 2026 never(?! not in use)", told)
    assert "never not in use" in told and "1 key is not in use" in told
    assert told.count("unknown: several sign") == 2
    sightings.keep(services.database, [Sighting(own.key, three.ids["acme"], ORIGIN, LOADED)], now=now)
    assert "15 Nov 2026, 12:00" in block(page(visitor), "keys") and levels(page(visitor))["keys"] == "fine"


def test_the_only_signing_key_was_used_when_a_token_was_verified(visitor: Visitor, three: World) -> None:
    services = three.services
    with services.database.transaction() as session:
        own = keys.create_embed_key(session, "app", [ORIGIN], partner_id=None, live=True, now=services.clock())
        keys.create_signing_key(
            session,
            "backend",
            "HS256",
            partner_id=None,
            public_key_pem=None,
            vault=services.secrets.vault,
            now=services.clock(),
        )
    services.clock.forward(hours=1)  # type: ignore[attr-defined]
    sightings.keep(services.database, [Sighting(own.key, three.ids["acme"], ORIGIN, SIGNED)], now=services.clock())
    visitor.come_in()
    assert re.search(r"backend \S+ signing vendor 15 Nov 2026 15 Nov 2026, 13:00", block(page(visitor), "keys"))


def test_the_widget_is_told_by_partner_with_what_to_do(visitor: Visitor, three: World) -> None:
    services, now = three.services, three.services.clock()
    visitor.come_in()
    assert "No key for pages is in use" in block(page(visitor), "embeds")
    with services.database.transaction() as session:
        app = keys.create_embed_key(session, "app", [ORIGIN], partner_id=None, live=True, now=now)
        keys.create_signing_key(
            session,
            "backend",
            "HS256",
            partner_id=None,
            public_key_pem=None,
            vault=services.secrets.vault,
            now=now,
        )
    assert "No survey is live, so nobody is asked anywhere" in block(page(visitor), "embeds")
    with services.database.transaction() as session:
        publish(session, create_survey(session, "ask", "end_user", "nps", Definition(), now=now), now=now)
    seen = [Sighting(app.key, three.ids["acme"], ORIGIN, kind) for kind in (LOADED, SIGNED)]
    sightings.keep(services.database, seen, now=now)
    three.policy("silent", may_ask=False)
    told = block(page(visitor), "embeds")
    assert "2 partners have something to mend, of 3" in told
    assert "policy forbids asking: nobody is asked. and 1 thing more" in told
    assert told.index("SSSS") < told.index("Acme") and "Acme & <i>Söhne</i> Pages of this partner were seen" in told
    for number in range(4):
        three.partner(f"unseen{number}", 10, name=f"Unseen {number}")
    told = block(page(visitor), "embeds")
    assert "Unseen 0 Unseen 1 Unseen 2 and 2 more No page of this partner was seen" in told
    assert told.count("No page of this partner was seen") == 1
    assert block(page(visitor, "/desk/quality?all=embeds"), "embeds").count("No page of this partner was seen") == 5


@pytest.mark.parametrize("role", ["admin", "researcher", "analyst"])
def test_who_reads_numbers_sees_the_page_in_the_menu(visitor: Visitor, three: World, role: str) -> None:
    assert three
    visitor.come_in(role)
    html = page(visitor)
    assert '<a href="/desk/quality" aria-current="page">Data quality</a>' in html
    assert " style=" not in html and "<script" not in html


def test_an_account_manager_and_a_stranger_see_nothing_of_it(visitor: Visitor, three: World) -> None:
    assert three
    paths = ("/desk/quality", "/desk/quality/participation.csv", "/desk/quality/embeds.csv")
    for path in paths:
        assert visitor.get(path).status_code == 303
    visitor.come_in("account")
    for path in paths:
        assert "Acme" not in visitor.get(path).text


def test_the_page_asks_the_same_few_questions_however_many_partners(visitor: Visitor, three: World) -> None:
    visitor.sign_in()
    few = statements(visitor, "/desk/quality")
    for number in range(5):
        three.partner(f"more{number}", 10)
        three.answers(f"more{number}", "end_user", [5])
        _import(three.services, f"kind{number}")
    page(visitor)  # what is counted is read anew once after a fold
    assert statements(visitor, "/desk/quality") == few
    assert few < 60
