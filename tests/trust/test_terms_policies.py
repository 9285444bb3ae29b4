"""What a partner allows is asked before anybody is; what held and what was said when an answer was given is shown."""

from contextlib import suppress
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, func, insert, select, text
from sqlalchemy.exc import DatabaseError

from feedback.core.db import Base, Database
from feedback.core.erasures import note_removed
from feedback.core.errors import Problem
from feedback.core.services import Services
from feedback.partners import notice_texts, policies
from feedback.partners.commands import PolicyTerms, record_policy
from feedback.partners.keys import create_secret_key
from feedback.partners.models import NoticeText, Partner, Policy
from feedback.partners.notice_texts import NewNotice, publish_notice
from feedback.privacy import removal
from feedback.responses.models import CardText, Impression
from feedback.responses.terms_shown import answer_terms
from feedback.surveys.models import SurveyVersion
from tests.cli.conftest import Run
from tests.cli.conftest import feedback as feedback  # noqa: PLC0414
from tests.conftest import FakeClock
from tests.embed import World, make_world

OLD = datetime(2026, 3, 1, tzinfo=UTC)
FULL = PolicyTerms(
    role_of_data="processor",
    controller="Northwind Ltd",
    lawful_basis="legitimate interest",
    notice_version="employees-1",
    consulted="works council, 2026-03-01",
    hosting_region="EU",
    valid_until=None,
)


@pytest.fixture
def world(services: Services) -> World:
    return make_world(services)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def allow(world: World, terms: PolicyTerms) -> None:
    clock = world.services.clock
    with world.services.database.transaction() as session:
        record_policy(session, world.partner.id, terms, now=clock.forward(seconds=10))  # type: ignore[attr-defined]


def ask(client: FlaskClient, world: World, person: str = "anna") -> dict[str, Any]:
    body = {"survey": "end-user-nps", "version": 1, "locales": ["de"]}
    address = f"/v1/embed/{world.key}/impressions"
    found: dict[str, Any] = client.post(address, json=body, headers=world.headers(world.token(person))).json
    return found


def answer(client: FlaskClient, world: World, person: str = "anna", *, looks: bool = True) -> UUID:
    """Anna is asked, sees the card and answers."""
    granted = ask(client, world, person)
    if looks:
        assert client.get(granted["frame"]).status_code == 200
    response = uuid4()
    body = {"survey": "end-user-nps", "version": 1, "impression": granted["impression"], "score": 9, "revision": 1}
    body |= {"complete": True, "answered_at": world.services.clock().isoformat(), "locale": "de"}
    address = f"/v1/embed/{world.key}/responses/{response}"
    assert client.put(address, json=body, headers=world.headers(world.token(person))).status_code == 201
    return response


def api(client: FlaskClient, services: Services, *scopes: str):
    with services.database.transaction() as session:
        _, key = create_secret_key(session, "backend", list(scopes), live=True, now=services.clock())
    return lambda method, path, **more: client.open(
        path, method=method, headers={"Authorization": f"Bearer {key}"}, **more
    )


@pytest.mark.requirement("TRUST terms-3: a partner's policy is checked when an impression is granted")
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"may_ask": False}, "This partner's policy forbids asking: nobody is asked."),
        ({"valid_until": -1}, "This partner's policy has run out on 2026-11-14: nobody is asked."),
    ],
)
def test_a_policy_that_refuses_or_ran_out_grants_nothing_and_staff_learn_why(
    client: FlaskClient, world: World, change: dict[str, Any], said: str, feedback: Run
) -> None:
    if "valid_until" in change:
        change = {"valid_until": world.services.clock().date() - timedelta(days=1)}
    allow(world, replace(FULL, **change))
    assert ask(client, world) == {"due": False, "reason": "not_allowed", "again_at": None}
    with world.services.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Impression)) == 0
    assert said in " ".join(feedback("embed-check", "northwind")[1].split())
    check = api(client, world.services, "read")("GET", "/v1/partners/northwind/embed-check").json
    assert {"level": "problem", "text": said} in check["findings"]
    allow(world, FULL)
    assert ask(client, world)["due"] is True


@pytest.mark.requirement("TRUST terms-3: a partner's policy is checked when an impression is granted")
def test_the_page_learns_the_same_of_every_refusal(client: FlaskClient, world: World, clock: FakeClock) -> None:
    told = []
    yesterday = clock.now.date() - timedelta(days=1)
    for terms in (replace(FULL, may_ask=False), replace(FULL, valid_until=yesterday)):
        allow(world, terms)
        told.append(ask(client, world))
    assert told[0] == told[1] and set(told[0]) == {"due", "reason", "again_at"}


