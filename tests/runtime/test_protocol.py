"""HTTP at the quick doors: in whatever pieces and order requests come, each is answered once and in its turn."""

import asyncio
import itertools
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from feedback.core.cached import forget_all
from feedback.core.services import Services
from feedback.partners.quick_door import QuickCall
from feedback.partners.quick_doors import QuickDoors
from feedback.responses.models import Impression
from feedback.seats.pings import Pings
from tests.asgi import run
from tests.embed import World, make_world
from tests.runtime.wire import Wire, request
from workers.runtime import protocol

DATABASES = ("sqlite",)
KINDS = ("ping", "ask", "forged", "long", "chunked", "expects", "other")


@pytest.fixture
def doors(asgi: QuickDoors) -> QuickDoors:
    return asgi


@pytest.fixture
def world(services: Services, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(Pings, "flush", lambda _self: None)  # by a timer, where it is not a test
    return make_world(services)


def asked(world: World, kind: str, person: str, **more: str) -> tuple[bytes, int]:
    """A request of this kind, and the status that it is to have."""
    path = f"/v1/embed/{world.key}/"
    token = "a.b.c" if kind == "forged" else world.token(person)
    headers = {"Content_Type": "application/json", **world.headers(token), **more}
    if kind == "ask":
        return request("POST", path + "impressions", b'{"survey":"end-user-nps","version":1}', **headers), 201
    if kind == "long":
        return request("GET", path + "config", **headers), 200
    if kind == "other":
        return request("GET", "/healthz", **more), 200
    if kind == "chunked":
        headers["Transfer-Encoding"] = "chunked"
        return request("POST", path + "activity", b"2\r\n{}\r\n0\r\n\r\n", **headers), 411
    if kind == "expects":
        headers["Expect"] = "100-continue"
    return request("POST", path + "activity", b"{}", **headers), 401 if kind == "forged" else 202


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kinds=st.lists(st.sampled_from([one for one in KINDS if one != "expects"]), min_size=1, max_size=6),
    cuts=st.lists(st.integers(1, 2_000), max_size=5),
    close=st.booleans(),
)
def test_requests_in_one_breath_are_answered_each_in_its_turn(
    doors: QuickDoors, world: World, kinds: list[str], cuts: list[int], close: bool
) -> None:
    made = [
        asked(world, kind, uuid4().hex, **({"Connection": "close"} if close and at == len(kinds) - 1 else {}))
        for at, kind in enumerate(kinds)
    ]
    whole = b"".join(text for text, _ in made)
    ends = [0, *sorted({cut for cut in cuts if cut < len(whole)}), len(whole)]

    async def talk() -> tuple[list[int], bool]:
        wire = Wire(doors)
        for begin, end in itertools.pairwise(ends):
            wire.say(whole[begin:end])
            await asyncio.sleep(0)
        return await wire.statuses(len(made)), wire.line.closed

    assert run(talk()) == ([status for _, status in made], close)


def test_who_asks_first_whether_to_go_on_is_told_so(doors: QuickDoors, world: World) -> None:
    async def talk() -> bytes:
        wire = Wire(doors)
        text, _ = asked(world, "expects", "anna")
        wire.say(text[:-2])
        await asyncio.sleep(0.05)
        told = bytes(wire.line.heard)
        wire.line.heard.clear()
        wire.say(text[-2:])
        assert await wire.statuses(1) == [202]
        return told

    assert run(talk()) == b"HTTP/1.1 100 Continue\r\n\r\n"


def quickly(monkeypatch: pytest.MonkeyPatch) -> list[QuickCall]:
    """Those that took the quick way, from now on."""
    taken: list[QuickCall] = []
    answer = QuickCall.answer

    def noted(self: QuickCall, tell: Callable[[Any], None]) -> None:
        taken.append(self)
        answer(self, tell)

    async def nobody(_self: Any, _scope: Any, _receive: Any, _send: Any) -> None:
        pytest.fail("the long way was taken")

    monkeypatch.setattr(QuickCall, "answer", noted)
    monkeypatch.setattr(QuickDoors, "__call__", nobody)
    return taken


def test_the_quick_way_is_taken_and_answers_as_any(
    doors: QuickDoors, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = quickly(monkeypatch)

    async def talk() -> list[tuple[int, dict[str, str], bytes]]:
        wire = Wire(doors)
        wire.protocol.server_state.default_headers = [(b"date", b"today")]
        for kind in ("ping", "ask", "forged"):
            forget_all(world.services.database)
            wire.say(asked(world, kind, "anna")[0])
            await wire.statuses(len(taken))
        assert not wire.line.closed
        return wire.answers()

    told = run(talk())
    assert [status for status, _, _ in told] == [202, 201, 401]
    assert len(taken) == 3
    assert {(headers["date"], headers["vary"]) for _, headers, _ in told} == {("today", "origin")}


def test_whoever_is_gone_was_served_all_the_same(doors: QuickDoors, world: World, services: Services) -> None:
    async def talk() -> bytes:
        wire = Wire(doors)
        wire.say(asked(world, "ping", "anna")[0])
        await wire.statuses(1)  # now all is remembered
        wire.line.heard.clear()
        wire.say(asked(world, "ask", "gone")[0])
        wire.hang_up()
        await asyncio.sleep(0.2)
        return bytes(wire.line.heard)

    assert run(talk()) == b""
    with services.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Impression)) == 1


def test_a_server_that_stops_answers_who_waits_and_then_hangs_up(doors: QuickDoors, world: World) -> None:
    async def talk() -> tuple[list[int], bool, bool]:
        waits, idle = Wire(doors), Wire(doors)
        text, _ = asked(world, "ask", "anna")
        waits.say(text[:-5])
        waits.protocol.shutdown()
        idle.protocol.shutdown()
        waits.say(text[-5:])
        return await waits.statuses(1), waits.line.closed, idle.line.closed

    assert run(talk()) == ([201], True, True)


