"""Deleting an answer, choosing a reason, leaving an address: what is kept, what goes, and who may do it."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from feedback.core.services import Services
from feedback.partners.commands import PolicyTerms, record_policy
from feedback.responses.answering import forget_contacts
from feedback.responses.models import Contact, Impression, Response, Voice
from feedback.surveys.commands import create_survey, publish
from feedback.surveys.definition import Definition, Quiet
from feedback.tallies.commands import fold_all
from feedback.tallies.verify import verify
from tests.embed import World, make_world


@pytest.fixture
def world(services: Services) -> World:
    made = make_world(services)
    with services.database.transaction() as session:
        now = services.clock()
        asked = Definition(delay_s=0, contact=True, choices=("price", "slow_support"), texts=WORDS, quiet=Quiet(0))
        publish(session, create_survey(session, "long", "end_user", "nps", asked, now=now), now=now)
        record_policy(session, made.partner.id, PolicyTerms(may_contact=True), now=now)
    return made


WORDS = {"en": {"choices.slow_support": "Slow support"}}


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def ask(client: FlaskClient, world: World, token: str | None, key: str) -> str:
    body = {"survey": "long", "version": 1}
    granted = client.post(f"/v1/embed/{key}/impressions", json=body, headers=world.headers(token))
    assert granted.status_code == 201, granted.json
    return str(granted.json["impression"])


def put(client: FlaskClient, world: World, token: str | None, key: str, response: UUID, **said: Any) -> Any:
    answered = {"score": 3, "revision": 1, "complete": False, "answered_at": world.services.clock().isoformat()}
    body = {"survey": "long", "version": 1, **answered, **said}
    return client.put(f"/v1/embed/{key}/responses/{response}", json=body, headers=world.headers(token))


def drop(client: FlaskClient, world: World, token: str | None, key: str, response: UUID) -> int:
    return client.delete(f"/v1/embed/{key}/responses/{response}", headers=world.headers(token)).status_code


@pytest.mark.parametrize("signed", [True, False])
def test_a_deleted_answer_is_gone_from_everywhere_and_does_not_come_back(client, world, services, signed) -> None:
    token, key = (world.token(), world.key) if signed else (None, world.partner_key)
    said = {"impression": ask(client, world, token, key)}
    response = uuid4()
    given = {"comment": "slow", "contact": "ada@example.com", "complete": True, "revision": 2}
    assert put(client, world, token, key, response, **said).status_code == 201
    assert put(client, world, token, key, response, **said, **given).status_code == 200
    fold_all(services.database, now=services.clock())
    for _ in range(2):
        assert drop(client, world, token, key, response) == 204
    fold_all(services.database, now=services.clock())
    late = put(client, world, token, key, response, **said, revision=3)
    assert (late.status_code, late.json["code"]) == (410, "response-deleted")
    other = put(client, world, token, key, uuid4(), **said)
    assert other.status_code == 410
    with services.database.reading() as session:
        for model in (Response, Contact, Voice):
            assert session.scalars(select(model)).all() == []
        assert session.scalars(select(Impression.state)).all() == ["withdrawn"]
    with services.database.transaction() as session:
        assert not verify(session, now=services.clock()).differences


def test_nobody_else_can_delete_an_answer(client, world, services) -> None:
    token, response = world.token(), uuid4()
    put(client, world, token, world.key, response, impression=ask(client, world, token, world.key))
    others = (world.token("ben"), world.key), (world.token(partner=world.other.slug), world.key)
    for other, key in (*others, (None, world.partner_key), (world.token(role="buyer"), world.key)):
        assert drop(client, world, other, key, response) in (204, 404)
    with services.database.reading() as session:
        assert session.scalars(select(Response.id)).all() == [response]
        assert session.scalars(select(Impression.state)).all() == ["answered"]
    moved = client.patch(
        f"/v1/embed/{world.key}/impressions/{uuid4()}", json={"state": "shown"}, headers=world.headers(token)
    )
    assert moved.status_code == 404


def test_a_reason_is_one_of_those_that_the_survey_offers(client, world, services) -> None:
    token, response = world.token(), uuid4()
    said = {"impression": ask(client, world, token, world.key)}
    refused = put(client, world, token, world.key, response, **said, reason="effort")
    assert (refused.status_code, "price, slow_support" in refused.json["detail"]) == (422, True)
    assert put(client, world, token, world.key, response, **said, reason="slow_support").status_code == 201
    fold_all(services.database, now=services.clock())
    with services.database.reading() as session:
        assert session.scalars(select(Voice.reason)).all() == ["slow_support"]
    with services.database.transaction() as session:
        assert not verify(session, now=services.clock()).differences


@pytest.mark.requirement("ASVS 14.2.7")
def test_an_address_is_kept_encrypted_and_forgotten_in_time(client, world, services, clock) -> None:
    token, response = world.token(), uuid4()
    said = {"impression": ask(client, world, token, world.key), "complete": True}
    wrong = put(client, world, token, world.key, response, **said, contact="not an address")
    assert (wrong.status_code, list(wrong.json["errors"])) == (422, ["contact"])
    assert put(client, world, token, world.key, response, **said, contact=" ada@example.com ").status_code == 201
    with services.database.transaction() as session:
        kept = session.scalars(select(Contact)).one()
        assert b"ada" not in kept.address_encrypted
        assert services.secrets.vault.decrypt(kept.address_encrypted) == b"ada@example.com"
        assert forget_contacts(session, clock.now - timedelta(days=90)) == 0
        assert forget_contacts(session, clock.now + timedelta(seconds=1)) == 1


@pytest.mark.parametrize("terms", [PolicyTerms(may_contact=False)])
def test_without_the_partners_permission_no_address_is_kept_and_the_answer_is(client, world, services, terms) -> None:
    with services.database.transaction() as session:
        record_policy(session, world.partner.id, terms, now=services.clock() + timedelta(seconds=1))
    token, response = world.token(), uuid4()
    said = {"impression": ask(client, world, token, world.key), "contact": "ada@example.com"}
    assert put(client, world, token, world.key, response, **said).status_code == 201
    with services.database.reading() as session:
        assert session.scalars(select(Contact)).all() == []
        assert session.scalars(select(Response.id)).all() == [response]
