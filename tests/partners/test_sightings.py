"""What came of an embed is remembered beside the requests that show it, and never in their way."""

import json
import threading
from typing import Any

import flask
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from feedback.core.services import Services
from feedback.partners import sightings
from feedback.partners.models import EmbedSighting
from feedback.partners.sightings import NOBODY, Sighting
from tests.conftest import FakeClock
from tests.embed import ORIGIN, World, make_world


@pytest.fixture
def world(services: Services) -> World:
    return make_world(services, [ORIGIN, "https://other.example"])


@pytest.fixture
def client(app: flask.Flask, world: World) -> FlaskClient:  # noqa: ARG001  # the world is there before its pages
    return app.test_client()


def load(client: FlaskClient, key: str, origin: str | None = ORIGIN) -> TestResponse:
    headers = {} if origin is None else {"Origin": origin}
    # Buffered: to its end, as a server does; what comes after the answer has happened then.
    return client.get(f"/v1/embed/{key}/config", headers=headers, buffered=True)


def speak(client: FlaskClient, world: World, token: str | None, key: str, origin: str | None = ORIGIN) -> TestResponse:
    return client.post(f"/v1/embed/{key}/activity", json={}, headers=world.headers(token, origin), buffered=True)


def report(client: FlaskClient, key: str, body: Any, mimetype: str = "application/csp-report", **headers: str):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post(f"/v1/embed/{key}/reports", data=data, content_type=mimetype, headers=headers, buffered=True)


def kept(services: Services) -> list[tuple[str, str, str]]:
    """Partner (`of nobody`), origin and kind of every row, in an order of their own."""
    with services.database.reading() as session:
        rows = session.scalars(select(EmbedSighting)).all()
    return sorted(("nobody" if row.partner_id == NOBODY else "partner", row.origin, row.kind) for row in rows)


def spans(services: Services) -> list[tuple[Any, Any]]:
    with services.database.reading() as session:
        return [(row.first_at, row.last_at) for row in session.scalars(select(EmbedSighting))]


def test_what_a_page_does_is_remembered_under_its_origin_and_partner(client, world, services) -> None:
    assert load(client, world.partner_key).status_code == 200
    assert load(client, world.key).status_code == 200
    assert speak(client, world, world.token(), world.key).status_code == 202
    assert speak(client, world, None, world.partner_key).status_code == 202
    assert speak(client, world, None, world.key).status_code == 401
    assert kept(services) == [
        ("nobody", ORIGIN, "loaded"),
        ("nobody", ORIGIN, "refused: No token came, and this key learns the partner from it."),
        ("partner", ORIGIN, "loaded"),
        ("partner", ORIGIN, "signed"),
        ("partner", ORIGIN, "unsigned"),
    ]


def test_the_frame_and_servers_have_no_origin_of_a_page(client, world, services) -> None:
    load(client, world.key, origin=None)
    speak(client, world, world.token(), world.key, origin=services.settings.public_url)
    assert kept(services) == [("nobody", "", "loaded"), ("partner", "", "signed")]


def test_an_origin_that_is_not_on_the_list_is_remembered(client, world, services) -> None:
    assert load(client, world.partner_key, "https://stranger.example").status_code == 403
    assert kept(services) == [("partner", "https://stranger.example", "refused: origin")]


@pytest.mark.parametrize("origin", ["nonsense", "https://user@evil.example", "https://x.example/", "a" * 300])
def test_what_no_browser_sends_as_an_origin_takes_no_row(client, world, services, origin: str) -> None:
    assert load(client, world.key, origin).status_code == 403
    assert kept(services) == []


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"aud": "another"}, '`aud` must be "feedback".'),
        ({"iat": 1, "exp": 2}, "It expired."),
        ({"partner": "nowhere"}, "`partner` names no partner that is known here."),
        ({"sub": None}, "`sub` must be a text of 1 to 200 characters."),
    ],
)
def test_a_refused_token_is_remembered_by_its_reason_without_times(client, world, services, claims, why) -> None:
    assert speak(client, world, world.token(**claims), world.key).status_code == 401
    whose = "nobody" if claims.get("partner") == "nowhere" else "partner"
    assert kept(services) == [(whose, ORIGIN, f"refused: {why}")]


