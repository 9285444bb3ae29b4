"""An answer needs the impression that was granted for it; a second one to it is set aside, and staff can see it."""

from typing import Any
from uuid import UUID, uuid4

import flask
import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import Client, TestResponse

from feedback.core.services import Services
from feedback.privacy import retention
from feedback.privacy.erasing import erase
from feedback.privacy.held import Person
from feedback.responses import second
from feedback.responses.models import Response, SecondAnswer
from feedback.seats.commands import seat_id
from feedback.tallies.commands import fold_all
from tests.asgi import as_wsgi
from tests.conftest import asgi_on
from tests.embed import World, make_world


@pytest.fixture
def world(services: Services) -> World:
    return make_world(services)


@pytest.fixture(params=["quick", "flask"])
def client(request: pytest.FixtureRequest, app: flask.Flask, services: Services) -> Client | FlaskClient:
    """The way beside Flask, and the way through it."""
    if request.param == "flask":
        return app.test_client()
    return Client(as_wsgi(asgi_on(services)), TestResponse)


def ask(client: Client, world: World, person: str) -> str:
    body = {"survey": "end-user-nps", "version": 1, "locales": ["en"]}
    headers = world.headers(world.token(person))
    return client.post(f"/v1/embed/{world.key}/impressions", json=body, headers=headers).json["impression"]


def answer(client: Client, world: World, person: str, impression: str, response: UUID, **said: Any) -> TestResponse:
    body = {"survey": "end-user-nps", "version": 1, "impression": impression, "score": 9, "revision": 1}
    body |= {"complete": True, "answered_at": world.services.clock().isoformat(), **said}
    headers = world.headers(world.token(person))
    return client.put(f"/v1/embed/{world.key}/responses/{response}", json=body, headers=headers)


def counted(services: Services) -> tuple[int, int]:
    """Answers and second answers."""
    with services.database.reading() as session:
        both = (select(func.count()).select_from(model) for model in (Response, SecondAnswer))
        return tuple(session.scalar(one) or 0 for one in both)  # type: ignore[return-value]


@pytest.mark.requirement("ASVS 2.3.3")
@pytest.mark.requirement("TRUST nobody-invented-4: a second answer to an impression is set aside with its reason")
def test_a_second_answer_is_refused_kept_apart_and_never_counted(client, world: World, services: Services) -> None:
    impression, first = ask(client, world, "anna"), uuid4()
    assert answer(client, world, "anna", impression, first, score=2).status_code == 201
    other = uuid4()
    for _again in range(3):
        refused = answer(client, world, "anna", impression, other, score=10, comment="Splendid", revision=7)
        assert (refused.status_code, refused.json["code"]) == (409, "impression-taken")
        assert "Splendid" not in refused.text and "10" not in refused.json["detail"]
    # The first one still grows, and the second one becomes no part of it.
    assert answer(client, world, "anna", impression, first, score=3, revision=2).status_code == 200
    with services.database.reading() as session:
        (kept,) = session.scalars(select(Response)).all()
        assert (kept.id, kept.score, kept.comment) == (first, 3, None)
        (aside,) = second.seconds_of(session, world.partner.id, 10)
        assert (aside.response_id, aside.score, aside.comment, aside.times) == (other, 10, "Splendid", 3)
        assert (aside.trust, str(aside.impression_id)) == ("vendor", impression)
        assert second.seconds(session) == (1, 1, services.clock())
    fold_all(services.database, now=services.clock())
    assert counted(services) == (1, 1)


@pytest.mark.requirement("TRUST nobody-invented-4: an answer needs the impression that was granted to that person")
def test_an_answer_without_its_impression_leaves_nothing(client, world: World, services: Services) -> None:
    granted = ask(client, world, "anna")
    for person, impression in (("ben", granted), ("anna", str(uuid4()))):
        refused = answer(client, world, person, impression, uuid4())
        assert (refused.status_code, refused.json["code"]) == (409, "impression-refused")
    assert counted(services) == (0, 0)


def test_nobody_fills_the_table_and_erasing_a_person_empties_it(client, world: World, services: Services) -> None:
    impression = ask(client, world, "anna")
    answer(client, world, "anna", impression, uuid4())
    for _number in range(second.MOST + 4):
        assert answer(client, world, "anna", impression, uuid4()).status_code == 409
    assert counted(services) == (1, second.MOST)
    with services.database.transaction() as session:
        person = seat_id(services.secrets.pepper, world.partner.id, "anna")
        erase(session, Person(world.partner.id, (person,)), now=services.clock())
    assert counted(services) == (0, 0)


@pytest.mark.requirement("ASVS 14.2.7")
def test_what_a_second_answer_says_goes_when_its_time_is_over(client, world: World, services: Services) -> None:
    impression = ask(client, world, "anna")
    answer(client, world, "anna", impression, uuid4())
    answer(client, world, "anna", impression, uuid4(), comment="Splendid")
    for days, left in ((300, ["Splendid"]), (100, [None]), (800, [])):
        services.clock.forward(days=days)  # type: ignore[attr-defined]
        retention.enforce(services.database, services.settings, now=services.clock())
        with services.database.reading() as session:
            assert session.scalars(select(SecondAnswer.comment)).all() == left
