"""Behind nginx, set up with the very words of the documentation: slow clients, sizes, addresses, what stays inside."""

import http.client
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack

import psutil
import pytest

from tests.runtime.running import ROOT, free_port, until
from tests.trust.test_edge_slow_clients import ASKED_FOR, FORM, Web, counted_for, served

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin:/opt/homebrew/bin")
pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed (Debian: apt-get install nginx-light)")


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """The service, which believes the proxy."""
    with served(tmp_path_factory.mktemp("web"), FEEDBACK_TRUSTED_PROXIES="127.0.0.1") as web:
        yield web


@pytest.fixture(scope="module")
def proxy(web: Web, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of an nginx in front of it."""
    folder, port = tmp_path_factory.mktemp("nginx"), free_port()
    words = (ROOT / "docs" / "how-to" / "operate.md").read_text().split("```nginx\n")[1].split("```")[0]
    for ours, here in {"127.0.0.1:8000": f"127.0.0.1:{web.port}", "listen 443 ssl": f"listen 127.0.0.1:{port}"}.items():
        assert words.count(ours) == 1, words
        words = words.replace(ours, here)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    folders = " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    set_up = folder / "nginx.conf"
    own = "user root; " if os.geteuid() == 0 else ""  # else its worker may not write what it puts off
    set_up.write_text(
        f"{own}daemon off; pid {folder}/pid; error_log {folder}/log; worker_processes 1;\n"
        f"events {{ worker_connections 2000; }}\nhttp {{ access_log off; {folders}\n{words}}}\n"
    )
    process = subprocess.Popen([str(NGINX), "-e", f"{folder}/log", "-p", str(folder), "-c", str(set_up)])
    try:
        until(lambda: status(port, "GET", "/healthz") == 200, so_far=folder / "log")
        yield port
    finally:
        process.terminate()
        process.wait(20)


def status(port: int, method: str, path: str, body: bytes = b"", **headers: str) -> int:
    """What is answered within ten seconds; 0: nothing."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path, body, headers)
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


@pytest.mark.requirement("edge: slow clients take nobody's turn")
@pytest.mark.parametrize("beginning", [b"GET / HTTP/1.1\r\nHost: loc", FORM + b"\r\nto"], ids=["headers", "a body"])
def test_slow_clients_do_not_even_reach_the_service(web: Web, proxy: int, beginning: bytes) -> None:
    def reached() -> int:
        return sum(
            one.status == psutil.CONN_ESTABLISHED and one.laddr.port == web.port
            for process in psutil.Process(web.process.pid).children(recursive=True)
            for one in process.net_connections("tcp")
        )

    with ExitStack() as stack:
        for _ in range(300):
            client = stack.enter_context(socket.create_connection(("127.0.0.1", proxy), timeout=5))
            client.sendall(beginning)
        time.sleep(0.2)
        assert reached() < 10, "connections that wait for the next request, no more"
        assert [status(proxy, "GET", "/login") for _ in range(10)] == [200] * 10


@pytest.mark.requirement("ASVS 4.1.3")
def test_the_address_that_the_proxy_saw_counts_and_not_what_the_client_says(web: Web, proxy: int) -> None:
    assert counted_for(web, f"1.2.3.4, {ASKED_FOR}", through=proxy, source="127.0.0.2") == "127.0.0.2"


def test_what_is_too_large_or_stays_inside_ends_at_the_proxy(proxy: int) -> None:
    assert status(proxy, "GET", "/metrics") == 403
    assert status(proxy, "POST", "/v1/partners", b"x" * (5 * 1024 * 1024 + 1)) == 413
    upload = status(proxy, "POST", "/desk/settings/imports/upload", b"x" * (5 * 1024 * 1024 + 1))
    assert upload != 413, "the upload passes; that nobody signed in is the service's to say"


def test_a_request_has_the_name_that_the_proxy_gave_it(proxy: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", proxy, timeout=10)
    connection.request("GET", "/v1/nothing")
    answer = connection.getresponse()
    assert re.fullmatch(r"[0-9a-f]{32}", answer.getheader("X-Request-Id") or "")
    connection.close()