@pytest.mark.requirement("edge: slow clients take nobody's turn")
def test_who_takes_too_long_is_hung_up_on(doors: QuickDoors, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    text, _ = asked(world, "ask", "anna")
    ends = {"silent": 0, "in the head": 30, "in the body": len(text) - 3, "answered": len(text)}

    async def aborted(seconds: float) -> dict[str, bool]:
        loop, late = asyncio.get_running_loop(), {}
        for name, end in ends.items():
            wire = Wire(doors)
            wire.say(text[:end].replace(b"anna", name.encode()))
            if name == "answered":
                await wire.statuses(1)
            with monkeypatch.context() as patch:
                now_s = loop.time()
                patch.setattr(loop, "time", lambda then=now_s + seconds: then)
                wire.protocol.sweep()
            late[name] = wire.line.aborted
        return late

    assert run(aborted(29)) == dict.fromkeys(ends, False)
    assert run(aborted(31)) == {"silent": False, "in the head": True, "in the body": True, "answered": False}
    assert run(aborted(protocol.IDLE_S + 1)) == dict.fromkeys(ends, True)


@pytest.mark.requirement("edge: slow clients take nobody's turn")
def test_who_does_not_read_is_hung_up_on_and_who_reads_slowly_is_not(
    doors: QuickDoors, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def talk() -> list[bool]:
        loop, begun_s = asyncio.get_running_loop(), asyncio.get_running_loop().time()
        deaf, slow = Wire(doors), Wire(doors)
        for wire in (deaf, slow):
            wire.line.unread_bytes = 4_000_000
            wire.protocol.pause_writing()
        for later_s in range(5, 120, 5):
            slow.line.unread_bytes -= 1_000
            monkeypatch.setattr(loop, "time", lambda then=begun_s + later_s: then)
            for wire in (deaf, slow):
                wire.protocol.sweep()
            assert deaf.line.aborted == (later_s > 30)
        monkeypatch.undo()
        return [deaf.line.aborted, slow.line.aborted]

    assert run(talk()) == [True, False]


def test_who_reads_no_answers_is_not_asked_for_more_requests(doors: QuickDoors, world: World) -> None:
    async def talk() -> list[bool]:
        wire, paused = Wire(doors), []
        ping = asked(world, "ping", "anna")[0]
        wire.say(ping)
        await wire.statuses(1)
        wire.protocol.pause_writing()
        paused.append(wire.line.paused)
        wire.say(ping)
        paused.append(wire.line.paused)
        wire.protocol.resume_writing()
        return [*paused, wire.line.paused]

    assert run(talk()) == [False, True, False]


def test_who_is_not_asked_for_more_is_not_late(doors: QuickDoors, monkeypatch: pytest.MonkeyPatch) -> None:
    async def talk() -> bool:
        loop, begun_s = asyncio.get_running_loop(), asyncio.get_running_loop().time()
        wire = Wire(doors)
        wire.say(request("POST", "/v1/partners", b"x" * 100, Content_Type="application/json")[:-1])
        wire.protocol.flow.pause_reading()
        monkeypatch.setattr(loop, "time", lambda: begun_s + 60)
        wire.protocol.sweep()
        wire.protocol.flow.resume_reading()
        wire.protocol.sweep()
        monkeypatch.undo()
        return wire.line.aborted

    assert run(talk()) is False


def test_http_1_0_hears_no_more_after_its_answer(doors: QuickDoors, world: World) -> None:
    async def talk() -> tuple[list[int], bool]:
        wire = Wire(doors)
        wire.say(asked(world, "ping", "anna", Connection="keep-alive")[0].replace(b"HTTP/1.1", b"HTTP/1.0", 1))
        return await wire.statuses(1), wire.line.closed

    assert run(talk()) == ([202], True)


@pytest.mark.parametrize("endless", [b"a", b"X-A: b\r\n"], ids=["one header", "many"])
def test_headers_have_an_end(doors: QuickDoors, endless: bytes) -> None:
    async def talk() -> tuple[list[int], bool]:
        wire = Wire(doors)
        wire.say(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n" + (b"X-B: " if endless == b"a" else b""))
        for _ in range(70):
            wire.say(endless * (1024 // len(endless)))
        return await wire.statuses(1), wire.line.closed

    assert run(talk()) == ([400], True)


@pytest.mark.requirement("ASVS 4.1.3")
@pytest.mark.parametrize(("proxies", "address"), [((), "127.0.0.1"), (("127.0.0.1",), "93.184.216.34")])
def test_only_a_named_proxy_is_believed_on_both_ways(
    doors: QuickDoors, world: World, monkeypatch: pytest.MonkeyPatch, proxies: tuple[str, ...], address: str
) -> None:
    seen: list[str] = []
    offer, others = doors.offer, doors._others

    def offered(method: str, path: str, headers: Any, given: Any) -> Any:
        seen.append(given)
        return offer(method, path, headers, given)

    async def other(scope: Any, *more: Any) -> None:
        seen.append(scope["client"][0])
        await others(scope, *more)

    monkeypatch.setattr(doors, "offer", offered)
    monkeypatch.setattr(doors, "_others", other)

    async def talk() -> list[int]:
        wire = Wire(doors, proxies=proxies)
        forwarded = {"X_Forwarded_For": "1.2.3.4, 93.184.216.34", "X_Real_IP": "1.2.3.4"}
        for kind in ("ping", "other"):
            wire.say(asked(world, kind, "anna", **forwarded)[0])
        return await wire.statuses(2)

    assert run(talk()) == [202, 200]
    assert seen == [address] * 2
