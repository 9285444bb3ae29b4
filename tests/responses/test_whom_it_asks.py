"""Who is due for which survey: attributes, samples, first weeks, caps, policies and objections."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from feedback.buyers.models import Buyer
from feedback.core.services import Services
from feedback.partners.commands import PolicyTerms, change_partner, record_policy
from feedback.responses import due
from feedback.responses.due import in_sample
from feedback.seats.attributes import Declared
from feedback.seats.commands import NewSeat, declare_attribute, put_seats, seat_id
from feedback.seats.models import ActivityMonth, Seat
from feedback.surveys.commands import create_survey, publish
from feedback.surveys.definition import Definition, Quiet
from tests.embed import World, make_world


@pytest.fixture
def world(services: Services) -> World:
    return make_world(services)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def live(world: World, definition: Definition, *, metric: str = "nps", audience: str = "end_user") -> str:
    """A live survey beside those of the world; its name."""
    name = f"survey-{uuid4().hex[:8]}"
    with world.services.database.transaction() as session:
        survey = create_survey(session, name, audience, metric, definition, now=world.services.clock())
        publish(session, survey, now=world.services.clock())
    return name


def reason(client: FlaskClient, world: World, survey: str, token: str | None, key: str | None = None) -> Any:
    """Why the person of `token` is not due; None when they are."""
    body = {"survey": survey, "version": 1}
    reply = client.post(f"/v1/embed/{key or world.key}/impressions", json=body, headers=world.headers(token))
    assert reply.status_code == (201 if reply.json["due"] else 200)
    return reply.json.get("reason")


def test_only_seats_with_the_named_attributes_are_asked(client, world, services) -> None:
    survey = live(world, Definition(delay_s=0, seats={"country": ("DE", "AT")}, quiet=Quiet(first_use_days=0)))
    with services.database.transaction() as session:
        declare_attribute(session, "country", ["DE", "FR"], now=services.clock())
        seat = seat_id(services.secrets.pepper, world.partner.id, "known")
        new = NewSeat(world.partner.id, seat, attributes={"country": "DE"})
        put_seats(session, [new], Declared(session), now=services.clock())
    assert reason(client, world, survey, world.token("told", seat={"country": "AT"})) is None
    assert reason(client, world, survey, world.token("known")) is None
    assert reason(client, world, survey, world.token("other", seat={"country": "FR"})) == "other_seats"
    assert reason(client, world, survey, world.token("unknown")) == "other_seats"
    assert reason(client, world, survey, None, key=world.partner_key) == "other_seats"


def test_only_the_people_of_the_named_partners_are_asked(client, world) -> None:
    quiet = Quiet(first_use_days=0)
    ours = live(world, Definition(delay_s=0, partners=("other", world.partner.slug), quiet=quiet))
    theirs = live(world, Definition(delay_s=0, partners=("other",), quiet=quiet))
    assert reason(client, world, theirs, world.token("ann")) == "other_partners"
    assert reason(client, world, theirs, None, key=world.partner_key) == "other_partners"
    assert reason(client, world, ours, world.token("ann")) is None


def test_a_first_week_is_asked_about_in_it_and_not_later(client, world, services, clock) -> None:
    week = Quiet(first_use_days=0, first_use_until_days=7, answered_days=0, later_days=0, dismissed_days=0)
    survey = live(world, Definition(delay_s=0, quiet=week), metric="ces")
    today = clock.now.date()
    with services.database.transaction() as session:
        for name, days in (("fresh", 0), ("seventh", 7), ("eighth", 8)):
            seat = seat_id(services.secrets.pepper, world.partner.id, name)
            new = NewSeat(world.partner.id, seat, deployed_on=today - timedelta(days=days))
            put_seats(session, [new], Declared(session), now=clock.now)
    assert reason(client, world, survey, world.token("fresh")) is None
    assert reason(client, world, survey, world.token("seventh")) is None
    assert reason(client, world, survey, world.token("eighth")) == "too_late"
    assert reason(client, world, survey, world.token("nobody-knows")) == "first_use_unknown"


@given(pepper=st.binary(min_size=32, max_size=32), share=st.floats(0.05, 1), wave=st.text(max_size=5))
def test_a_sample_is_the_same_on_every_device_and_grows_with_its_share(pepper, share, wave) -> None:
    survey, people = UUID(int=7), [UUID(int=number) for number in range(40)]
    chosen = [one for one in people if in_sample(pepper, survey, wave, one, share)]
    assert chosen == [one for one in people if in_sample(pepper, survey, wave, one, share)]
    assert set(chosen) <= {one for one in people if in_sample(pepper, survey, wave, one, min(1, 1.2 * share))}
    assert all(in_sample(pepper, survey, wave, one, 1.0) for one in people)


def test_the_share_of_a_sample_is_the_share_of_people_and_another_wave_is_another_sample() -> None:
    people = [UUID(int=number) for number in range(4_000)]
    waves = [[in_sample(b"p" * 32, UUID(int=1), wave, one, 0.3) for one in people] for wave in ("", "spring")]
    for drawn in waves:
        assert abs(sum(drawn) - 1_200) < 4 * (4_000 * 0.3 * 0.7) ** 0.5
    both = sum(a and b for a, b in zip(*waves, strict=True))
    assert abs(both - 360) < 4 * (4_000 * 0.09 * 0.91) ** 0.5


def test_who_is_not_in_the_sample_is_told_so_on_every_call(client, world) -> None:
    survey = live(world, Definition(delay_s=0, sample=0.5, quiet=Quiet(first_use_days=0)))
    found = {name: reason(client, world, survey, world.token(name)) for name in map(str, range(24))}
    assert set(found.values()) == {None, "not_in_sample"}
    out = [name for name, why in found.items() if why]
    assert {reason(client, world, survey, world.token(name)) for name in out} == {"not_in_sample"}


def test_a_partner_is_asked_no_more_than_its_cap_a_day(client, world, clock) -> None:
    survey = live(world, Definition(delay_s=0, daily_cap=2, quiet=Quiet(first_use_days=0)))
    assert [reason(client, world, survey, world.token(name)) for name in "abc"] == [None, None, "cap_reached"]
    assert reason(client, world, survey, world.token("d", partner=world.other.slug)) is None
    clock.forward(days=1)
    assert reason(client, world, survey, world.token("c")) is None


def test_the_cap_looks_at_the_grants_of_the_day_and_at_no_others(client, world, services, monkeypatch) -> None:
    if not services.database.is_sqlite:
        pytest.skip("PostgreSQL plans by how much there is.")
    asked, scalar = [], Session.scalar

    def remembered(session: Session, statement: Any) -> Any:
        asked.append(statement)
        return scalar(session, statement)

    survey = live(world, Definition(delay_s=0, daily_cap=2, quiet=Quiet(first_use_days=0)))
    monkeypatch.setattr(Session, "scalar", remembered)
    assert reason(client, world, survey, world.token("a")) is None
    (count,) = (one for one in asked if "count" in str(one))
    sql = count.compile(services.database.engine, compile_kwargs={"literal_binds": True}).string
    with services.database.reading() as session:
        plan = str(session.execute(text(f"EXPLAIN QUERY PLAN {sql}")).all())
    assert "sqlite_autoindex_impressions_1 (partner_id=? AND id>?)" in plan


def test_people_for_whom_nobody_vouches_are_held_back_by_a_cap_of_the_partner(client, world, monkeypatch) -> None:
    monkeypatch.setattr(due, "UNSIGNED_A_DAY", 2)
    found = [reason(client, world, "end-user-nps", None, key=world.partner_key) for _ in range(3)]
    assert found == [None, None, "cap_reached"]
    assert reason(client, world, "end-user-nps", world.token(), key=world.partner_key) is None


def test_whose_product_it_is_is_not_asked_under_a_white_label(client, world, services, clock) -> None:
    survey = live(world, Definition(delay_s=0, quiet=Quiet(first_use_days=0)), metric="recognition")
    assert reason(client, world, survey, world.token("before")) is None
    with services.database.transaction() as session:
        record_policy(session, world.partner.id, PolicyTerms(branding="white_label"), now=clock.now)
    assert reason(client, world, survey, world.token("after")) == "white_label"


def test_a_partner_that_left_is_not_asked(client, world, services, clock) -> None:
    with services.database.transaction() as session:
        change_partner(session.merge(world.partner), name=None, left=True, now=clock.now)
    assert reason(client, world, "end-user-nps", world.token()) == "not_allowed"


def test_who_objects_is_never_asked_again_and_nothing_more_is_recorded(client, world, services, clock) -> None:
    token = world.token()
    assert reason(client, world, "end-user-nps", token) is None
    url = f"/v1/embed/{world.key}"
    client.post(f"{url}/activity", json={}, headers=world.headers(token))
    objected = client.post(f"{url}/objection", json={}, headers=world.headers(token))
    assert (objected.status_code, objected.json) == (200, {"objected": True})
    clock.forward(days=400)
    later = world.token()
    client.post(f"{url}/activity", json={}, headers=world.headers(later))
    assert reason(client, world, "end-user-nps", later) == "objected"
    with services.database.reading() as session:
        assert session.scalars(select(Seat)).one().objected_at == clock.now - timedelta(days=400)
        assert session.scalars(select(ActivityMonth.month)).all() == [session.scalar(select(ActivityMonth.month))]


def test_a_buyer_can_object_and_a_page_without_a_token_is_told_that_nobody_is_known(client, world, services) -> None:
    token = world.token("boss", role="buyer")
    assert reason(client, world, "buyer-nps", token) is None
    url = f"/v1/embed/{world.key}/objection"
    assert client.post(url, json={}, headers=world.headers(token)).json == {"objected": True}
    assert reason(client, world, "buyer-nps", token) == "objected"
    with services.database.reading() as session:
        assert session.scalars(select(Buyer)).one().objected_at is not None
    own = f"/v1/embed/{world.partner_key}/objection"
    assert client.post(own, json={}, headers=world.headers(None)).json == {"objected": False}
