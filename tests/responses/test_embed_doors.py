"""From the first question to the kept answer, through the doors that a browser uses."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from feedback.core.inbox import InboxRow
from feedback.core.services import Services
from feedback.partners.commands import PolicyTerms, record_policy
from feedback.partners.keys import create_embed_key
from feedback.partners.known import PARTNERS_BY_SLUG
from feedback.responses.models import Impression, Response
from feedback.seats.commands import ActiveDay, NewSeat, put_seats, record_activity, seat_id
from feedback.seats.models import ActivityMonth, Seat
from tests.embed import ORIGIN, World, make_world


@pytest.fixture
def world(services: Services) -> World:
    return make_world(services)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def ask(client: FlaskClient, world: World, token: str | None, *, key: str | None = None, survey: str = "end-user-nps"):
    body = {"survey": survey, "version": 1, "locales": ["de-CH", "en"]}
    return client.post(f"/v1/embed/{key or world.key}/impressions", json=body, headers=world.headers(token))


def answer(
    client: FlaskClient,
    world: World,
    token: str | None,
    impression: str,
    *,
    response: UUID,
    key: str | None = None,
    **changes: Any,
):
    body = {
        "survey": "end-user-nps",
        "version": 1,
        "impression": impression,
        "score": 9,
        "revision": 1,
        "complete": False,
        "answered_at": world.services.clock().isoformat(),
        "locale": "de",
        **changes,
    }
    return client.put(f"/v1/embed/{key or world.key}/responses/{response}", json=body, headers=world.headers(token))


def test_a_person_is_asked_once_and_the_answer_is_kept_with_its_inbox_row(client, world, services, bell) -> None:
    token = world.token()
    granted = ask(client, world, token)
    assert granted.status_code == 201
    assert granted.json["frame"].startswith(f"/v1/embed/{world.key}/frame?partner=northwind&impression=")
    kept = answer(client, world, token, granted.json["impression"], response=(response := uuid4()))
    assert (kept.status_code, kept.json) == (201, {"response": str(response), "revision": 1})
    assert bell.rung == ["fold"]
    with services.database.reading() as session:
        row = session.scalars(select(Response)).one()
        assert (row.score, row.trust, row.live, row.locale) == (9, "vendor", True, "de")
        assert row.respondent_id == seat_id(services.secrets.pepper, world.partner.id, "anna")
        assert session.scalar(select(func.count()).select_from(InboxRow)) == 1
        assert session.scalars(select(Impression)).one().state == "answered"
    again = ask(client, world, token)
    assert again.status_code == 200
    assert again.json == {"due": False, "reason": "asked_recently", "again_at": "2026-11-16T00:00:00Z"}


def test_a_comment_grows_the_answer_and_only_higher_revisions_win(client, world, services) -> None:
    token, response = world.token(), uuid4()
    impression = ask(client, world, token).json["impression"]
    first = answer(client, world, token, impression, response=response)
    grown = answer(client, world, token, impression, response=response, revision=3, comment="Slow", complete=True)
    late = answer(client, world, token, impression, response=response, revision=2, score=1)
    repeat = answer(client, world, token, impression, response=response, revision=3, comment="Slow", complete=True)
    other = answer(client, world, token, impression, response=response, revision=3, comment="Fast", complete=True)
    assert [one.status_code for one in (first, grown, late, repeat, other)] == [201, 200, 200, 200, 409]
    assert late.json == {"response": str(response), "revision": 3}
    assert other.json["code"] == "revision-conflict"
    assert "Slow" not in other.text
    with services.database.reading() as session:
        row = session.scalars(select(Response)).one()
        assert (row.score, row.comment, row.revision, row.complete) == (9, "Slow", 3, True)


def test_an_answer_needs_an_impression_of_the_same_person(client, world) -> None:
    granted = ask(client, world, world.token("anna")).json["impression"]
    by_other = answer(client, world, world.token("ben"), granted, response=uuid4())
    made_up = answer(client, world, world.token("anna"), str(uuid4()), response=uuid4())
    assert (by_other.status_code, made_up.status_code) == (409, 409)
    assert by_other.json["code"] == made_up.json["code"] == "impression-refused"
    assert answer(client, world, world.token("anna"), granted, response=uuid4()).status_code == 201
    second = answer(client, world, world.token("anna"), granted, response=uuid4())
    assert (second.status_code, second.json["code"]) == (409, "impression-taken")


@pytest.mark.requirement("ASVS 8.2.2")
def test_nobody_can_change_another_persons_answer(client, world, services) -> None:
    anna, ben, response = world.token("anna"), world.token("ben"), uuid4()
    answer(client, world, anna, ask(client, world, anna).json["impression"], response=response)
    stolen = answer(
        client, world, ben, ask(client, world, ben).json["impression"], response=response, revision=9, score=0
    )
    assert (stolen.status_code, stolen.json["code"]) == (409, "response-of-another")
    with services.database.reading() as session:
        assert session.scalars(select(Response.score)).all() == [9]


@pytest.mark.parametrize(
    ("state", "reason", "days"),
    [("dismissed", "asked_recently", 30), ("later", "asked_recently", 7), ("left", "shown_recently", 7)],
)
def test_who_said_no_is_left_alone_for_a_while(client, world, clock, state, reason, days) -> None:
    granted = ask(client, world, world.token()).json["impression"]
    url = f"/v1/embed/{world.key}/impressions/{granted}"
    assert client.patch(url, json={"state": "shown"}, headers=world.headers(world.token())).status_code == 200
    assert client.patch(url, json={"state": state}, headers=world.headers(world.token())).status_code == 200
    refused = ask(client, world, world.token())
    assert (refused.status_code, refused.json["reason"]) == (200, reason)
    assert ("frame" in refused.json) == (reason == "shown_recently")
    clock.forward(days=days, seconds=1)
    assert ask(client, world, world.token()).status_code == 201


@pytest.mark.parametrize("no", ["dismissed", "later"])
@pytest.mark.parametrize("overtaken", ["shown", "left"])
def test_a_report_that_was_overtaken_does_not_undo_a_no(client, world, no, overtaken) -> None:
    granted = ask(client, world, world.token()).json["impression"]
    url = f"/v1/embed/{world.key}/impressions/{granted}"
    for state in (no, overtaken):
        told = client.patch(url, json={"state": state}, headers=world.headers(world.token()))
        assert (told.status_code, told.json["state"]) == (200, no)


@pytest.mark.parametrize("states", [("shown", "later"), ("left",), ("dismissed", "shown"), ()])
def test_the_day_on_which_a_person_was_shown_a_survey_is_kept_once(client, world, services, clock, states) -> None:
    token = world.token()
    granted = ask(client, world, token).json["impression"]
    assert shown(services) == []
    clock.forward(days=1)
    for state in states:
        url = f"/v1/embed/{world.key}/impressions/{granted}"
        assert client.patch(url, json={"state": state}, headers=world.headers(token)).status_code == 200
        clock.forward(days=1)
    assert answer(client, world, token, granted, response=uuid4()).status_code == 201
    anna = seat_id(services.secrets.pepper, world.partner.id, "anna")
    assert shown(services) == [(anna, "embed", 0, 1 << 14)]


def test_buyers_strangers_and_test_keys_are_shown_nothing_that_counts(client, world, services, clock) -> None:
    with services.database.transaction() as session:
        test_key = create_embed_key(session, "t", [ORIGIN], partner_id=None, live=False, now=clock.now).key
    for token, key, survey in (
        (world.token("cfo", role="buyer"), world.key, "buyer-nps"),
        (None, world.partner_key, "end-user-nps"),
        (world.token(), test_key, "end-user-nps"),
    ):
        granted = ask(client, world, token, key=key, survey=survey).json["impression"]
        url = f"/v1/embed/{key}/impressions/{granted}"
        assert client.patch(url, json={"state": "shown"}, headers=world.headers(token)).status_code == 200
    assert shown(services) == []


def shown(services: Services) -> list[tuple[UUID, str, int, int]]:
    """Seat, source, active days and days on which a survey was shown, of every month that is kept."""
    columns = ActivityMonth.seat_id, ActivityMonth.source, ActivityMonth.days, ActivityMonth.shown_days
    with services.database.reading() as session:
        return [tuple(row) for row in session.execute(select(*columns))]


def test_a_second_tab_is_not_granted_while_the_first_has_not_shown(client, world, clock) -> None:
    assert ask(client, world, world.token()).status_code == 201
    refused = ask(client, world, world.token()).json
    assert refused["reason"] == "shown_recently"
    unseen = client.get(refused["frame"])
    assert (unseen.status_code, 'id="data">null<' in unseen.text) == (200, True), "it only sends what is unsent"
    clock.forward(minutes=11)
    assert ask(client, world, world.token()).status_code == 201


def test_somebody_new_is_left_alone_for_a_month_but_not_because_the_widget_is_new(
    client, world, services, clock
) -> None:
    pepper, partner = services.secrets.pepper, world.partner.id
    today = clock.now.date()
    with services.database.transaction() as session:
        deployed = {"new": today - timedelta(days=3), "old": today - timedelta(days=300)}
        seats = [NewSeat(partner, seat_id(pepper, partner, name), deployed_on=day) for name, day in deployed.items()]
        from feedback.seats.attributes import Declared

        put_seats(session, seats, Declared(session), now=clock.now)
    refused = ask(client, world, world.token("new"))
    assert (refused.status_code, refused.json["reason"]) == (200, "new_here")
    assert refused.json["again_at"].startswith(str(today + timedelta(days=27)))
    for person in ("old", "unknown"):
        client.post(f"/v1/embed/{world.key}/activity", json={}, headers=world.headers(world.token(person)))
        assert ask(client, world, world.token(person)).status_code == 201
    clock.forward(days=60)
    client.post(f"/v1/embed/{world.key}/activity", json={}, headers=world.headers(world.token("fresh")))
    assert ask(client, world, world.token("fresh")).json["reason"] == "new_here"


def test_nobody_is_new_only_because_another_process_saw_the_widget_first(client, world, services, clock) -> None:
    assert PARTNERS_BY_SLUG.get(services.database, "northwind").embed_seen_on is None
    # As another process writes its pings: this one is not told, and remembers the partner without a widget.
    today = clock.now.date()
    with services.database.engine.begin() as other, Session(other) as session:
        session.execute(text("UPDATE partners SET embed_seen_on = :today"), {"today": str(today)})
        seat = seat_id(services.secrets.pepper, world.partner.id, "anna")
        record_activity(session, [ActiveDay(world.partner.id, seat, today)], "embed", now=clock.now)
        session.commit()
    assert PARTNERS_BY_SLUG.get(services.database, "northwind").embed_seen_on is None
    assert ask(client, world, world.token()).status_code == 201


def test_a_partner_that_does_not_allow_asking_is_not_asked(client, world, services, clock) -> None:
    with services.database.transaction() as session:
        record_policy(session, world.partner.id, PolicyTerms(may_ask=False), now=clock.now)
    assert ask(client, world, world.token()).json == {"due": False, "reason": "not_allowed", "again_at": None}
    with services.database.transaction() as session:
        expired = PolicyTerms(valid_until=clock.now.date() - timedelta(days=1))
        record_policy(session, world.partner.id, expired, now=clock.forward(seconds=1))
    assert ask(client, world, world.token()).json == {"due": False, "reason": "not_allowed", "again_at": None}


def test_who_vouches_is_decided_by_the_signing_key(client, world, services) -> None:
    for subject, signed_by in (("v", "vendor"), ("p", "partner")):
        token = world.token(subject, signed_by=signed_by)
        answer(client, world, token, ask(client, world, token).json["impression"], response=uuid4())
    open_key = world.partner_key
    for _ in range(2):
        granted = ask(client, world, None, key=open_key).json["impression"]
        assert answer(client, world, None, granted, response=uuid4(), key=open_key).status_code == 201
    with services.database.reading() as session:
        rows = session.scalars(select(Response)).all()
        assert sorted(row.trust for row in rows) == ["none", "none", "partner", "vendor"]
        assert len({row.respondent_id for row in rows}) == 4
        assert session.scalar(select(func.count()).select_from(Seat)) == 2


def test_a_vendor_wide_key_needs_a_token(client, world) -> None:
    refused = ask(client, world, None)
    assert (refused.status_code, refused.json["code"]) == (401, "token-missing")


@pytest.mark.requirement("ASVS 8.2.2")
def test_a_partners_key_takes_no_token_of_another_partner(client, world) -> None:
    token = world.token(partner="contoso")
    assert ask(client, world, token).status_code == 201
    refused = ask(client, world, token, key=world.partner_key)
    assert (refused.status_code, refused.json["code"]) == (401, "token-refused")


def test_a_buyer_answers_the_buyers_survey_and_only_that(client, world, services) -> None:
    token = world.token("cfo", role="buyer")
    assert ask(client, world, token).json["reason"] == "wrong_audience"
    assert ask(client, world, world.token(), survey="buyer-nps").json["reason"] == "wrong_audience"
    granted = ask(client, world, token, survey="buyer-nps")
    kept = answer(client, world, token, granted.json["impression"], response=uuid4(), survey="buyer-nps", score=10)
    assert kept.status_code == 201
    with services.database.reading() as session:
        row = session.scalars(select(Response)).one()
        assert (row.audience, row.metric) == ("buyer", "nps")


def test_the_queue_of_an_offline_page_outlives_its_token(client, world, clock) -> None:
    token = world.token()
    granted = ask(client, world, token).json["impression"]
    answered_at = clock.now
    clock.forward(days=6)
    late = answer(client, world, token, granted, response=uuid4(), answered_at=answered_at.isoformat())
    assert late.status_code == 201
    assert ask(client, world, token).status_code == 401
    clock.forward(days=2)
    assert answer(client, world, token, granted, response=uuid4()).status_code == 401


def test_an_answer_is_never_later_than_its_receipt(client, world, services, clock) -> None:
    token = world.token()
    granted = ask(client, world, token).json["impression"]
    future = datetime(2027, 3, 1, tzinfo=UTC).isoformat()
    for _ in range(2):
        kept = answer(client, world, token, granted, response=UUID(int=7), answered_at=future)
        clock.forward(minutes=1)
    assert kept.status_code == 200
    with services.database.reading() as session:
        row = session.scalars(select(Response)).one()
        assert row.answered_at == row.received_at == datetime(2026, 11, 15, 12, 0, tzinfo=UTC)


def test_test_keys_do_not_count(client, world, services, clock) -> None:
    with services.database.transaction() as session:
        key = create_embed_key(session, "t", [ORIGIN], partner_id=None, live=False, now=clock.now).key
    token = world.token()
    granted = ask(client, world, token, key=key).json["impression"]
    assert answer(client, world, token, granted, response=uuid4(), key=key).status_code == 201
    assert answer(client, world, token, granted, response=uuid4()).status_code == 409
    with services.database.reading() as session:
        assert session.scalars(select(Response.live)).all() == [False]


@pytest.mark.requirement("ASVS 3.4.2")
def test_a_page_of_another_origin_is_refused_and_cors_names_only_the_keys_origins(client, world) -> None:
    headers = {"Authorization": f"Bearer {world.token()}", "Origin": "https://evil.example"}
    body = {"survey": "end-user-nps", "version": 1}
    refused = client.post(f"/v1/embed/{world.key}/impressions", json=body, headers=headers)
    assert (refused.status_code, refused.json["code"]) == (403, "origin-not-allowed")
    assert "Access-Control-Allow-Origin" not in refused.headers
    preflight = client.options(
        f"/v1/embed/{world.key}/responses/{uuid4()}",
        headers={"Origin": ORIGIN, "Access-Control-Request-Method": "PUT"},
    )
    assert preflight.status_code == 204
    assert preflight.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "PUT" in preflight.headers["Access-Control-Allow-Methods"]
    problem = ask(client, world, None)
    assert problem.headers["Access-Control-Allow-Origin"] == ORIGIN


def test_the_configuration_is_the_same_for_everybody_and_not_sent_twice(client, world) -> None:
    url = f"/v1/embed/{world.key}/config"
    first = client.get(url, headers={"Origin": ORIGIN})
    assert [survey["name"] for survey in first.json["surveys"]] == ["buyer-nps", "end-user-nps"]
    assert first.json["token_required"] is True
    assert "stale-if-error" in first.headers["Cache-Control"]
    assert client.get(url, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304


def test_the_frame_asks_in_the_persons_language_and_names_the_partner(client, world) -> None:
    granted = ask(client, world, world.token()).json
    page = client.get(granted["frame"])
    assert page.status_code == 200
    assert '"locale":"de"' in page.text
    assert "Northwind" in page.text
    assert f"frame-ancestors {ORIGIN};" in page.headers["Content-Security-Policy"]
    answer(client, world, world.token(), granted["impression"], response=uuid4())
    assert 'id="data">null<' in client.get(granted["frame"]).text
    assert 'id="data">null<' in client.get(f"/v1/embed/{world.key}/frame").text


def test_scores_off_the_scale_and_unknown_fields_are_told_by_name(client, world) -> None:
    token = world.token()
    granted = ask(client, world, token).json["impression"]
    for changes, field in (({"score": 11}, "score"), ({"score": "9"}, "score"), ({"surprise": 1}, "surprise")):
        refused = answer(client, world, token, granted, response=uuid4(), **changes)
        assert refused.status_code == 422
        assert field in refused.json["errors"]
