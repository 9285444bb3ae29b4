"""Answers by personal link: one for each invitation, from its own page, by its own person."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import flask
import pytest
from flask.testing import FlaskClient

from feedback.core.services import Services
from feedback.responses import by_link
from feedback.responses.answering import Answer
from feedback.responses.models import Response
from feedback.seats.commands import seat_id
from feedback.seats.models import Seat
from feedback.surveys.commands import pause
from feedback.surveys.queries import survey_by_name
from tests.embed import World, make_world
from tests.responses.links import Card, all_of, token_for

OWN = "http://localhost:8000"


@pytest.fixture(autouse=True)
def world(services: Services) -> World:
    return make_world(services)


@pytest.fixture
def client(app: flask.Flask) -> FlaskClient:
    return app.test_client()


def test_a_link_leads_to_the_card_and_its_answer_counts_as_the_vendors_word(client, world, services, bell) -> None:
    token = token_for(services)
    card = Card.opened(client, services, token)
    assert card.data["api"] == f"/v1/invited/{token}"
    kept = card.put(9)
    assert (kept.status_code, kept.json) == (201, {"response": card.data["response"], "revision": 1})
    assert "Access-Control-Allow-Origin" not in kept.headers
    (row,) = all_of(services, Response)
    assert (row.score, row.trust, row.live, row.audience) == (9, "vendor", True, "end_user")
    assert row.respondent_id == seat_id(services.secrets.pepper, world.partner.id, "anna")
    assert bell.rung == ["fold"]


def test_after_an_answer_the_open_card_goes_on_and_every_link_says_answered(client, services, clock) -> None:
    token, other = token_for(services), token_for(services)
    card, second = Card.opened(client, services, token), Card.opened(client, services, other)
    assert card.put(9).status_code == 201
    clock.forward(minutes=1)
    assert card.put(9, revision=2, comment="The calendar", complete=True).status_code == 200
    for link in (token, other):
        closed = client.get(f"/s/{link}")
        assert (closed.status_code, "It has been answered already." in closed.text) == (410, True)
    refused = second.put(1)
    assert (refused.status_code, refused.json["code"]) == (409, "impression-taken")
    (row,) = all_of(services, Response)
    assert (row.score, row.comment) == (9, "The calendar")


def test_a_card_that_was_opened_the_day_before_does_not_answer_twice(client, services, clock) -> None:
    token = token_for(services)
    early = Card.opened(client, services, token)
    clock.forward(days=2)
    late = Card.opened(client, services, token)
    assert late.data["impression"] != early.data["impression"]
    assert early.put(2).status_code == 201
    assert (late.put(9).status_code, late.put(9).json["code"]) == (409, "impression-taken")
    assert early.put(3, revision=2).status_code == 200
    assert [row.score for row in all_of(services, Response)] == [3]


def test_two_tabs_that_answer_at_once_give_one_answer(app, services, clock) -> None:
    token = token_for(services)
    cards = [Card.opened(app.test_client(), services, token) for _ in range(2)]
    clock.forward(days=2)
    cards += [Card.opened(app.test_client(), services, token) for _ in range(2)]
    assert (len({one.data["impression"] for one in cards}), len({one.data["response"] for one in cards})) == (2, 4)
    with ThreadPoolExecutor(4) as pool:
        codes = sorted(one.status_code for one in pool.map(lambda card: card.put(5), cards))
    assert codes == [201, 409, 409, 409]
    assert len(all_of(services, Response)) == 1


def test_of_two_cards_that_answer_at_once_the_later_waits_and_is_refused(app, services, clock) -> None:
    token = token_for(services)
    early = Card.opened(app.test_client(), services, token)
    clock.forward(days=2)
    late = Card.opened(app.test_client(), services, token)
    said = Answer("end-user-nps", 1, UUID(early.data["impression"]), 2, 1, complete=False, answered_at=clock.now)
    with ThreadPoolExecutor(1) as pool:
        with services.database.transaction() as session:
            by_link.answer(session, token, uuid4(), said, vault=services.secrets.vault, now=clock.now)
            second = pool.submit(late.put, 9)
            with pytest.raises(TimeoutError):
                second.result(0.5)
        assert second.result(20).json["code"] == "impression-taken"
    assert [row.score for row in all_of(services, Response)] == [2]


def test_an_answer_can_be_deleted_on_the_open_card_and_its_link_stays_used(client, services) -> None:
    token = token_for(services)
    card = Card.opened(client, services, token)
    card.put(1)
    assert card.delete().status_code == 204
    assert all_of(services, Response) == []
    back = card.put(1, revision=2)
    assert (back.status_code, back.json["code"]) == (410, "response-deleted")
    assert client.get(f"/s/{token}").status_code == 410


def test_an_answer_in_the_product_ends_the_link_too(client, world, services) -> None:
    token = token_for(services)
    asked = {"survey": "end-user-nps", "version": 1}
    headers = world.headers(world.token("anna"))
    granted = client.post(f"/v1/embed/{world.key}/impressions", json=asked, headers=headers).json["impression"]
    body = {
        **asked,
        "impression": granted,
        "score": 4,
        "revision": 1,
        "complete": True,
        "answered_at": services.clock().isoformat(),
    }
    client.put(f"/v1/embed/{world.key}/responses/{uuid4()}", json=body, headers=headers)
    assert "It has been answered already." in client.get(f"/s/{token}").text


def test_who_answered_may_be_invited_again_later(client, services, clock) -> None:
    old = token_for(services)
    Card.opened(client, services, old).put(9)
    clock.forward(days=1)
    assert Card.opened(client, services, token_for(services)).put(2).status_code == 201
    assert client.get(f"/s/{old}").status_code == 410
    assert sorted(row.score for row in all_of(services, Response)) == [2, 9]


def test_a_link_ends_and_what_was_open_then_is_taken_for_a_week(client, services, clock) -> None:
    token = token_for(services, days=3)
    clock.forward(days=2, hours=23)
    card = Card.opened(client, services, token)
    clock.forward(hours=2)
    closed = client.get(f"/s/{token}")
    assert (closed.status_code, "It is too old." in closed.text) == (410, True)
    clock.forward(days=6)
    assert card.put(8).status_code == 201
    clock.forward(days=1)
    late = card.put(7, revision=2)
    assert (late.status_code, late.json["code"]) == (410, "invitation-expired")


def test_what_was_open_when_the_survey_was_paused_is_still_taken(client, services) -> None:
    card = Card.opened(client, services, token_for(services))
    with services.database.transaction() as session:
        pause(survey_by_name(session, "end-user-nps"))
    assert card.put(6).status_code == 201


def test_a_link_answers_for_its_own_person_and_survey_only(client, services) -> None:
    anna, ben = (Card.opened(client, services, token_for(services, one)) for one in ("anna", "ben"))
    anna.put(9)
    mixed = Card(client, services, {**ben.data, "impression": anna.data["impression"]})
    assert mixed.put(0).json["code"] == "impression-refused"
    assert mixed.says("left").status_code == 404
    stolen = Card(client, services, {**ben.data, "response": anna.data["response"]})
    assert (stolen.put(0, revision=9).json["code"], stolen.delete().status_code) == ("response-of-another", 404)
    other = Card.opened(client, services, token_for(services, "ben", survey="buyer-nps"))
    assert Card(client, services, {**other.data, "survey": "end-user-nps"}).put(0).json["code"] == "impression-refused"
    assert [row.score for row in all_of(services, Response)] == [9]


def test_a_page_of_another_site_cannot_speak_through_a_link(client, services) -> None:
    card = Card.opened(client, services, token_for(services))
    for origin in ("https://portal.example", "null", "http://localhost:8001"):
        refused = card.put(0, headers={"Origin": origin})
        assert (refused.status_code, refused.json["code"]) == (403, "origin-not-allowed")
        assert not [name for name, _ in refused.headers if name.startswith("Access-Control-")]
    assert card.put(9, headers={"Origin": OWN}).status_code == 201


def test_a_test_link_is_answered_apart_and_leaves_no_trace_of_the_person(client, services) -> None:
    card = Card.opened(client, services, token_for(services, live=False))
    assert card.put(9).status_code == 201
    assert [row.live for row in all_of(services, Response)] == [False]
    assert card.objects().json == {"objected": False}
    assert all_of(services, Seat) == []
    assert Card.opened(client, services, token_for(services)).put(3).status_code == 201
