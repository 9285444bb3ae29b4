"""Flask behind an event loop: what a thread gets of a request, and what becomes of an answer."""

import asyncio
import itertools
import threading
import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.http import asgi
from feedback.http.asgi import InThreads, Message
from tests.asgi import AsgiClient, run

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


def echo(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """Line by line what came."""
    start_response("200 OK", [("Content-Type", "text/plain"), ("X-Path", environ["PATH_INFO"])])
    return iter(environ["wsgi.input"].readlines())


@given(body=st.binary(max_size=600), cuts=st.lists(st.integers(0, 600), max_size=6), before=st.integers(1, 700))
def test_a_body_comes_whole_however_it_was_cut_and_however_much_was_read_before(
    body: bytes, cuts: list[int], before: int
) -> None:
    ends = sorted({0, len(body), *(cut for cut in cuts if cut < len(body))})
    parts = [body[begin:end] for begin, end in itertools.pairwise(ends)] or [b""]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asgi, "_begun", lambda receive, most=before: _BEGUN(receive, most))
        answer = AsgiClient(InThreads(echo, 1)).ask("/x", "POST", [], parts)
    assert (answer.status_code, answer.data) == (200, body)


_BEGUN = asgi._begun


def test_a_large_answer_is_sent_in_pieces_and_a_small_one_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asgi, "_SENT_AT_ONCE_BYTES", 100)
    closed: list[bool] = []

    class Lines:
        def __iter__(self) -> Iterator[bytes]:
            yield from (b"%039d\n" % number for number in range(10))

        def close(self) -> None:
            closed.append(True)

    def lines(_environ: Any, start_response: "StartResponse") -> Iterable[bytes]:
        start_response("200 OK", [("A", "1"), ("A", "2")])
        return Lines()

    sent: list[Message] = []

    async def ask() -> None:
        async def send(message: Message) -> None:
            sent.append(message)

        async def receive() -> Message:
            return {"type": "http.request"}

        await InThreads(lines, 1)(_scope(), receive, send)

    run(ask())
    assert [one["type"] for one in sent] == ["http.response.start", *["http.response.body"] * 4]
    assert sent[0]["headers"] == [(b"a", b"1"), (b"a", b"2")]
    assert b"".join(one["body"] for one in sent[1:]) == b"".join(b"%039d\n" % number for number in range(10))
    assert [one.get("more_body", False) for one in sent[1:]] == [True, True, True, False]
    assert closed == [True]


def test_an_address_is_what_was_asked_for_byte_for_byte() -> None:
    scope = {**_scope(), "path": "/\ufffd", "raw_path": b"/%FF%C3%A9%2F"}
    assert asgi._environ(scope)["PATH_INFO"] == "/\xff\xc3\xa9/"
    assert asgi._environ({**_scope(), "path": "/\xe9"})["PATH_INFO"] == "/\xc3\xa9"


def test_headers_that_come_twice_are_joined_and_none_passes_for_another() -> None:
    headers = [(b"cookie", b"a=1"), (b"cookie", b"b=2"), (b"accept", b"x"), (b"accept", b"y"), (b"x_request_id", b"z")]
    environ = asgi._environ({**_scope(), "headers": headers})
    assert (environ["HTTP_COOKIE"], environ["HTTP_ACCEPT"]) == ("a=1; b=2", "x, y")
    assert "HTTP_X_REQUEST_ID" not in environ


def test_only_so_many_are_in_flask_at_once_and_whoever_does_not_read_keeps_nobody_waiting() -> None:
    inside, most, lock = [0], [0], threading.Lock()

    def slow(_environ: Any, start_response: "StartResponse") -> Iterable[bytes]:
        with lock:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
        time.sleep(0.02)
        with lock:
            inside[0] -= 1
        start_response("200 OK", [])
        return [b"done"]

    app, told = InThreads(slow, 2), []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def reads(message: Message) -> None:
        told.append(message)

    async def never_reads(_message: Message) -> None:
        await asyncio.Event().wait()

    async def all_at_once() -> None:
        stuck = [asyncio.ensure_future(app(_scope(), receive, never_reads)) for _ in range(6)]
        await asyncio.wait_for(asyncio.gather(*(app(_scope(), receive, reads) for _ in range(6))), 5)
        for one in stuck:
            one.cancel()

    run(all_at_once())
    assert most == [2]
    assert [one.get("body") for one in told].count(b"done") == 6


def test_who_stops_in_the_middle_of_a_body_is_no_whole_request() -> None:
    def length(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        start_response("200 OK", [])
        return [str(len(environ["wsgi.input"].read())).encode()]

    coming = [{"type": "http.request", "body": b"x" * 70_000, "more_body": True}, {"type": "http.disconnect"}]
    sent: list[Message] = []

    async def ask() -> None:
        async def receive() -> Message:
            return coming.pop(0)

        async def send(message: Message) -> None:
            sent.append(message)

        await InThreads(length, 1)(_scope(), receive, send)

    run(ask())
    assert sent[-1]["body"] == b"70000"


def _scope() -> dict[str, Any]:
    return {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "path": "/",
        "query_string": b"",
        "headers": [],
        "client": None,
        "server": None,
        "scheme": "http",
    }
