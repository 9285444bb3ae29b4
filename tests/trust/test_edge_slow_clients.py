"""Clients that are slow on purpose, and headers that only a proxy may set, at the server that runs in production."""

import http.client
import re
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlalchemy import select

from feedback.core import secrets
from feedback.core.db import Database
from feedback.core.ids import digest
from feedback.migrations.run import migrate
from feedback.settings import Settings, from_environment
from feedback.staff import sign_in
from feedback.staff.models import SignInAttempts
from tests.runtime.running import environment, free_port, start, until

ASKED_FOR = "93.184.216.34"


class Web:
    """`feedback web` on SQLite, without a proxy before it."""

    def __init__(self, folder: Path, **more: str) -> None:
        self.port = free_port()
        environ = environment(folder / "home", PORT=str(self.port), **more)
        self.settings: Settings = from_environment(environ)
        self.database = Database(self.settings.database_url)
        migrate(self.database)
        self.process = start(environ, "web", output=folder / "log")
        until(lambda: self.quick("/healthz") == 200, so_far=folder / "log")

    def quick(self, path: str) -> int:
        """The status, within two seconds; 0 without an answer."""
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
            connection.request("GET", path)
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()

    def slow(self, beginning: bytes) -> socket.socket:
        """A client that says this and then no more."""
        client = socket.create_connection(("127.0.0.1", self.port), timeout=5)
        client.sendall(beginning)
        return client

    def close(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(20)
        self.database.close()


@contextmanager
def served(folder: Path, **more: str) -> Iterator[Web]:
    web = Web(folder, **more)
    try:
        yield web
    finally:
        web.close()


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """One that trusts no proxy."""
    with served(tmp_path_factory.mktemp("web")) as web:
        yield web


FORM = (
    b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Content-Length: 99\r\n"
)


@pytest.mark.requirement("edge: slow clients take nobody's turn")
@pytest.mark.parametrize("beginning", [b"GET / HTTP/1.1\r\nHost: loc", FORM + b"\r\nto", FORM[:-5]], ids=range(3))
def test_slow_clients_keep_nobody_waiting(web: Web, beginning: bytes) -> None:
    """Without a proxy: many times more than there are threads, in headers and in bodies."""
    with ExitStack() as stack:
        for _ in range(300):
            stack.enter_context(web.slow(beginning))
        time.sleep(0.2)
        assert [web.quick("/login") for _ in range(10)] == [200] * 10
    until(lambda: web.quick("/healthz") == 200)


@pytest.mark.requirement("edge: slow clients take nobody's turn")
def test_half_a_body_is_no_request(web: Web) -> None:
    client = web.slow(FORM + b"\r\nemail=ann")
    client.shutdown(socket.SHUT_WR)
    answer = client.recv(65536)
    client.close()
    assert answer == b"" or re.match(rb"HTTP/1\.1 4\d\d", answer)
    assert web.quick("/healthz") == 200


@pytest.mark.requirement("ASVS 4.1.3")
def test_who_a_client_says_it_comes_from_counts_for_nothing(web: Web) -> None:
    assert counted_for(web, f"1.2.3.4, {ASKED_FOR}") == "127.0.0.1"


@pytest.mark.requirement("ASVS 4.1.3")
def test_a_named_proxy_is_believed_in_what_it_added_itself(tmp_path: Path) -> None:
    with served(tmp_path, FEEDBACK_TRUSTED_PROXIES="127.0.0.1") as web:
        assert counted_for(web, f"1.2.3.4, {ASKED_FOR}") == ASKED_FOR


def counted_for(web: Web, forwarded: str, *, through: int | None = None, source: str = "127.0.0.1") -> str:
    """Sign in wrongly from `source`, perhaps through a proxy at this port; from which address it was counted."""
    connection = http.client.HTTPConnection("127.0.0.1", through or web.port, timeout=20, source_address=(source, 0))
    headers = {"X-Forwarded-For": forwarded, "X-Real-IP": "1.2.3.4", "Forwarded": "for=1.2.3.4"}
    connection.request("GET", "/login", headers=headers)
    page = connection.getresponse()
    cookie = (page.getheader("Set-Cookie") or "").partition(";")[0]
    token = re.findall(r'name="token" value="([^"]*)"', page.read().decode())[0]
    form = urlencode({"token": token, "email": "ann@example.com", "password": "wrong"})
    sent = {**headers, "Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/login", form, sent)
    assert connection.getresponse().status == 401
    connection.close()
    key = secrets.load(web.settings).cookie
    with web.database.reading() as session:
        kept = set(session.scalars(select(SignInAttempts.email_hash)))
    places = {
        address: sign_in.place_of(address, key).name for address in ("127.0.0.1", "127.0.0.2", "1.2.3.4", ASKED_FOR)
    }
    (found,) = [one for one, name in places.items() if digest(f"ann@example.com from {name}") in kept]
    return found
