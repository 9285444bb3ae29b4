"""The running service, a page of another origin around its widget, and a browser to look with."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from feedback.core import secrets
from feedback.core.clock import system_clock
from feedback.core.db import Database
from feedback.core.services import Services
from feedback.migrations.run import migrate
from feedback.settings import from_environment
from tests.embed import World, make_world

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

FEEDBACK = str(Path(sys.executable).with_name("feedback"))


@dataclass
class Page:
    """A partner's page on an origin of its own; what it serves is set by the test."""

    origin: str
    html: str = ""
    script: str = ""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Running:
    """The service as `feedback up` starts it, with one partner, keys and surveys."""

    world: World
    environ: dict[str, str]
    url: str

    def feedback(self, *arguments: str) -> str:
        """What the command prints."""
        command = [FEEDBACK, *arguments]
        return subprocess.run(command, env=self.environ, check=True, capture_output=True, text=True, timeout=60).stdout


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium of the system."""
    where = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    assert where, "Chromium is not here; `make chromium` installs it or says how"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=where, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def host() -> Iterator[Page]:
    """A page server on 127.0.0.1: another origin than the service's localhost."""
    with _page_server() as page:
        yield page


@pytest.fixture
def running(tmp_path: Path, host: Page) -> Iterator[Running]:
    """Everything up, on SQLite and its own Valkey, in a home of the test's own."""
    port = free_port()
    environ = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    environ |= {
        "FEEDBACK_HOME": str(tmp_path / "home"),
        "PORT": str(port),
        "FEEDBACK_VENDOR_NAME": "Wellnow",
        "FEEDBACK_PUBLIC_URL": f"http://localhost:{port}",
    }
    settings = from_environment(environ)
    database = Database(settings.database_url)
    migrate(database)
    services = Services(settings, database, secrets.load(settings), system_clock, lambda _: None)
    world = make_world(services, origins=[host.origin])
    log = (tmp_path / "up.log").open("wb")
    process = subprocess.Popen([FEEDBACK, "up"], env=environ, stdout=log, stderr=subprocess.STDOUT)
    try:
        wait_for(lambda: answers(f"http://localhost:{port}/healthz"), 30, (tmp_path / "up.log").read_text)
        yield Running(world, environ, f"http://localhost:{port}")
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        log.close()
        database.close()


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def answers(url: str) -> bool:
    """True when something answers there."""
    try:
        with urllib.request.urlopen(url, timeout=2) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def wait_for(condition: Callable[[], object], seconds: float, why: Callable[[], str] = lambda: "") -> None:
    """Until `condition` is true; fails with `why()` after `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited {seconds} s in vain\n{why()}"
        time.sleep(0.05)


class _page_server:  # noqa: N801  # used like a function
    def __enter__(self) -> Page:
        page = Page("")

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                script = self.path.startswith("/page.js")
                body = (page.script if script else page.html).encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/javascript" if script else "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                for name, value in page.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        page.origin = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return page

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
