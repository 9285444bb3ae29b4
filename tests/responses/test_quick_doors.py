"""The quick way and the long way to the same doors answer the same: statuses, headers, bodies, and what is stored."""

import threading
from typing import Any
from uuid import UUID

import flask
import pytest
import structlog
from sqlalchemy import event, select

from feedback.core import logs
from feedback.core.cached import forget_all
from feedback.core.errors import Code, Problem
from feedback.core.group_commit import GroupCommit
from feedback.core.services import Services
from feedback.http import limits
from feedback.http.asgi import AsgiApp
from feedback.partners import known, quick_door
from feedback.responses.models import Impression, Response
from feedback.seats.models import ActivityMonth
from feedback.seats.pings import Pings
from feedback.settings import Settings
from tests.asgi import Answer, AsgiClient
from tests.embed import World, make_world

DATABASES = ("sqlite",)
ID = "0190b0a0-6c2f-7d3e-9a51-3f0c5d2e8b11"
ANSWER = {
    "survey": "end-user-nps",
    "version": 1,
    "impression": ID,
    "score": 9,
    "revision": 1,
    "complete": True,
    "answered_at": "2026-11-15T11:59:00Z",
}


@pytest.fixture
def ways(asgi: Any) -> tuple[AsgiClient, AsgiClient]:
    """As it is served, and Flask alone behind the same loop."""
    return AsgiClient(asgi), AsgiClient(asgi._others)


@pytest.fixture
def world(services: Services) -> World:
    return make_world(services)


def told(response: Answer) -> tuple[int, dict[str, str], Any]:
    headers = {name.lower(): value for name, value in response.headers.items() if name.lower() != "x-request-id"}
    assert int(headers.pop("content-length")) == len(response.data)
    body = response.json
    assert response.headers["X-Request-Id"] == body.pop("request_id", response.headers["X-Request-Id"])
    for name in ("impression", "frame"):
        if body.get("due"):
            body.pop(name)
    return response.status_code, headers, body


PATHS = {"ask": "impressions", "answer": f"responses/{ID}", "ping": "activity"}
METHODS = {"ask": "POST", "answer": "PUT", "ping": "POST"}
BODIES: dict[str, Any] = {
    "ask": {"survey": "end-user-nps", "version": 1, "locales": ["de"]},
    "answer": ANSWER,
    "ping": {},
}


@pytest.mark.parametrize("door", list(PATHS))
@pytest.mark.parametrize(
    "change",
    [
        pytest.param({}, id="as it should be"),
        pytest.param({"token": None}, id="no token"),
        pytest.param({"token": "a.b.c"}, id="a forged token"),
        pytest.param({"headers": {"Authorization": "Basic x"}}, id="another scheme"),
        pytest.param({"headers": {"Origin": "https://evil.example"}}, id="a foreign page"),
        pytest.param({"headers": {"Origin": None}}, id="no page"),
        pytest.param({"key": "fb_pk_live_x_y_z"}, id="an unknown key"),
        pytest.param({"data": b"{"}, id="broken JSON"),
        pytest.param({"data": b"[]"}, id="a list"),
        pytest.param({"data": b'{"score": NaN}'}, id="NaN"),
        pytest.param({"data": b'{"a": 1, "a": 2}'}, id="a name twice"),
        pytest.param({"data": b'{"survey": "a\\u0000"}'}, id="NUL"),
        pytest.param({"data": b'{"survey": "a\\ud800"}'}, id="half a surrogate"),
        pytest.param({"data": b'{"a":' * 30 + b"1" + b"}" * 30}, id="too deep"),
        pytest.param({"json": {"what": 1}}, id="unknown fields"),
        pytest.param({"json": {**ANSWER, "score": "9"}}, id="text as a number"),
        pytest.param({"data": b'{"a": "' + b"x" * 70_000 + b'"}'}, id="too large"),
        pytest.param({"headers": {"Content-Type": "text/plain"}}, id="a form"),
        pytest.param({"headers": {"Content-Type": None}}, id="no content type"),
        pytest.param({"headers": {"Content-Type": "application/json; charset=utf-8"}}, id="a charset"),
        pytest.param({"query_string": "a=1"}, id="a query"),
        pytest.param({"headers": {"X-Request-Id": "from-the-proxy-1"}}, id="an id of the proxy"),
    ],
)
def test_both_ways_say_the_same(
    ways: tuple[AsgiClient, AsgiClient], world: World, door: str, change: dict[str, Any]
) -> None:
    token = change.get("token", world.token())
    headers = {**world.headers(token), "Content-Type": "application/json", **change.get("headers", {})}
    headers = {name: value for name, value in headers.items() if value is not None}
    url = f"/v1/embed/{change.get('key', world.key)}/{PATHS[door]}"
    given = {"query_string": change.get("query_string", "")}
    if "data" in change:
        given["data"] = change["data"]
    else:
        given["json"] = change.get("json", BODIES[door])
    quick, long = (told(way.open(url, method=METHODS[door], headers=headers, **given)) for way in ways)
    if door == "ask" and quick[0] == 201:
        # The second tab gets none.
        assert (long[0], long[2]["reason"]) == (200, "shown_recently")
        assert quick[1] == long[1]
        return
    assert quick == long


