"""Personal links: who gets one, what opening one does, and when it ends."""

import logging
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import flask
import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from feedback.buyers.models import Buyer
from feedback.core.ids import digest
from feedback.core.services import Services
from feedback.partners.commands import PolicyTerms, record_policy
from feedback.responses import by_link
from feedback.responses.invitations import NewInvitation, NotInvited, expiry, invite
from feedback.responses.models import Impression, Invitation, Response
from feedback.seats.attributes import Declared
from feedback.seats.commands import NewSeat, object_to, put_seats, seat_id
from feedback.seats.models import ActivityMonth, Seat
from feedback.surveys.commands import change_draft, pause, publish
from feedback.surveys.definition import Definition, Quiet
from feedback.surveys.queries import survey_by_name
from tests.embed import World, make_world
from tests.responses.links import Card, all_of, made_up, token_for


@pytest.fixture(autouse=True)
def world(services: Services) -> World:
    return make_world(services)


@pytest.fixture
def client(app: flask.Flask) -> FlaskClient:
    return app.test_client()


def test_only_the_hash_of_a_token_is_kept_and_nothing_of_who_it_is(world, services) -> None:
    token = token_for(services, "anna@example.com")
    (kept,) = all_of(services, Invitation)
    assert (kept.token_hash, kept.partner_id) == (digest(token[26:]), world.partner.id)
    assert re.fullmatch(r"[0-9a-z]{52}", token)
    assert "anna" not in repr({column.name: getattr(kept, column.name) for column in Invitation.__table__.columns})
    assert len({token_for(services) for _ in range(50)}) == 50


def test_links_make_seats_known_without_a_word_about_when_they_were_deployed(world, services) -> None:
    with services.database.transaction() as session:
        ben = seat_id(services.secrets.pepper, world.partner.id, "ben")
        put_seats(session, [NewSeat(world.partner.id, ben, date(2026, 10, 1))], Declared(session), now=services.clock())
    for person in ("anna", "ben"):
        token_for(services, person)
    assert sorted(str(one.deployed_on) for one in all_of(services, Seat)) == ["2026-10-01", "None"]


def test_links_make_buyers_known_by_name_and_role(client, services) -> None:
    token = token_for(services, "cfo@northwind", survey="buyer-nps", name="Cleo", role="decision_maker")
    (buyer,) = all_of(services, Buyer)
    assert (buyer.external_id, buyer.name, buyer.role) == ("cfo@northwind", "Cleo", "decision_maker")
    token_for(services, "cfo@northwind", survey="buyer-nps")
    assert all_of(services, Buyer)[0].name == "Cleo"
    assert Card.opened(client, services, token).put(3).status_code == 201
    (row,) = all_of(services, Response)
    assert (row.audience, row.respondent_id) == ("buyer", buyer.id)
    assert all_of(services, Seat) == []


def test_opening_a_link_uses_nothing_up_and_writes_no_answer(client, services) -> None:
    token = token_for(services)
    first = Card.opened(client, services, token)
    again = [Card.opened(client, services, token) for _ in range(3)]
    assert {one.data["impression"] for one in again} == {first.data["impression"]}
    assert all_of(services, Response) == []
    assert [one.state for one in all_of(services, Impression)] == ["granted"]
    assert again[-1].put(7).status_code == 201


def test_a_look_at_the_headers_writes_nothing_at_all(client, services) -> None:
    token = token_for(services)
    head = client.head(f"/s/{token}")
    assert (head.status_code, head.data, head.headers["X-Robots-Tag"]) == (200, b"", "noindex, nofollow")
    assert head.headers["Cache-Control"] == "no-store"
    assert all_of(services, Impression) == []
    assert client.head(f"/s/{made_up(token)}").status_code == 404


def test_the_page_tells_nobody_where_it_was_and_is_framed_by_nobody(client, services) -> None:
    token = token_for(services)
    for address in (f"/s/{token}", f"/s/{made_up(token)}"):
        headers = client.get(address).headers
        assert (headers["Cache-Control"], headers["Referrer-Policy"]) == ("no-store", "no-referrer")
        assert headers["X-Robots-Tag"] == "noindex, nofollow"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert not [name for name, _ in headers if name.startswith("Access-Control-")]


@pytest.mark.parametrize(
    ("lang", "accepted", "spoken"),
    [(None, "de-CH,en;q=0.5", "de"), (None, "xx, en;q=0.2, fr;q=0.9", "fr"), ("ar", "de", "ar"), ("", None, "en")],
)
def test_the_page_speaks_the_persons_language(client, services, lang, accepted, spoken) -> None:
    query = {} if lang is None else {"lang": lang}
    headers = {} if accepted is None else {"Accept-Language": accepted}
    for token in (token_for(services), "gone"):
        text = client.get(f"/s/{token}", query_string=query, headers=headers).text
        assert f'<html lang="{spoken}"' in text


def test_a_link_that_is_opened_twice_at_once_grants_one_impression(app, services, clock) -> None:
    token = token_for(services)
    with ThreadPoolExecutor(1) as pool:
        with services.database.transaction() as session:
            first = by_link.open_link(session, token, now=clock.now).impression
            second = pool.submit(Card.opened, app.test_client(), services, token)
            with pytest.raises(TimeoutError):
                second.result(0.5)
        assert second.result(20).data["impression"] == str(first.id)
    assert len(all_of(services, Impression)) == 1


