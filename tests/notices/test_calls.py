"""Calls go to public addresses only, to the one that was looked at."""

from socket import socket
from time import monotonic, sleep

import pytest
from urllib3.connection import HTTPSConnection

from feedback.core.errors import Problem
from feedback.notices import calls
from feedback.notices.calls import CallError, check_address, is_public
from tests.notices.receivers import Receiver, SlowTls, serving

INSIDE = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",  # noqa: S104
    "255.255.255.255", "192.0.2.1", "198.18.0.1", "240.0.0.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1",
    "fd12:3456::1", "fec0::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
    "2002:a00:1::1", "2001:db8::1", "2001:0:a00:1::",
]  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
@pytest.mark.requirement("ASVS 1.3.6")
def test_an_address_inside_a_network_is_not_public(address: str) -> None:
    assert not is_public(address)
    with pytest.raises(CallError, match="inside a network"):
        calls.post("https://hook.example.com/", b"{}", {}, resolve=lambda *_: [address])


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34"])
def test_a_public_address_is(address: str) -> None:
    assert is_public(address)


@pytest.mark.requirement("ASVS 1.3.6")
def test_one_address_inside_among_public_ones_is_enough_to_refuse() -> None:
    with pytest.raises(CallError, match="inside a network"):
        calls.post("https://hook.example.com/", b"{}", {}, resolve=lambda *_: ["93.184.216.34", "127.0.0.1"])


def test_a_name_is_resolved_once_and_the_call_goes_where_it_pointed_then(receiver: Receiver) -> None:
    port, asked = receiver.server_address[1], []

    def rebinding(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    status = calls.post(f"http://hook.example.com:{port}/good", b"{}", {}, private=True, resolve=rebinding)
    assert status == 204 and asked == ["hook.example.com"]
    assert receiver.calls[0].headers["host"] == f"hook.example.com:{port}"


@pytest.mark.requirement("ASVS 1.3.6")
def test_tls_checks_the_name_and_not_the_address(receiver: Receiver) -> None:
    """Nobody there speaks TLS: the call ends, and nothing of it was read."""
    port = receiver.server_address[1]
    with pytest.raises(CallError, match=r"certificate|broke off"):
        calls.post(f"https://hook.example.com:{port}/", b"secret", {}, private=True, resolve=lambda *_: ["127.0.0.1"])
    assert receiver.calls == []


def test_who_is_slow_to_agree_on_tls_gains_no_time_for_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """While TLS is agreed on the socket cannot be cut: whoever is far and slow then could answer without end."""
    slow, at_once = SlowTls(greets_after_s=0.45), HTTPSConnection._new_conn

    def from_afar(connection: HTTPSConnection) -> socket:
        found = at_once(connection)
        sleep(0.2)
        return found

    monkeypatch.setattr("ssl.create_default_context", lambda: slow.client)
    monkeypatch.setattr(HTTPSConnection, "_new_conn", from_afar)
    began = monotonic()
    with serving(slow), pytest.raises(CallError, match="too long"):
        address = f"https://hook.example.com:{slow.server_address[1]}/"
        calls.post(address, b"{}", {}, private=True, resolve=lambda *_: ["127.0.0.1"], timeout_s=0.4)
    assert monotonic() - began < 2


def test_an_answer_without_end_is_not_read_to_its_end(receiver: Receiver) -> None:
    assert calls.post(f"{receiver.address}/flood", b"{}", {}, private=True, timeout_s=30) == 200
    assert receiver.flooded < 20_000_000


@pytest.mark.parametrize(
    "address",
    [
        "http://example.com/", "ftp://example.com", "https://", "example.com", "https://ann@example.com/",
        "https://exam ple.com/", "https://example.com/\r\nX: y", "https://example.com:99999/", "https://127.0.0.1/",
        "https://[::1]/", "https://localhost/", "https://db.internal/", "https://example.com/#x", "https://[/",
        "https://ex\u00e4mple.com/", "https://example.com/" + "x" * 1000,
    ],
)  # fmt: skip
@pytest.mark.requirement("ASVS 1.3.6")
def test_an_address_that_cannot_be_called_is_refused_when_it_is_typed(address: str) -> None:
    with pytest.raises(Problem):
        check_address(address, private=False)
    with pytest.raises(CallError):
        calls.post(address, b"{}", {}, resolve=lambda *_: ["127.0.0.1"])


def test_an_address_on_the_internet_is_taken() -> None:
    assert check_address("https://hooks.example.com/services/T0/B0?x=1", private=False)


def test_a_name_that_is_not_known_says_so() -> None:
    def unknown(*_: object) -> list[str]:
        raise OSError("no such name")

    with pytest.raises(CallError, match="not known"):
        calls.post("https://hook.example.com/", b"{}", {}, resolve=unknown)
