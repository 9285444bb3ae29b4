"""The call list: who said yes to being contacted, until they are forgotten, and what came of it."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from feedback.app import create_app
from feedback.core import secrets
from feedback.responses.models import Contact
from feedback.seats.commands import seat_id
from tests.conftest import FakeClock
from tests.desk.conftest import Visitor
from tests.desk.speaking import audited, say, text
from tests.gap.world import PEPPER, World

PAGE = "/desk/call-list"


@pytest.fixture
def one(world: World) -> World:
    """A partner that allows its people to be contacted."""
    world.partner("acme", name="Acme & Sons")
    world.policy("acme", may_contact=True)
    return world


@pytest.fixture
def reader(visitor: Visitor) -> Visitor:
    """A researcher who is signed in."""
    visitor.come_in(role="researcher")
    return visitor


def says_yes(
    world: World, person: str, comment: str | None = "Call me", *, days_ago: int = 1, slug: str = "acme"
) -> UUID:
    """Somebody answers and leaves an address; the id of the answer."""
    response_id = say(world, slug, comment, person=person, score=2)
    row = Contact(
        partner_id=world.ids[slug],
        respondent_id=seat_id(PEPPER, world.ids[slug], person),
        response_id=response_id,
        address_encrypted=world.services.secrets.vault.encrypt(f"{person}@example.com".encode()),
        given_at=world.services.clock() - timedelta(days=days_ago),
    )
    with world.services.database.transaction() as session:
        session.add(row)
    return response_id


def test_it_shows_who_where_what_they_said_and_how_long_they_are_remembered(reader: Visitor, one: World) -> None:
    says_yes(one, "ada", "The <b>export</b> fails", days_ago=20)
    page = reader.get(PAGE)
    seen = text(page.text)
    assert "1 person waits to be contacted" in seen
    assert "ada@example.com Acme & Sons NPS 2 26 Oct 2026 · forgotten in 70 days The <b>export</b> fails" in seen
    assert "<b>export" not in page.text
    pseudonym = seat_id(PEPPER, one.ids["acme"], "ada")
    assert str(pseudonym) not in page.text and pseudonym.hex not in page.text


def test_the_latest_come_first_and_pages_follow_each_other(reader: Visitor, one: World) -> None:
    for number in range(60):
        says_yes(one, f"p{number:02}", None, days_ago=number)
    first = reader.get(PAGE).text
    assert first.index("p00@") < first.index("p49@")
    assert "p50@" not in first
    path = first.split('" rel="next">')[0].rpartition('"')[2]
    rest = reader.get(path).text
    assert "p49@" not in rest and "p50@" in rest and "p59@" in rest and 'rel="next"' not in rest


def test_an_outcome_takes_somebody_off_the_open_ones(reader: Visitor, one: World, clock: FakeClock) -> None:
    response_id = says_yes(one, "ada")
    says_yes(one, "bob")
    reader.get(PAGE)
    sent = reader.post(f"{PAGE}/acme/{response_id}", outcome="talked", note="Wants a bigger button", back=PAGE)
    assert (sent.status_code, sent.headers["Location"]) == (303, f"{PAGE}#c-acme-{response_id.hex}")
    open_ones = text(reader.get(PAGE).text)
    assert "ada@" not in open_ones and "bob@" in open_ones and "1 person waits" in open_ones
    everybody = text(reader.get(f"{PAGE}?show=all").text)
    assert "ada@example.com" in everybody and "talked" in everybody
    assert "Note: Wants a bigger button ann@example.com , 15 Nov 2026" in everybody
    (entry,) = audited(one.services, "contact.handled")
    assert (entry.actor, entry.target) == ("staff:ann@example.com", str(response_id))
    assert entry.detail == {"partner": str(one.ids["acme"]), "outcome": "talked"}
    with one.services.database.reading() as session:
        (kept,) = session.scalars(select(Contact).where(Contact.response_id == response_id))
    assert (kept.outcome, kept.handled_at, kept.handled_by) == ("talked", clock.now, "staff:ann@example.com")


def test_every_look_is_written_down_without_the_addresses(reader: Visitor, one: World) -> None:
    says_yes(one, "ada")
    reader.get(PAGE)
    reader.get(f"{PAGE}?show=all")
    assert [(entry.actor, entry.detail) for entry in audited(one.services, "contact.read")] == [
        ("staff:ann@example.com", {"only_open": True, "count": 1}),
        ("staff:ann@example.com", {"only_open": False, "count": 1}),
    ]


@pytest.mark.parametrize(
    ("days_ago", "seen"), [(1, "forgotten in 89 days"), (89, "forgotten in 1 day"), (90, "Nobody waits")]
)
def test_somebody_is_on_it_for_as_long_as_the_card_said(reader: Visitor, one: World, days_ago: int, seen: str) -> None:
    says_yes(one, "ada", days_ago=days_ago)
    assert seen in text(reader.get(PAGE).text)


def test_a_partner_that_takes_its_permission_back_takes_its_people_off(
    reader: Visitor, one: World, clock: FakeClock
) -> None:
    says_yes(one, "ada")
    one.partner("silent")
    says_yes(one, "eve", slug="silent")
    seen = reader.get(PAGE).text
    assert "ada@" in seen and "eve@" not in seen
    clock.forward(minutes=1)
    one.policy("acme", may_contact=False)
    assert "ada@" not in reader.get(PAGE).text
    clock.forward(minutes=1)
    one.policy("acme", may_contact=True, valid_until=clock.now.date() - timedelta(days=1))
    assert "ada@" not in reader.get(PAGE).text


def test_what_is_restricted_is_not_repeated_here(reader: Visitor, one: World) -> None:
    response_id = says_yes(one, "ada", "I was ill for weeks")
    reader.get("/desk/comments")
    reader.post(f"/desk/comments/acme/{response_id}/remarks", restricted="health")
    page = reader.get(PAGE).text
    assert "ada@" in page and "ill for weeks" not in page and "restricted" in page


def test_an_address_of_another_secret_is_named_as_such(one: World) -> None:
    says_yes(one, "ada")
    other = replace(one.services, secrets=secrets.load(replace(one.services.settings, secret="x" * 52)))
    stranger = Visitor(create_app(other.settings, other).test_client(), other)
    stranger.come_in(role="admin")
    page = stranger.get(PAGE)
    assert page.status_code == 200
    assert "The address cannot be read" in page.text and "mailto" not in page.text


def test_only_researchers_and_admins_see_it_and_change_it(visitor: Visitor, one: World) -> None:
    response_id = says_yes(one, "ada")
    for role, may in (("analyst", False), ("account", False), ("admin", True)):
        link = visitor.staff(email=f"{role}@example.com", role=role)
        visitor.get(link)
        visitor.post(link)
        visitor.get("/desk")
        page = visitor.get(PAGE)
        assert (page.status_code, "ada@" in page.text) == ((200, True) if may else (403, False))
        sent = visitor.post(f"{PAGE}/acme/{response_id}", outcome="declined")
        assert sent.status_code == (303 if may else 403)
        visitor.get("/desk")
        visitor.post("/logout")


def test_forged_wrong_and_foreign_forms_change_nothing(reader: Visitor, one: World) -> None:
    response_id = says_yes(one, "ada")
    one.partner("other")
    reader.get(PAGE)
    assert reader.post(f"{PAGE}/acme/{response_id}", token="", outcome="talked").status_code == 403
    assert reader.post(f"{PAGE}/acme/{response_id}", outcome="married").status_code == 422
    assert reader.post(f"{PAGE}/other/{response_id}", outcome="talked").status_code == 404
    assert reader.post(f"{PAGE}/nobody/{response_id}", outcome="talked").status_code == 404
    assert audited(one.services, "contact.handled") == []


def test_an_empty_list_says_how_people_come_onto_it(reader: Visitor) -> None:
    assert "Nobody waits. People come here when a survey offers" in text(reader.get(PAGE).text)