@pytest.mark.parametrize(
    "other", ["GET /activity", "POST /activity/", "PUT /responses/x", "POST /nothing", "OPTIONS /activity"]
)
def test_what_is_no_quick_door_takes_the_long_way(
    ways: tuple[AsgiClient, AsgiClient], world: World, other: str
) -> None:
    method, path = other.split(" ")
    url = f"/v1/embed/{world.key}{path}"
    quick, long = (way.open(url, method=method, headers=world.headers(world.token()), json={}) for way in ways)
    assert (quick.status_code, quick.headers.get("Allow")) == (long.status_code, long.headers.get("Allow"))


@pytest.mark.parametrize("way", [0, 1])
def test_both_ways_store_the_same(
    ways: tuple[AsgiClient, AsgiClient], world: World, services: Services, way: int
) -> None:
    client, headers = ways[way], world.headers(world.token("anna", seat={"country": "DE"}))
    base = f"/v1/embed/{world.key}"
    assert client.open(f"{base}/activity", method="POST", json={}, headers=headers).status_code == 202
    granted = client.open(f"{base}/impressions", method="POST", json=BODIES["ask"], headers=headers).json
    said = {**ANSWER, "impression": granted["impression"], "comment": "Slow", "locale": "de"}
    answer = f"{base}/responses/{ID}"
    statuses = [client.open(answer, method="PUT", json=said, headers=headers).status_code for _ in range(2)]
    assert statuses == [201, 200]
    with services.database.reading() as session:
        (stored,) = session.scalars(select(Response))
        assert (stored.id, stored.score, stored.comment, stored.locale, stored.trust) == (
            UUID(ID),
            9,
            "Slow",
            "de",
            "vendor",
        )
        (impression,) = session.scalars(select(Impression))
        assert (impression.state, impression.response_id) == ("answered", UUID(ID))
        (month,) = session.scalars(select(ActivityMonth))
        assert (month.days, month.shown_days, month.source) == (1 << 14, 1 << 14, "embed")


@pytest.mark.parametrize("known", [True, False], ids=["all is known", "all must be looked up"])
def test_the_quick_way_is_taken(
    asgi: Any, world: World, services: Services, monkeypatch: pytest.MonkeyPatch, known: bool
) -> None:
    monkeypatch.setattr(asgi, "_others", lambda *_: pytest.fail("the long way was taken"))
    monkeypatch.setattr(Pings, "flush", lambda _self: None)  # by a timer, where it is not a test
    looking = ThreadsOf(services)
    for door, path in PATHS.items():
        if not known:
            forget_all(services.database)
        url = f"/v1/embed/{world.key}/{path}"
        for seat in ("anna", "otto"):
            looking.threads.clear()
            answer = AsgiClient(asgi).open(
                url, method=METHODS[door], json=BODIES[door], headers=world.headers(world.token(seat))
            )
            # Nobody was granted the impression that the answer names.
            assert answer.status_code == {"ask": 201, "answer": 409, "ping": 202}[door]
            assert threading.get_ident() not in looking.threads, "nothing is asked of the database on the loop"


class ThreadsOf:
    """The threads in which statements are run."""

    def __init__(self, services: Services) -> None:
        self.threads: set[int] = set()
        event.listen(services.database.engine, "before_cursor_execute", self._note)

    def _note(self, *_about: Any) -> None:
        self.threads.add(threading.get_ident())


@pytest.mark.parametrize("door", ["ask", "answer"])
def test_both_ways_send_away_whom_nobody_can_write_for(
    ways: tuple[AsgiClient, AsgiClient], world: World, monkeypatch: pytest.MonkeyPatch, door: str
) -> None:
    def full(_self: Any, _ticket: Any) -> Any:
        raise Problem(Code.BUSY, "2000 others wait already.", retry_after_s=2)

    monkeypatch.setattr(GroupCommit, "_put", full)
    one, other = (
        told(
            way.open(
                f"/v1/embed/{world.key}/{PATHS[door]}",
                method=METHODS[door],
                json=BODIES[door],
                headers=world.headers(world.token()),
            )
        )
        for way in ways
    )
    assert one == other
    assert (one[0], one[1]["retry-after"]) == (503, "2")
    assert one[1]["access-control-allow-origin"] == world.headers(None)["Origin"]