@pytest.mark.parametrize("token", ["nonsense", "a.b.c", "e30.e30.e30", "e30." + "W1" * 900 + ".x", "\xff"])
def test_a_token_that_is_none_belongs_to_nobody(client, world, services, token: str) -> None:
    assert speak(client, world, token, world.key).status_code == 401
    assert [(whose, kind.partition(":")[0]) for whose, _, kind in kept(services)] == [("nobody", "refused")]


def test_a_row_is_written_again_at_most_once_a_minute(client, world, services, clock: FakeClock) -> None:
    first = clock()
    load(client, world.key)
    clock.forward(seconds=59)
    load(client, world.key)
    assert spans(services) == [(first, first)]
    last = clock.forward(seconds=2)
    load(client, world.key)
    assert spans(services) == [(first, last)]


def test_there_are_never_more_than_fifty_rows_and_strangers_drive_nobody_out(client, world, services, clock) -> None:
    load(client, world.partner_key)
    speak(client, world, world.token(), world.partner_key)
    for number in range(40):
        clock.forward(minutes=2)
        load(client, world.partner_key, f"https://stranger{number}.example")
    rows = kept(services)
    assert len(rows) == 12
    assert ("partner", ORIGIN, "loaded") in rows
    # Of the strangers, the latest.
    assert {origin for _, origin, kind in rows if kind == "refused: origin"} == {
        f"https://stranger{number}.example" for number in range(30, 40)
    }
    assert sum(sightings._ROOM.values()) <= 50


def test_a_request_does_not_wait_for_another_writer_and_one_a_second_later_is_remembered(
    client, world, services, clock
) -> None:
    if not services.database.is_sqlite:
        pytest.skip("Writers wait for each other on SQLite only; on PostgreSQL see the next test.")
    held, go_on = threading.Event(), threading.Event()

    def write() -> None:
        with services.database.transaction():
            held.set()
            go_on.wait(20)

    writer = threading.Thread(target=write)
    writer.start()
    held.wait(20)
    try:
        assert load(client, world.key).status_code == 200
        assert kept(services) == []
    finally:
        go_on.set()
        writer.join()
    load(client, world.key)
    assert kept(services) == []
    clock.forward(seconds=1)
    load(client, world.key)
    assert kept(services) == [("nobody", ORIGIN, "loaded")]


def test_two_that_write_of_the_same_key_do_not_wait_for_each_other(services, world, clock) -> None:
    if services.database.is_sqlite:
        pytest.skip("On SQLite there is one writer at all.")
    with services.database.transaction() as session:
        assert sightings._remember(session, Sighting(world.key, NOBODY, "", "loaded"), services.clock())
        sightings.keep(services.database, [Sighting(world.key, NOBODY, "", "signed")], now=services.clock())
    assert kept(services) == [("nobody", "", "loaded")]
    clock.forward(seconds=1)
    sightings.keep(services.database, [Sighting(world.key, NOBODY, "", "signed")], now=services.clock())
    assert kept(services) == [("nobody", "", "loaded"), ("nobody", "", "signed")]


def test_a_database_that_fails_is_no_concern_of_the_person(client, world, monkeypatch, caplog) -> None:
    def broken(*_: object) -> bool:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(sightings, "_write", broken)
    assert load(client, world.key).status_code == 200
    assert load(client, world.key).status_code == 200
    # Once a minute, not with every request.
    assert [record.message for record in caplog.records] == ["could not remember what came of an embed"]


def _csp(**changes: Any) -> dict[str, Any]:
    return {
        "csp-report": {
            "document-uri": f"{ORIGIN}/private?page=1",
            "violated-directive": "script-src-elem",
            "effective-directive": "script-src-elem",
            "blocked-uri": "http://localhost:8000/embed.js",
            "original-policy": "default-src 'none'",
            "disposition": "enforce",
            **changes,
        }
    }


def _modern(**changes: Any) -> dict[str, Any]:
    body = {
        "documentURL": f"{ORIGIN}/private",
        "effectiveDirective": "frame-src",
        "blockedURL": "http://localhost:8000/v1/embed/x/frame",
        "sample": "secret",
        **changes,
    }
    return {"type": "csp-violation", "age": 1, "url": f"{ORIGIN}/private", "user_agent": "Mozilla", "body": body}


