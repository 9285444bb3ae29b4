"""From nothing to the first gap: a world is brought step by step, and the page changes each time."""

import re
from pathlib import Path

import pytest

from feedback.desk.first_run_views import LANGUAGES
from feedback.partners import keys, sightings
from feedback.partners.sightings import LOADED, SIGNED, Sighting, refused
from feedback.surveys.commands import create_survey, publish
from feedback.surveys.definition import Definition
from tests.desk.conftest import Visitor
from tests.desk.reading import statements, text
from tests.gap.world import World

ROOT = Path(__file__).parents[2]
ORIGIN = "https://portal.example"
STATE = "/desk/first-steps/state"


def stands(visitor: Visitor, path: str = STATE) -> dict[str, str]:
    """How each step stands, and in which words."""
    page = visitor.get(path)
    assert page.status_code == 200
    found = re.findall(r'<div class="stands \w+" id="state-(\w+)" data-state>(.*?)</div>', page.text, re.S)
    return {name: text(told) for name, told in found}


def states(visitor: Visitor, path: str = STATE) -> list[str]:
    """done, next or waits, in the order of the steps."""
    return re.findall(r'<div class="stands (\w+)"', visitor.get(path).text)


def seen(world: World, key: str, *kinds: str) -> None:
    found = [Sighting(key, world.ids["acme"], ORIGIN, kind) for kind in kinds]
    sightings.keep(world.services.database, found, now=world.services.clock())


def make_keys(world: World, *, live: bool = True) -> str:
    now, vault = world.services.clock(), world.services.secrets.vault
    with world.services.database.transaction() as session:
        keys.create_signing_key(session, "b", "HS256", partner_id=None, public_key_pem=None, vault=vault, now=now)
        return keys.create_embed_key(session, "app", [ORIGIN], partner_id=None, live=live, now=now).key


def publish_one(world: World) -> None:
    now = world.services.clock()
    with world.services.database.transaction() as session:
        publish(session, create_survey(session, "ask", "end_user", "nps", Definition(), now=now), now=now)


def test_each_step_is_done_when_what_it_needs_is_there(visitor: Visitor, world: World) -> None:
    visitor.come_in("admin")
    assert states(visitor) == ["next", "waits", "waits", "waits", "waits"]
    assert "Five steps to the first gap" in visitor.get(STATE).text

    world.partner("acme", name="Acme & <i>Söhne</i>")
    assert states(visitor)[0] == "next"
    assert "there: 1 partner is there. missing: No contract is in force today" in stands(visitor)["partners"]
    world.contract("acme", "one", 40, "2026-01-01", "2028-01-01")
    assert states(visitor) == ["done", "next", "waits", "waits", "waits"]
    assert "1 partner has licences in force" in stands(visitor)["partners"]

    world.know_buyers("acme", "ada")
    told = stands(visitor)["buyers"]
    assert "there: 1 buyer is known. missing: No buyer’s score counts yet." in told
    world.answers("acme", "buyer", {"ada": 9}, on="2026-11-02")
    assert states(visitor) == ["done", "done", "next", "waits", "waits"]
    assert "at Acme & <i>Söhne</i>, the first of 2 Nov 2026" in stands(visitor)["buyers"]
    assert "<i>Söhne" not in visitor.get("/desk/first-steps").text

    publish_one(world)
    key = make_keys(world)
    told = stands(visitor)["widget"]
    assert "there: The survey ask is live. there: 1 key for pages is in use. there: 1 key that signs is in use." in told
    assert "missing: No page with the tag was seen yet. missing: No token came yet." in told
    seen(world, key, LOADED)
    told = stands(visitor)["widget"]
    assert "there: A page with the tag was seen, first on 15 Nov 2026, 12:00 UTC." in told
    assert "missing: The page came without a token" in told
    seen(world, key, refused("It lives longer than one hour."))
    assert "A token was refused on 15 Nov 2026, 12:00 UTC: It lives longer than one hour." in stands(visitor)["widget"]
    seen(world, key, SIGNED)
    assert states(visitor) == ["done", "done", "done", "next", "waits"]

    world.answers("acme", "end_user", [3], trust="none")
    assert "1 end user answered, but nobody vouches for them" in stands(visitor)["answer"]
    world.partner("other", 10)
    world.answers("other", "end_user", [3], on="2026-11-05")
    assert states(visitor) == ["done", "done", "done", "done", "next"]
    assert "heard at Other, the first on 5 Nov 2026" in stands(visitor)["answer"]
    assert "nowhere by the same metric at the same partner" in stands(visitor)["gap"]
    assert "4 steps of five to the first gap are done" in text(visitor.get("/desk").text)

    world.answers("acme", "end_user", [3, 4])
    assert states(visitor) == ["done"] * 5
    page = visitor.get("/desk/first-steps").text
    assert 'href="/desk/partners/acme"' in page and "The first gap is there" in page
    assert "first-steps" not in visitor.get("/desk").text