@pytest.mark.requirement("ASVS 2.4.1")
def test_a_person_who_asks_too_often_is_told_when_to_come_again(
    app: flask.Flask, world: World, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "monotonic", lambda: 1000.0)
    client = app.test_client()
    url = f"/v1/embed/{world.key}/activity"
    statuses = [
        client.post(url, json={}, headers=world.headers(world.token("greedy")))
        for _ in range(settings.person_requests_per_minute + 1)
    ]
    assert {one.status_code for one in statuses[:-1]} == {202}
    last = statuses[-1]
    assert (last.status_code, last.json["code"], last.headers["Retry-After"]) == (429, "too-many-requests", "1")
    assert last.headers["Access-Control-Expose-Headers"] == "Retry-After, X-Request-Id"
    assert client.post(url, json={}, headers=world.headers(world.token("modest"))).status_code == 202
    assert (
        client.post(
            f"/v1/embed/{world.key}/impressions", json=BODIES["ask"], headers=world.headers(world.token("greedy"))
        ).status_code
        == 429
    )


def test_who_must_be_looked_up_first_is_counted_once(
    asgi: Any, world: World, settings: Settings, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "monotonic", lambda: 1000.0)
    statuses = []
    for _ in range(settings.person_requests_per_minute + 1):
        known.POLICIES.forget(services.database.engine)
        forget_all(services.database)
        statuses.append(
            AsgiClient(asgi)
            .open(
                f"/v1/embed/{world.key}/impressions",
                method="POST",
                json={**BODIES["ask"], "version": 9},
                headers=world.headers(world.token("looked-up")),
            )
            .status_code
        )
    assert statuses == [404] * settings.person_requests_per_minute + [429]


def test_when_too_many_wait_for_what_must_be_looked_up_the_next_is_sent_away(
    asgi: Any, world: World, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quick_door, "_MOST_LOOKED_UP", 0)
    forget_all(services.database)
    url, headers = f"/v1/embed/{world.key}/activity", world.headers(world.token())
    refused = AsgiClient(asgi).open(url, method="POST", json={}, headers=headers)
    assert (refused.status_code, refused.json["code"], refused.headers["Retry-After"]) == (503, "busy", "2")
    monkeypatch.undo()
    assert AsgiClient(asgi).open(url, method="POST", json={}, headers=headers).status_code == 202


@pytest.mark.parametrize("parts", [1, 2, 7])
def test_a_body_may_come_in_parts_and_must_come_whole(asgi: Any, world: World, parts: int) -> None:
    body = b'{"survey": "end-user-nps", "version": 1, "locales": ["de"]}'
    headers = [(n.lower().encode(), v.encode()) for n, v in world.headers(world.token(f"in-{parts}")).items()]
    headers += [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    size = -(-len(body) // parts)
    cut = [body[at : at + size] for at in range(0, len(body), size)]
    url = f"/v1/embed/{world.key}/impressions"
    early = AsgiClient(asgi).ask(url, "POST", headers, [*cut[:-1], cut[-1][:-3]])
    assert (early.status_code, early.json["detail"]) == (400, "The body ended early.")
    assert AsgiClient(asgi).ask(url, "POST", headers, cut).status_code == 201


@pytest.mark.parametrize("twice", [b"origin", b"authorization", b"content-length", b"content-type"])
def test_a_header_that_comes_twice_takes_the_long_way(asgi: Any, world: World, twice: bytes) -> None:
    asked: list[AsgiApp] = []
    others = asgi._others

    async def noted(*given: Any) -> None:
        asked.append(others)
        await others(*given)

    asgi._others = noted
    headers = {n.lower().encode(): v.encode() for n, v in world.headers(world.token("twice")).items()}
    headers |= {b"content-type": b"application/json", b"content-length": b"2"}
    doubled = [*headers.items(), (twice, headers[twice] + b"0")]
    answer = AsgiClient(asgi).ask(f"/v1/embed/{world.key}/activity", "POST", doubled, [b"{}"])
    assert asked
    assert 400 <= answer.status_code < 500


def test_an_error_takes_nothing_from_the_lines_of_another_on_the_same_loop(
    ways: tuple[AsgiClient, AsgiClient], world: World
) -> None:
    logs.begin_request("mine")
    try:
        url = f"/v1/embed/{world.key}/{PATHS['answer']}"
        quick = ways[0].open(url, method="PUT", json=ANSWER, headers=world.headers("a.b.c"))
        assert quick.status_code == 401
        assert structlog.contextvars.get_contextvars() == {"request_id": "mine"}
    finally:
        logs.end_request()