@pytest.mark.requirement("TRUST terms-3: a partner's policy is checked when an impression is granted")
def test_the_last_day_of_a_policy_is_one_of_it_and_staff_are_warned_before(client: FlaskClient, world: World) -> None:
    today = world.services.clock().date()
    allow(world, replace(FULL, valid_until=today))
    assert ask(client, world)["due"] is True
    check = api(client, world.services, "read")("GET", "/v1/partners/northwind/embed-check").json
    told = " ".join(one["text"] for one in check["findings"] if one["level"] == "note")
    assert f"policy runs out on {today}" in told and "'employees-1', by which people are told, is not on record" in told


@pytest.mark.requirement("TRUST terms-4: it is shown which policy held when an answer was given")
def test_which_policy_held_when_an_answer_was_given_is_shown(
    client: FlaskClient, world: World, clock: FakeClock
) -> None:
    allow(world, FULL)
    first = answer(client, world, "anna")
    allow(world, replace(FULL, notice_version="employees-2", hosting_region="CH"))
    second = answer(client, world, "ben")
    with world.services.database.reading() as session:
        terms = [answer_terms(session, world.partner.id, one) for one in (first, second)]
    assert [(one.policy and one.policy.hosting_region, one.notice_version) for one in terms] == [
        ("EU", "employees-1"),
        ("CH", "employees-2"),
    ]
    seen = api(client, world.services, "read")("GET", f"/v1/partners/northwind/responses/{first}/terms").json
    given = {**asdict(FULL), "valid_until": None}
    assert seen["policy"] == given and seen["notice_version"] == "employees-1"
    history = api(client, world.services, "read")("GET", "/v1/partners/northwind/policies").json["policies"]
    assert [one["notice_version"] for one in history] == ["employees-2", "employees-1"]
    assert clock.now


@pytest.mark.requirement("TRUST terms-4: it is shown which policy held when an answer was given")
def test_before_the_first_policy_the_default_held(client: FlaskClient, world: World) -> None:
    first = answer(client, world)
    allow(world, FULL)
    with world.services.database.reading() as session:
        terms = answer_terms(session, world.partner.id, first)
        assert (terms.policy, terms.notice_version) == (None, None)
        assert policies.standing_policies(session) == {
            world.partner.id: policies.standing_policy(session, world.partner.id)
        }
        assert policies.standing_policy(session, world.other.id) == policies.DEFAULT
        with pytest.raises(Problem, match="no such answer"):
            answer_terms(session, world.other.id, first)


@pytest.mark.requirement("TRUST terms-5: consent texts are versioned, stored with the answer and never change")
def test_the_words_on_the_card_are_kept_with_the_answer(client: FlaskClient, world: World, feedback: Run) -> None:
    allow(world, FULL)
    with world.services.database.transaction() as session:
        publish_notice(session, NewNotice("employees-1", "de", "Wir fragen."), actor="cli", now=world.services.clock())
    shown, unseen = answer(client, world, "anna"), answer(client, world, "ben", looks=False)
    again = answer(client, world, "cem")
    with world.services.database.reading() as session:
        kept, other = (answer_terms(session, world.partner.id, one) for one in (shown, again))
        assert session.scalar(select(func.count()).select_from(CardText)) == 1
        assert answer_terms(session, world.partner.id, unseen).card is None
    assert kept.card is not None and other.card is not None and kept.card.id == other.card.id
    assert kept.card.locale == "de" and "Northwind" in kept.card.texts["where"]
    assert {"question", "where", "details_text", "delete", "never"} <= set(kept.card.texts)
    status, out, _ = feedback("policies", "of-answer", "northwind", str(shown))
    told = orjson.loads(out)
    assert status == 0 and told["card"]["texts"] == kept.card.texts
    assert told["notice"] == {"de": "Wir fragen."} and told["policy"]["controller"] == "Northwind Ltd"


@pytest.mark.requirement("TRUST terms-5: consent texts are versioned, stored with the answer and never change")
def test_other_words_are_another_text_and_the_old_ones_stay(client: FlaskClient, world: World) -> None:
    allow(world, FULL)
    first = answer(client, world, "anna")
    allow(world, replace(FULL, branding="co_branded"))
    second = answer(client, world, "ben")
    with world.services.database.reading() as session:
        cards = [answer_terms(session, world.partner.id, one).card for one in (first, second)]
    assert [card.texts["brand"].endswith("Northwind") for card in cards if card] == [False, True]