@pytest.mark.parametrize(
    ("body", "mimetype", "expected"),
    [
        (_csp(), "application/csp-report", (ORIGIN, "blocked: script-src-elem ours")),
        (_csp(), "application/json", (ORIGIN, "blocked: script-src-elem ours")),
        (
            {"csp-report": {"violated-directive": "connect-src 'self'", "blocked-uri": "http://localhost:8000"}},
            "application/csp-report",
            ("", "blocked: connect-src ours"),
        ),
        (
            _csp(**{"blocked-uri": "https://ads.example/x"}),
            "application/csp-report",
            (ORIGIN, "script-src-elem others"),
        ),
        (_csp(**{"blocked-uri": "inline"}), "application/csp-report", (ORIGIN, "blocked: script-src-elem others")),
        (_csp(**{"document-uri": "https://stranger.example/"}), "application/csp-report", ("", "script-src-elem ours")),
        ([_modern()], "application/reports+json", (ORIGIN, "blocked: frame-src ours")),
        (_modern(), "application/reports+json", (ORIGIN, "blocked: frame-src ours")),
        (
            [_modern(blockedURL="trusted-types-sink", sourceFile="http://localhost:8000/embed/rules.js")],
            "application/reports+json",
            (ORIGIN, "blocked: frame-src ours"),
        ),
    ],
)
def test_of_a_report_directive_and_whose_it_was_are_kept(client, world, services, body, mimetype, expected) -> None:
    answered = report(client, world.partner_key, body, mimetype, Origin="https://anywhere.example")
    assert (answered.status_code, answered.data) == (204, b"")
    ((whose, origin, kind),) = kept(services)
    assert (whose, origin) == ("partner", expected[0])
    assert kind.endswith(expected[1])


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        [1, None, "x", []],
        {"csp-report": 1},
        _csp(**{"effective-directive": "made-up", "violated-directive": 1}),
        [{"type": "deprecation", "body": {"effectiveDirective": "script-src"}}],
        [{"type": "csp-violation", "body": [1]}],
    ],
)
def test_what_is_no_violation_is_taken_and_not_kept(client, world, services, body) -> None:
    assert report(client, world.key, body, "application/reports+json").status_code == 204
    assert kept(services) == []


def test_many_reports_at_once_take_one_row_each_kind_and_page(client, world, services) -> None:
    report(client, world.key, [_modern()] * 50 + [_modern(effectiveDirective="connect-src")] * 40)
    assert [kind for *_, kind in kept(services)] == ["blocked: frame-src ours"]
    report(client, world.key, [_modern(effectiveDirective="connect-src")] * 3)
    assert len(kept(services)) == 2


@pytest.mark.parametrize(
    ("body", "mimetype", "status"),
    [
        (b"", "application/csp-report", 400),
        (b"{", "application/csp-report", 400),
        (b"1", "application/reports+json", 400),
        (b"[" * 5000, "application/reports+json", 400),
        (b"\xff\xfe\xff", "application/csp-report", 400),
        (b"{}", "text/plain", 415),
        (b'"' + b"x" * 70_000 + b'"', "application/csp-report", 413),
    ],
)
def test_what_is_no_report_is_refused(client, world, services, body, mimetype, status) -> None:
    assert report(client, world.key, body, mimetype).status_code == status
    assert kept(services) == []


def test_reports_need_a_key_that_is_in_use(client) -> None:
    assert report(client, "fb_pk_live_x", _csp()).status_code == 404


def test_a_browser_may_ask_before_it_reports_from_any_page(client, world) -> None:
    asked = client.options(
        f"/v1/embed/{world.key}/reports",
        headers={
            "Origin": "https://anywhere.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type",
        },
    )
    assert asked.status_code == 204
    assert asked.headers["Access-Control-Allow-Origin"] == "https://anywhere.example"
    assert "Content-Type" in asked.headers["Access-Control-Allow-Headers"]
    assert client.options(f"/v1/embed/{world.key}/config", headers={"Origin": "https://any.example"}).status_code == 403
