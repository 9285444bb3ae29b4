"""The check of a partner's embeds: what whoever embeds it is told, and what not."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from feedback.core.services import Services
from feedback.partners.commands import PolicyTerms, record_policy
from feedback.partners.keys import revoke
from feedback.partners.models import Partner
from feedback.seats.attributes import Declared
from feedback.seats.commands import ActiveDay, NewSeat, put_seats, record_activity, seat_id
from feedback.surveys.commands import pause
from feedback.surveys.queries import survey_by_name
from tests.conftest import FakeClock
from tests.doors.conftest import Doors
from tests.embed import ORIGIN, World, make_world

NEVER_SEEN = (
    "No page of this partner was seen. Is the tag in the page, with the right data-key? "
    "Does the page's policy allow its script?"
)
Check = Callable[[], dict[str, Any]]


@pytest.fixture
def world(services: Services) -> World:
    return make_world(services)


@pytest.fixture
def pages(doors: Doors, world: World) -> "Pages":
    return Pages(doors.client, world)


@pytest.fixture
def check(doors: Doors) -> Check:
    def checked() -> dict[str, Any]:
        response = doors("GET", "/v1/partners/northwind/embed-check", key="read")
        assert response.status_code == 200
        body: dict[str, Any] = response.json
        return body

    return checked


class Pages:
    """What browsers on a partner's pages do."""

    def __init__(self, client: FlaskClient, world: World) -> None:
        self.client, self.world = client, world

    def load(self, key: str, origin: str = ORIGIN) -> TestResponse:
        return self.client.get(f"/v1/embed/{key}/config", headers={"Origin": origin}, buffered=True)

    def be(self, token: str | None, key: str) -> TestResponse:
        headers = self.world.headers(token)
        return self.client.post(f"/v1/embed/{key}/activity", json={}, headers=headers, buffered=True)

    def report(self, key: str, directive: str, blocked: str) -> TestResponse:
        told = {"document-uri": ORIGIN, "effective-directive": directive, "blocked-uri": blocked}
        body = json.dumps({"csp-report": told})
        address = f"/v1/embed/{key}/reports"
        return self.client.post(address, data=body, content_type="application/csp-report", buffered=True)


def told(body: dict[str, Any], level: str) -> list[str]:
    return [one["text"] for one in body["findings"] if one["level"] == level]


def test_before_anybody_embeds_it_no_page_was_seen(check: Check, world: World) -> None:
    body = check()
    assert told(body, "problem") == [NEVER_SEEN]
    assert body["origins"] == body["turned_away"] == body["violations"] == body["tokens"]["refused"] == []
    assert body["tokens"]["signed"] is body["tokens"]["unsigned"] is body["subjects"]["share"] is None
    assert {(key["key"], key["vendor_wide"]) for key in body["keys"]} == {
        (world.key, True),
        (world.partner_key, False),
    }


def test_all_is_well_where_pages_are_seen_and_tokens_accepted(check: Check, pages: Pages, world: World, clock) -> None:
    pages.load(world.key)
    first = clock()
    pages.be(world.token(), world.key)
    last = clock.forward(hours=2)
    pages.be(world.token(), world.key)
    body = check()
    assert told(body, "problem") == []
    assert "Pages of this partner were seen, last on 2026-11-15 14:00 UTC." in told(body, "fine")
    assert "Tokens are accepted, last on 2026-11-15 14:00 UTC." in told(body, "fine")
    assert body["tokens"]["signed"] == {"first_at": f"{first:%FT%TZ}", "last_at": f"{last:%FT%TZ}"}
    assert [(one["what"], one["origin"], one["partner_known"]) for one in body["origins"]] == [
        ("signed", ORIGIN, True),
        ("loaded", ORIGIN, False),
    ]


def test_another_partners_pages_are_not_told_of(check: Check, pages: Pages, world: World) -> None:
    pages.be(world.token(partner="contoso"), world.key)
    pages.be(world.token(partner="contoso", aud="x"), world.key)
    body = check()
    assert body["origins"] == body["tokens"]["refused"] == []


def test_a_vendor_wide_key_that_is_loaded_is_no_page_of_this_partner(check: Check, pages: Pages, world: World) -> None:
    pages.load(world.key)
    (text,) = told(check(), "problem")
    assert text.startswith("No page of this partner was seen. A vendor-wide key was loaded, last on 2026-11-15 12:00")
    pages.be(world.token(partner="nortwhind"), world.key)
    body = check()
    assert "Tokens that name no partner here were refused" in told(body, "problem")[0]
    assert "`partner` names no partner that is known here." in told(body, "note")[0]


def test_tokens_that_are_refused_are_told_with_the_reason(check: Check, pages: Pages, world: World, clock) -> None:
    pages.load(world.partner_key)
    pages.be(world.token(aud="survey"), world.partner_key)
    clock.forward(days=1)
    assert told(check(), "problem") == ['Tokens are refused since 2026-11-15 12:00 UTC: `aud` must be "feedback".']
    pages.be(world.token(), world.partner_key)
    body = check()
    assert told(body, "problem") == []
    assert told(body, "note")[0].startswith("Some tokens were refused, last on 2026-11-15 12:00 UTC, while others are")
    clock.forward(hours=3)
    pages.be(world.token(aud="survey"), world.partner_key)
    (text,) = told(check(), "problem")
    assert text.endswith("The last one accepted came on 2026-11-16 12:00 UTC.")


def test_pages_that_send_no_token_are_told_that_nothing_counts(check: Check, pages: Pages, world: World) -> None:
    pages.load(world.partner_key)
    pages.be(None, world.partner_key)
    (text,) = told(check(), "problem")
    assert text.startswith("No token came from this partner's pages.")


