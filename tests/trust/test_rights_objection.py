"""Who objects is neither asked nor recorded any more, by whatever way somebody tries."""

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from feedback.core.services import Services
from feedback.partners import keys
from feedback.responses.models import Response
from feedback.seats.models import ActivityMonth, Seat
from tests.imports.files import bring_in, rejected
from tests.responses.links import Card, token_for
from tests.trust.somebody import Town, make_town


@pytest.fixture
def town(app: Flask, services: Services) -> Town:
    return make_town(services, app.test_client())


def recorded(town: Town, subject: str) -> tuple[list[tuple[int, str, int, int]], date | None]:
    """All that is recorded of what somebody did, and the last day of it."""
    seat = town.whom(subject).respondents[0]
    with town.services.database.reading() as session:
        own = select(ActivityMonth).where(ActivityMonth.seat_id == seat)
        months = [(one.month, one.source, one.days, one.shown_days) for one in session.scalars(own)]
        found = session.get(Seat, (town.partner_id, seat))
        return sorted(months), None if found is None else found.last_active_on


@pytest.mark.requirement("TRUST rights-15: an objection stops pings, the server's API, imports and what a card reports")
def test_nothing_more_is_recorded_of_whoever_objected(town: Town, tmp_path) -> None:
    headers = town.world.headers(town.world.token("anna"))
    granted = town.ask("anna").json["impression"]
    town.seen("anna")
    before = recorded(town, "anna")
    assert before[1] == date(2026, 11, 15)
    address = f"/v1/embed/{town.world.key}"
    assert town.client.post(f"{address}/objection", json={}, headers=headers).json == {"objected": True}
    town.services.clock.forward(days=1)  # type: ignore[attr-defined]
    town.seen("anna")
    town.seen("ben")
    headers = town.world.headers(town.world.token("anna"))
    shown = town.client.patch(f"{address}/impressions/{granted}", json={"state": "shown"}, headers=headers)
    assert shown.status_code == 200
    with town.services.database.transaction() as session:
        _, key = keys.create_secret_key(session, "all", ["write"], live=True, now=town.services.clock())
    secret = {"Authorization": f"Bearer {key}"}
    days = {"days": [{"seat": subject, "day": "2026-11-10"} for subject in ("anna", "ben")]}
    assert town.client.post("/v1/partners/northwind/activity", json=days, headers=secret).status_code == 200
    path = tmp_path / "activity.csv"
    text = "partner,seat,day\nnorthwind,anna,2026-11-11\nnorthwind,ben,2026-11-11\n"
    outcome = bring_in(town.services, "activity", path, text)
    assert (outcome.created, outcome.rejected) == (1, 1) and "objected" in rejected(path)
    assert recorded(town, "anna") == before
    assert recorded(town, "ben")[1] == date(2026, 11, 16)
    assert town.ask("anna").json["reason"] == "objected"
    answer = {"respondent": "anna", "survey": "asks", "score": 3, "revision": 1, "complete": True}
    sent = f"/v1/partners/northwind/responses/{granted}"
    assert town.client.put(sent, json=answer, headers=secret).status_code == 409
    invited = {"respondents": [{"partner": "northwind", "respondent": "anna"}]}
    made = town.client.post("/v1/surveys/asks/invitations", json=invited, headers=secret)
    assert made.json["invitations"] == [] and "objected" in made.json["refused"][0]["reason"]


@pytest.mark.requirement(
    "TRUST rights-16: an objection holds for somebody of whom nothing was known, and by a link too"
)
def test_an_objection_of_somebody_new_is_remembered(town: Town) -> None:
    card = Card.opened(town.client, town.services, token_for(town.services, "dora", survey="asks"))
    objected = town.client.post(f"{card.data['api']}/objection", json={})
    assert objected.json == {"objected": True}
    town.seen("dora")
    assert recorded(town, "dora") == ([], None)
    assert town.ask("dora").json["reason"] == "objected"
    with town.services.database.reading() as session:
        assert session.scalars(select(Response)).all() == []