def test_what_was_never_sent_opens_nothing(client, services) -> None:
    token = token_for(services)
    for wrong in (made_up(token), token[:-1], token.upper(), "z" * 52, "x", "%00", token + "%0A"):
        response = client.get(f"/s/{wrong}")
        assert response.status_code in (400, 404), wrong
        door = client.post(f"/v1/invited/{wrong}/objection", json={})
        assert (door.status_code, door.get_json(force=True)["code"]) in (
            (404, "invitation-unknown"),
            (400, "bad-request"),
        )
    assert "the whole address was copied" in client.get(f"/s/{made_up(token)}").text


def test_quiet_periods_samples_and_caps_do_not_hold_for_somebody_who_was_invited(client, services) -> None:
    with services.database.transaction() as session:
        survey = survey_by_name(session, "end-user-nps")
        strict = Definition(delay_s=0, sample=0.0001, daily_cap=1, quiet=Quiet(first_use_days=365))
        change_draft(survey, strict)
        publish(session, survey, now=services.clock())
    for person in ("anna", "ben", "cem"):
        card = Card.opened(client, services, token_for(services, person))
        assert (card.data["version"], card.put(6).status_code) == (2, 201)


@pytest.mark.parametrize("why", ["paused", "policy", "policy ran out", "partner left", "objected", "seat left"])
def test_a_link_asks_nobody_who_may_not_be_asked_any_more(client, world, services, clock, why) -> None:
    token = token_for(services)
    now, partner = clock.now, world.partner.id
    anna = seat_id(services.secrets.pepper, partner, "anna")
    with services.database.transaction() as session:
        if why == "paused":
            pause(survey_by_name(session, "end-user-nps"))
        elif why == "policy":
            record_policy(session, partner, PolicyTerms(may_ask=False), now=now)
        elif why == "policy ran out":
            record_policy(session, partner, PolicyTerms(valid_until=now.date() - timedelta(days=1)), now=now)
        elif why == "partner left":
            session.merge(world.partner).left_at = now
        elif why == "objected":
            object_to(session, partner, anna, now=now)
        else:
            put_seats(session, [NewSeat(partner, anna, left_on=now.date())], Declared(session), now=now)
    response = client.get(f"/s/{token}")
    assert (response.status_code, "There are no questions at the moment." in response.text) == (409, True)
    assert all_of(services, Impression) == []


@pytest.mark.parametrize(("survey", "person"), [("end-user-nps", Seat), ("buyer-nps", Buyer)])
def test_who_objects_by_link_gets_no_other(client, services, survey, person) -> None:
    token = token_for(services, survey=survey)
    card = Card.opened(client, services, token)
    assert card.objects().json == {"objected": True}
    assert all_of(services, person)[0].objected_at == services.clock()
    assert client.get(f"/s/{token}").status_code == 409
    with pytest.raises(AssertionError, match="objected"):
        token_for(services, survey=survey)


def test_a_page_that_was_shown_marks_the_day_and_one_that_was_left_can_be_opened_again(client, services) -> None:
    token = token_for(services)
    card = Card.opened(client, services, token)
    assert card.says("shown").json["state"] == "shown"
    assert card.says("left").json["state"] == "left"
    (month,) = all_of(services, ActivityMonth)
    assert (month.shown_days, month.days) == (1 << 14, 0)
    assert Card.opened(client, services, token).data["impression"] == card.data["impression"]


def test_inviting_says_for_each_person_why_not(world, services) -> None:
    now = services.clock()
    with services.database.transaction() as session:
        gone = seat_id(services.secrets.pepper, world.partner.id, "gone")
        put_seats(session, [NewSeat(world.partner.id, gone, left_on=now.date())], Declared(session), now=now)
        record_policy(session, world.other.id, PolicyTerms(may_ask=False), now=now)
        people = [("northwind", "anna"), ("nobody", "anna"), ("contoso", "anna"), ("northwind", "gone")]
        made = invite(
            session,
            survey_by_name(session, "end-user-nps"),
            [NewInvitation(*one) for one in people],
            expires_at=expiry(1, now=now),
            live=True,
            pepper=services.secrets.pepper,
            now=now,
        )
    reasons = [one.reason if isinstance(one, NotInvited) else None for one in made]
    assert reasons == [
        None,
        "There is no such partner.",
        "Asking is not allowed at this partner, or it has left.",
        "This person has left.",
    ]
    with services.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Invitation)) == 1


def test_a_failure_behind_a_link_logs_nothing_of_its_token(client, services, monkeypatch, caplog) -> None:
    token = token_for(services)
    card = Card.opened(client, services, token)
    caplog.set_level(logging.DEBUG)

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("feedback.responses.by_link.answering.answer", fail)
    monkeypatch.setattr("feedback.responses.hosted.document", fail)
    assert (card.put(9).status_code, client.get(f"/s/{token}").status_code) == (500, 500)
    said = "\n".join(logging.Formatter().format(one) for one in caplog.records)
    assert "a bug" in said
    assert token[26:] not in said