def test_pages_that_fell_silent_are_a_problem(check: Check, pages: Pages, world: World, clock: FakeClock) -> None:
    pages.be(world.token(), world.key)
    clock.forward(days=8)
    assert told(check(), "problem") == [
        "No page of this partner was seen since 2026-11-15 12:00 UTC: is the tag still there?"
    ]


def test_origins_that_were_turned_away_are_named(check: Check, pages: Pages, world: World) -> None:
    pages.load(world.key, "https://new.example")
    body = check()
    assert body["turned_away"][0]["origin"] == "https://new.example"
    assert "https://new.example were turned away" in told(body, "note")[0]


def test_what_a_policy_blocks_is_told_with_what_to_add(check: Check, pages: Pages, world: World) -> None:
    pages.be(world.token(), world.key)
    pages.report(world.key, "script-src-elem", "http://localhost:8000/embed.js")
    pages.report(world.key, "img-src", "https://elsewhere.example/x.png")
    body = check()
    (text,) = told(body, "problem")
    assert text.startswith("A page's policy blocked us (script-src-elem), last on 2026-11-15 12:00 UTC")
    assert text.endswith(": add http://localhost:8000 to script-src.")
    assert {(one["directive"], one["ours"]) for one in body["violations"]} == {
        ("script-src-elem", True),
        ("img-src", False),
    }


def _see(services: Services, world: World, subjects: range, day: date, source: str) -> None:
    with services.database.transaction() as session:
        days = [ActiveDay(world.partner.id, _seat(services, world, number), day) for number in subjects]
        record_activity(session, days, source, now=services.clock())


def _seat(services: Services, world: World, number: int) -> Any:
    return seat_id(services.secrets.pepper, world.partner.id, f"user-{number}")


def test_people_whom_tokens_name_are_compared_with_the_vendors_own(check, world, services, clock) -> None:
    today = clock().date()
    first = today - timedelta(days=90)
    _see(services, world, range(10), first, "embed")
    # A day too early, and active by the vendor's word alone: not seen.
    _see(services, world, range(20, 25), first - timedelta(days=1), "embed")
    _see(services, world, range(30, 40), today, "vendor")
    assert check()["subjects"] == {"days": 90, "seen": 10, "known": 0, "on_file": 10, "share": 0.0}
    _see(services, world, range(4), today, "vendor")
    with services.database.transaction() as session:
        deployed = [
            NewSeat(world.partner.id, _seat(services, world, number), deployed_on=first) for number in range(4, 9)
        ]
        put_seats(session, deployed, Declared(session), now=clock())
    body = check()
    assert body["subjects"] == {"days": 90, "seen": 10, "known": 9, "on_file": 19, "share": 0.9}
    assert "Of 10 people whom tokens named in 90 days, 9 are known from your own files." in told(body, "fine")


def test_ids_that_do_not_match_the_files_are_a_problem(check, world, services, clock) -> None:
    _see(services, world, range(10), clock().date(), "embed")
    assert "cannot be compared" in told(check(), "note")[0]
    _see(services, world, range(2, 30), clock().date(), "vendor")
    assert not any("same id" in text for text in told(check(), "problem"))
    _see(services, world, range(100, 104), clock().date(), "embed")
    (text,) = [text for text in told(check(), "problem") if "same id" in text]
    assert text.startswith("Of 14 people whom tokens named in 90 days, 8 are known")


def test_what_the_vendor_has_not_set_up_is_told(check, world, services, clock) -> None:
    now = clock()
    with services.database.transaction() as session:
        for key in (world.key, world.partner_key, world.vendor_kid, world.partner_kid):
            revoke(session, key, now=now)
        for name in ("end-user-nps", "buyer-nps"):
            pause(survey_by_name(session, name))
        record_policy(session, world.partner.id, PolicyTerms(may_ask=False), now=now)
        session.get_one(Partner, world.partner.id).left_at = now
    clock.forward(minutes=1)
    body = check()
    assert [text.partition(":")[0] for text in told(body, "problem")] == [
        "No embed key in use serves this partner",
        "There is no signing key",
        "This partner's policy forbids asking",
        "No survey is live",
        NEVER_SEEN,
    ]
    assert told(body, "note") == ["The partner left on 2026-11-15 12:00 UTC."]
    assert body["keys"] == []


def test_nothing_of_answers_is_in_it(check, pages: Pages, world, doors: Doors) -> None:
    pages.be(world.token(), world.key)
    before = check()
    answer = {"survey": "end-user-nps", "respondent": "anna", "score": 0, "comment": "it is dreadful"}
    address = "/v1/partners/northwind/responses/0190b0a0-0000-7000-8000-000000000001"
    assert doors("PUT", address, answer).status_code == 201
    assert check() == before


def test_the_command_says_the_same_and_fails_when_there_is_something_to_do(
    pages: Pages, world: World, services: Services, monkeypatch, capsys
) -> None:
    from feedback.cli.embed import embed_check

    monkeypatch.setenv("FEEDBACK_HOME", str(services.settings.home))
    monkeypatch.setenv("DATABASE_URL", services.settings.database_url)
    monkeypatch.setenv("COLUMNS", "160")
    pages.load(world.partner_key)
    pages.be(world.token(aud="survey"), world.partner_key)
    with pytest.raises(SystemExit) as ended:
        embed_check.main(["northwind"], standalone_mode=True)
    assert ended.value.code == 1
    out = capsys.readouterr().out
    assert '`aud` must be "feedback".' in out
    assert ORIGIN in out
    assert "Tokens refused" in out