def test_what_waits_to_be_counted_is_said_to_wait(visitor: Visitor, world: World) -> None:
    world.partner("acme", 10)
    world.counts_at_once = False
    world.answers("acme", "buyer", {"ada": 9})
    visitor.come_in("admin")
    assert "1 change waits to be counted" in stands(visitor)["buyers"]
    world.catch_up()
    assert states(visitor)[1] == "done"


def test_a_page_that_was_turned_away_is_told(visitor: Visitor, world: World) -> None:
    world.partner("acme", 10)
    seen(world, make_keys(world), sightings.REFUSED_ORIGIN)
    visitor.come_in("admin")
    assert "its origin is not on the list of its key" in stands(visitor)["widget"]


def test_a_key_for_trying_out_is_no_key_for_pages(visitor: Visitor, world: World) -> None:
    make_keys(world, live=False)
    visitor.come_in("admin")
    assert "missing: There is no key for pages." in stands(visitor)["widget"]


def test_whoever_asks_without_the_widget_does_without_it(visitor: Visitor, world: World) -> None:
    world.partner("acme", 10)
    world.answers("acme", "end_user", [3])
    visitor.come_in("admin")
    assert states(visitor) == ["done", "next", "done", "done", "waits"]
    assert "End users were heard without it." in stands(visitor)["widget"]


def test_without_partners_the_overview_is_the_first_step_and_offers_a_demo(visitor: Visitor, world: World) -> None:
    page = visitor.sign_in("admin")
    assert "Five steps to the first gap" in page.text and "feedback demo" in page.text
    world.partner("acme", 10)
    assert "feedback demo" not in visitor.get("/desk/first-steps").text
    assert "1 step of five to the first gap is done" in text(visitor.get("/desk").text)


def test_admins_are_told_how_and_others_what_waits(visitor: Visitor, world: World) -> None:
    assert world
    visitor.come_in("admin")
    page = visitor.get("/desk/first-steps")
    assert "feedback keys add-signing" in page.text and "Admins of yours" not in page.text
    assert "connect-src 'self'" in page.headers["Content-Security-Policy"]
    assert " style=" not in page.text and "<script>" not in page.text
    for role in ("researcher", "analyst"):
        other = Visitor(visitor.client.application.test_client(), visitor.services)
        link = other.staff(f"{role}@example.com", role)
        other.get(link)
        other.post(link)
        page = other.get("/desk/first-steps")
        assert "Admins of yours do what is missing" in page.text and "feedback keys" not in page.text
        assert "There is no partner yet." in page.text


def test_account_managers_and_strangers_see_no_steps(visitor: Visitor, world: World) -> None:
    assert world
    for path in ("/desk/first-steps", STATE):
        assert visitor.get(path).status_code == 303
    visitor.come_in("account")
    for path in ("/desk/first-steps", STATE):
        assert "There is no partner yet" not in visitor.get(path).text


def test_a_page_that_looks_by_itself_does_not_keep_anybody_signed_in(visitor: Visitor, world: World) -> None:
    visitor.come_in("admin")
    clock = world.services.clock
    for path, stays in (("/desk/first-steps", True), (STATE, False)):
        clock.forward(minutes=29)  # type: ignore[attr-defined]
        assert visitor.get(path).status_code == 200
        clock.forward(minutes=2)  # type: ignore[attr-defined]
        assert (visitor.get(path).status_code == 200) is stays


@pytest.mark.parametrize("name", LANGUAGES)
def test_the_snippets_are_those_of_the_how_to(visitor: Visitor, name: str) -> None:
    shown = (ROOT / f"feedback/desk/snippets/{name}.txt").read_text()
    assert shown in {one.read_text() for one in (ROOT / "docs/how-to/sign").iterdir()}
    visitor.come_in("admin")
    assert f"<summary>{LANGUAGES[name]}</summary>" in visitor.get("/desk/first-steps").text


def test_the_page_asks_the_same_few_questions_however_much_came(visitor: Visitor, world: World) -> None:
    world.partner("acme", 10)
    world.answers("acme", "end_user", [3])
    world.answers("acme", "buyer", [3])
    visitor.come_in("admin")
    visitor.get(STATE)
    few = statements(visitor, STATE)
    for number in range(4):
        world.partner(f"more{number}", 10)
        world.answers(f"more{number}", "end_user", [3])
        seen(world, make_keys(world), LOADED)
    visitor.get(STATE)
    assert statements(visitor, STATE) == few
    assert few < 60
