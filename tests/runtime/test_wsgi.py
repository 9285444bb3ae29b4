"""`wsgi.py` and `asgi.py`: the same app, for a server of one's own."""

import sys
import threading
import urllib.request
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from feedback.core.db import Database
from feedback.migrations.run import migrate
from tests.asgi import AsgiClient


class Quiet(WSGIRequestHandler):
    """Says nothing on standard error."""

    def log_message(self, *_arguments: object) -> None:
        return


@pytest.fixture
def migrated(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database in `home`, which the environment names."""
    monkeypatch.setenv("FEEDBACK_HOME", str(home))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    database = Database(f"sqlite:///{home / 'feedback.sqlite3'}")
    migrate(database)
    database.close()


@pytest.mark.usefixtures("migrated")
def test_any_wsgi_server_serves_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "wsgi", raising=False)
    import wsgi

    with make_server("127.0.0.1", 0, wsgi.app, handler_class=Quiet) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        with urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/healthz", timeout=10) as answer:
            assert (answer.status, answer.read().strip()) == (200, b'{"status":"ok"}')
        thread.join()
    wsgi.app.extensions["feedback"].database.close()


@pytest.mark.usefixtures("migrated")
def test_any_asgi_server_serves_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "asgi", raising=False)
    import asgi

    client = AsgiClient(asgi.app)
    assert (client.open("/healthz").status_code, client.open("/healthz").json) == (200, {"status": "ok"})
    refused = client.open("/v1/embed/unknown/activity", method="POST", json={})
    assert (refused.status_code, refused.json["code"]) == (404, "embed-key-unknown")