@pytest.mark.requirement("TRUST terms-5: consent texts are versioned, stored with the answer and never change")
def test_a_card_whose_words_cannot_be_kept_is_not_shown(
    client: FlaskClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    granted = ask(client, world)

    def full(*_: object, **_named: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("feedback.responses.card_texts.upsert", full)
    refused = client.get(granted["frame"])
    assert refused.status_code == 503 and b"Northwind" not in refused.data


@pytest.mark.requirement("TRUST terms-5: consent texts are versioned, stored with the answer and never change")
def test_a_published_notice_never_changes(database: Database, clock: FakeClock) -> None:
    new = NewNotice("employees-1", "en", "We ask.")
    with database.transaction() as session:
        assert publish_notice(session, new, actor="cli", now=clock.now)[1]
        assert not publish_notice(session, new, actor="cli", now=clock.forward(days=1))[1]
        assert publish_notice(session, replace(new, locale="de"), actor="cli", now=clock.now)[1]
        with pytest.raises(Problem, match="says something else"):
            publish_notice(session, replace(new, text="We ask you."), actor="cli", now=clock.now)
    for statement in ("UPDATE notice_texts SET text = 'other'", "DELETE FROM notice_texts"):
        with pytest.raises(DatabaseError), database.transaction() as session:
            session.execute(text(statement))
    with database.reading() as session:
        assert [one.text for one in notice_texts.notices(session, "employees-1")] == ["We ask.", "We ask."]


@pytest.mark.requirement("TRUST terms-4: it is shown which policy held when an answer was given")
def test_the_database_refuses_to_change_what_was_agreed_and_shown(client: FlaskClient, world: World) -> None:
    allow(world, FULL)
    answer(client, world)
    database = world.services.database
    for table, column in (
        ("policies", "consulted"),
        ("card_texts", "locale"),
        ("survey_versions", "definition"),
    ):
        with pytest.raises(DatabaseError), database.transaction() as session:
            session.execute(text(f"UPDATE {table} SET {column} = NULL"))
        with pytest.raises(DatabaseError), database.transaction() as session:
            session.execute(text(f"DELETE FROM {table}"))
    with pytest.raises(DatabaseError), database.transaction() as session:
        # The words of cards may go with a partner that leaves, not with another one.
        note_removed(session, uuid4(), now=world.services.clock())
        session.execute(delete(CardText))
    with database.transaction() as session:
        removal.remove_partner(session, session.get_one(Partner, world.partner.id), actor="cli", now=OLD)
    with database.reading() as session:
        assert [session.scalar(select(func.count()).select_from(one)) for one in (Policy, CardText)] == [0, 0]
        assert session.scalar(select(func.count()).select_from(SurveyVersion)) == 2


@pytest.mark.requirement("TRUST terms-5: consent texts are versioned, stored with the answer and never change")
def test_the_database_lets_nobody_write_over_what_was_agreed_and_shown(client: FlaskClient, world: World) -> None:
    allow(world, FULL)
    shown = answer(client, world)
    database = world.services.database
    with database.transaction() as session:
        publish_notice(session, NewNotice("employees-1", "de", "Wir fragen."), actor="cli", now=OLD)
    over = {
        "policies": {"consulted": "nobody"},
        "notice_texts": {"text": "other"},
        "card_texts": {"texts": {"question": "other"}},
        "survey_versions": {"definition": {}, "id": uuid4()},
    }
    for name, other in over.items():
        table = Base.metadata.tables[name]
        with database.reading() as session:
            before = session.execute(select(table)).all()
        with suppress(DatabaseError), database.transaction() as session:
            if database.is_sqlite:
                # What deletes without a word to those who watch deletions.
                session.execute(insert(table).prefix_with("OR REPLACE").values(before[0]._asdict() | other))
            else:
                session.execute(text(f"TRUNCATE {name} CASCADE"))
        with database.reading() as session:
            assert session.execute(select(table)).all() == before, name
    # The same words are shown to the next, and kept as they are.
    again = answer(client, world, "ben")
    with database.reading() as session:
        cards = [answer_terms(session, world.partner.id, one).card for one in (shown, again)]
        assert cards[0] is not None and cards[0] == cards[1]


@pytest.mark.requirement("TRUST terms-5: consent texts are versioned, stored with the answer and never change")
def test_notices_go_in_and_out_by_every_door(client: FlaskClient, world: World, feedback: Run, tmp_path: Path) -> None:
    file = tmp_path / "notice.txt"
    file.write_text("We ask, you may answer.\n", encoding="utf-8")
    assert feedback("policies", "publish-notice", "n1", "en", str(file)) == (0, "n1 is on record in en.\n", "")
    assert feedback("policies", "publish-notice", "n1", "en", str(file))[1] == "n1 was on record in en already.\n"
    assert feedback("policies", "publish-notice", "n1", "e n", str(file))[0] == 1
    door = api(client, world.services, "read", "write")
    post = lambda **body: door("POST", "/v1/privacy-notices", json=body).status_code  # noqa: E731
    assert post(version="n1", locale="de", text="Wir fragen.") == 201
    assert post(version="n1", locale="de", text="Wir fragen.") == 200
    assert post(version="n1", locale="de", text="Wir fragen dich.") == 409
    assert post(version="n1", locale="de", text="") == 422
    told = {(one["version"], one["locale"]): one["text"] for one in door("GET", "/v1/privacy-notices").json["notices"]}
    assert told == {("n1", "en"): "We ask, you may answer.\n", ("n1", "de"): "Wir fragen."}
    lines = [orjson.loads(line) for line in feedback("policies", "notices")[1].splitlines()]
    assert {(one["version"], one["locale"]): one["text"] for one in lines} == told
    with world.services.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(NoticeText)) == 2
