"""A comment bears on a claim or a decision, and has an address of its own."""

from datetime import date
from uuid import UUID

import pytest

from feedback.core.ids import new_id
from feedback.decisions import commands
from feedback.decisions.values import NewClaim, NewDecision
from tests.desk.conftest import Visitor
from tests.desk.reading import statements
from tests.desk.speaking import audited, say, text, written
from tests.gap.world import World

PAGE = "/desk/comments"


@pytest.fixture
def two(world: World) -> World:
    """Two partners."""
    world.partner("acme", name="Acme")
    world.partner("beta", name="Beta")
    return world


@pytest.fixture
def reader(visitor: Visitor) -> Visitor:
    """A researcher who is signed in."""
    visitor.come_in(role="researcher")
    return visitor


def claim(world: World, slug: str, words: str = "Nobody has time") -> UUID:
    """Somebody at a partner claims something."""
    new = NewClaim("The buyer", date(2026, 11, 2), words)
    with world.services.database.transaction() as session:
        return commands.add_claim(session, world.ids[slug], new, actor="cli", now=world.services.clock()).id


def decision(world: World, slug: str | None, title: str = "A shorter form") -> UUID:
    """Something is decided about a partner, or about all."""
    new = NewDecision(title, "It is slow", "Ann", "end_user", "Five points", date(2026, 12, 24))
    about = world.ids[slug] if slug else None
    with world.services.database.transaction() as session:
        now = world.services.clock()
        return commands.add_decision(session, world.services.settings, new, partner_id=about, actor="cli", now=now).id


def link(visitor: Visitor, slug: str, response_id: UUID, **fields: object) -> int:
    """Send the form of one comment; the status of the answer."""
    visitor.get(PAGE)
    named = {name: str(value) for name, value in fields.items()}
    return visitor.post(f"{PAGE}/{slug}/{response_id}/remarks", back=PAGE, **named).status_code


def test_a_linked_comment_is_found_by_its_claim_and_by_its_decision(reader: Visitor, two: World) -> None:
    spoken = say(two, "acme", "Too slow")
    say(two, "acme", "Unrelated")
    held, decided = claim(two, "acme"), decision(two, None)
    assert link(reader, "acme", spoken, claim=held, decision=decided) == 303
    assert "Bears on the claim Nobody has time and the decision A shorter form" in text(reader.get(PAGE).text)
    assert written(reader.get(f"{PAGE}?claim={held}").text) == ["Too slow"]
    assert written(reader.get(f"{PAGE}?decision={decided}").text) == ["Too slow"]
    assert f"{PAGE}?partner=acme&amp;claim={held}" in reader.get("/desk/partners/acme").text
    assert f"{PAGE}?decision={decided}" in reader.get(f"/desk/decisions/{decided}").text


def test_a_link_is_taken_back_by_an_empty_field(reader: Visitor, two: World) -> None:
    spoken, held = say(two, "acme", "Too slow"), claim(two, "acme")
    link(reader, "acme", spoken, claim=held)
    assert link(reader, "acme", spoken, claim="") == 303
    assert written(reader.get(f"{PAGE}?claim={held}").text) == []


def test_what_is_about_another_partner_is_neither_offered_nor_taken(reader: Visitor, two: World) -> None:
    spoken, held, decided = (
        say(two, "acme", "Too slow"),
        claim(two, "beta", "Beta says"),
        decision(two, "beta", "Beta's"),
    )
    page = reader.get(PAGE).text
    assert "Beta says" not in page and "Beta&#39;s" not in page
    assert link(reader, "acme", spoken, claim=held) == 404
    assert link(reader, "acme", spoken, decision=decided) == 404
    assert link(reader, "acme", spoken, claim=new_id()) == 404
    assert written(reader.get(f"{PAGE}?claim={held}").text) == []


def test_a_comment_has_an_address_and_reading_it_there_is_written_down(reader: Visitor, two: World) -> None:
    spoken = say(two, "acme", "About my health")
    link(reader, "acme", spoken, restricted="health")
    page = reader.get(f"{PAGE}/acme/{spoken}")
    assert written(page.text) == ["About my health"]
    assert audited(two.services, "comment.read")[-1].target == "restricted comments"
    assert audited(two.services, "comment.read")[-1].detail == {"partner": "acme", "response": str(spoken), "count": 1}
    for other in (f"beta/{spoken}", f"acme/{new_id()}", f"nobody/{spoken}"):
        assert reader.get(f"{PAGE}/{other}").status_code == 404


def test_an_analyst_reads_no_comment_by_its_address(visitor: Visitor, two: World) -> None:
    spoken = say(two, "acme", "Too slow")
    visitor.come_in(role="analyst")
    page = visitor.get(f"{PAGE}/acme/{spoken}")
    assert page.status_code == 403 and "Too slow" not in page.text


def test_links_take_two_statements_however_many_comments(reader: Visitor, two: World) -> None:
    say(two, "acme", "One")
    claim(two, "acme")
    few = statements(reader, PAGE)
    for number in range(12):
        say(two, ("acme", "beta")[number % 2], f"Number {number}")
        claim(two, ("acme", "beta")[number % 2])
    assert statements(reader, PAGE) == few
