"""The floor: what parses a body, writes the rows and says so after the commit, and does nothing else.

`python -m bench._intake.floor FACTORY PORT THREADS` serves `bare` or `flask_route` as the service is served. In
FLOOR_DATABASE the URL, in FLOOR_PARENT the process with which it ends.
"""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import flask
import orjson
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server import Server

from bench._intake.batches import Batches, Row
from bench._intake.people import SURVEY
from bench._intake.writing import Writer, open_writer
from feedback.core.ids import new_id
from feedback.core.processes import die_with

WORKERS = 2
"""As many as serve the service."""
FLUSH_S = 0.5
_JSON = [("content-type", "application/json")]
App = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def main() -> None:
    """Serve until stopped."""
    die_with(int(os.environ["FLOOR_PARENT"]))
    factory, port, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    Server(
        f"bench._intake.floor:{factory}",
        factory=True,
        address="127.0.0.1",
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=WORKERS,
        blocking_threads=threads,
        log_level=LogLevels.warning,
    ).serve()


def bare() -> App:
    """Batches of answers and of impressions, pings counted in a dict; a WSGI function."""
    die_with(os.getppid())
    writer = _writer()
    answers, grants = Batches(writer.responses), Batches(writer.impressions)
    count = _counter(writer)

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        body = orjson.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        kind, *parts = environ["PATH_INFO"][1:].split("/")
        if kind == "responses":
            row = _response(writer, parts, body)
            answers.put(row)
            status, reply = "201 Created", _acknowledged(row)
        elif kind == "impressions":
            row = _grant(writer, parts)
            grants.put(row)
            status, reply = "201 Created", _granted(row)
        elif kind == "activity":
            count(parts[0], parts[1])
            status, reply = "202 Accepted", b'{"recorded":true}'
        else:
            status, reply = "404 Not Found", b"{}"
        start_response(status, [*_JSON, ("content-length", str(len(reply)))])
        return [reply]

    return application


def flask_route() -> flask.Flask:
    """An answer as a Flask route takes it that thinks of nothing else: a commit for each."""
    die_with(os.getppid())
    writer = _writer()
    app = flask.Flask("floor")

    @app.put("/responses/<partner>/<respondent>/<segment>/<response>")
    def put_response(partner: str, respondent: str, segment: str, response: str) -> Any:
        row = _response(writer, [partner, respondent, segment, response], flask.request.get_json())
        writer.responses([row])
        return {"response": response, "revision": row[6]}, 201

    return app


def _writer() -> Writer:
    return open_writer(os.environ["FLOOR_DATABASE"], SURVEY)


def _response(writer: Writer, parts: list[str], body: dict[str, Any]) -> Row:
    partner, respondent, segment, response = parts
    return (
        partner,
        response.replace("-", ""),
        respondent,
        segment,
        body["impression"].replace("-", ""),
        body["score"],
        body["revision"],
        body["complete"],
        body.get("comment"),
        body["locale"],
        writer.moment(body["answered_at"]),
        writer.now(),
    )


def _grant(writer: Writer, parts: list[str]) -> Row:
    partner, respondent = parts
    return partner, new_id().hex, respondent, writer.now()


def _acknowledged(row: Row) -> bytes:
    return orjson.dumps({"response": row[1], "revision": row[6]})


def _granted(row: Row) -> bytes:
    frame = f"/v1/embed/frame?impression={row[1]}&partner={row[0]}&locale=en"
    look = {"position": "bottom-right", "radius_px": 12, "mode": "auto"}
    return orjson.dumps({"due": True, "impression": row[1], "frame": frame, "look": look})


def _counter(writer: Writer) -> Callable[[str, str], None]:
    counts: dict[tuple[str, str], int] = {}
    lock = threading.Lock()

    def count(partner: str, seat: str) -> None:
        with lock:
            counts[partner, seat] = counts.get((partner, seat), 0) + 1

    def flush() -> None:
        nonlocal counts
        while True:
            time.sleep(FLUSH_S)
            with lock:
                rows, counts = sorted(counts), {}
            if rows:
                writer.activity(rows)

    threading.Thread(target=flush, daemon=True).start()
    return count


if __name__ == "__main__":
    main()
