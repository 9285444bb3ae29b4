"""Traces go where OTEL_EXPORTER_OTLP_ENDPOINT says, and without it nothing is imported."""

import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from feedback.core import traces
from feedback.core.processes import StartError
from feedback.watching_settings import Watching

TRACE = "0af7651916cd43dd8448eb211c80319c"
ASKS = """
import os, sys
from sqlalchemy import text
from feedback import watched
from feedback.core import traces
from feedback.core.services import open_services
from feedback.http.setup import make_app
from feedback.settings import from_environment
from feedback.watching_settings import Watching

services = open_services(from_environment(os.environ))
app, _ = make_app(services, lambda key: None)
watched.register(app, services)
traces.configure(Watching(), "web")
app.test_client().get("/healthz")
assert "opentelemetry.exporter" not in sys.modules
traces.configure(services.settings.watching, "web")
app.test_client().get("/healthz?mail=ann@example.com", headers={"traceparent": sys.argv[1]})
app.test_client().get("/link-of-ann")
with services.database.reading() as session:
    session.execute(text("SELECT 2"))
"""


def test_a_receiver_gets_the_spans_of_a_request_and_nothing_of_a_person(home: Path) -> None:
    received: list[bytes] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append(body)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        subprocess.run(
            [sys.executable, "-c", ASKS, f"00-{TRACE}-b7ad6b7169203331-01"],
            env={
                **os.environ,
                "FEEDBACK_HOME": str(home),
                "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{server.server_port}",
                "OTEL_EXPORTER_OTLP_COMPRESSION": "none",
                "OTEL_SERVICE_NAME": "ours",
            },
            cwd=Path(__file__).parents[2],
            check=True,
            timeout=60,
        )
        server.shutdown()
    resources = [one for body in received for one in ExportTraceServiceRequest.FromString(body).resource_spans]
    about = {pair.key: pair.value.string_value for pair in resources[0].resource.attributes}
    assert (about["service.name"], about["feedback.part"]) == ("ours", "web")
    told = [span for resource in resources for scope in resource.scope_spans for span in scope.spans]
    spans = {span.name: span for span in told}
    assert spans["GET /healthz"].trace_id.hex() == TRACE
    assert spans["SELECT"].parent_span_id == spans["GET /healthz"].span_id
    assert "GET" in spans  # no route, no name
    # What is asked outside of a request is no trace.
    assert sorted(span.name for span in told) == ["BEGIN", "GET", "GET /healthz", "SELECT"]
    assert not any(b"ann" in body for body in received)


def test_traces_that_nothing_can_send_are_refused_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk", None)
    traces.check(Watching())
    with pytest.raises(StartError, match=r"pip install 'feedback-service\[otel\]'"):
        traces.check(Watching(otlp_endpoint="http://127.0.0.1:4318"))


def test_spans_cost_nothing_where_nobody_takes_them() -> None:
    assert traces.span("fold") is traces.span("report")
