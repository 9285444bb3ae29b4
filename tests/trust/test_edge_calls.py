"""Webhooks reach nothing inside a network, by whatever name or disguise, and nobody holds them up."""

from threading import Event
from time import monotonic, sleep

import pytest

from feedback.notices import calls
from feedback.notices.calls import CallError, is_public
from tests.notices.conftest import receiver  # noqa: F401 - a fixture
from tests.notices.receivers import Receiver

pytestmark = [
    pytest.mark.requirement("ASVS 1.3.6"),
    pytest.mark.requirement("edge: webhooks call nothing inside a network"),
]

DISGUISED = [
    "2130706433", "0x7f000001", "0x7f.1", "127.1", "0177.0.0.1", "017700000001", "127.0.0.1.", "0", "0.0.0.0",  # noqa: S104
    "[::]", "[::1]", "[0:0:0:0:0:ffff:7f00:1]", "[::ffff:169.254.169.254]", "[64:ff9b::169.254.169.254]",
    "[2002:a9fe:a9fe::]", "[fe80::1]", "[fd00:ec2::254]", "169.254.169.254", "2852039166", "localhost.", "LOCALHOST",
]  # fmt: skip
"""Loopback, link-local and the addresses where clouds keep secrets, as people write them who want to be let in."""
ODD = [
    "192.0.0.1", "192.0.0.8", "192.0.0.170", "198.51.100.7", "203.0.113.9", "64:ff9b:1::a00:1", "64:ff9b:1::1",
    "100::1", "::7f00:1", "::10.0.0.1", "3fff::1", "5f00::1", "2001:2::1", "2001:10::1", "ff0e::1", "fe80::1%1",
    "4000::1", "2002:c0a8:101::1", "2001:0:4136:e378:8000:63bf:f5fe:fffe",
]  # fmt: skip
"""Documentation, benchmarks, translation, tunnels: nothing of it is a receiver on the internet."""


@pytest.mark.parametrize("host", DISGUISED)
def test_no_way_to_write_an_address_leads_inside(host: str) -> None:
    with pytest.raises(CallError, match=r"inside a network|not known"):
        calls.post(f"https://{host}/", b"{}", {}, timeout_s=5)


@pytest.mark.parametrize("address", ODD)
def test_what_is_no_public_address_is_not_called(address: str) -> None:
    assert not is_public(address)
    with pytest.raises(CallError, match="inside a network"):
        calls.post("https://hook.example.com/", b"{}", {}, resolve=lambda *_: [address])


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:  # noqa: F811
    assert calls.post(f"{receiver.address}/redirect", b"{}", {}, private=True) == 307
    assert [call.path for call in receiver.calls] == ["/redirect"]


def test_a_name_that_changes_its_mind_is_asked_once(receiver: Receiver) -> None:  # noqa: F811
    """Rebinding: public when it is looked at, inside when it is called. It is looked at once, and called there."""
    answers = iter([["127.0.0.1"], ["169.254.169.254"]])
    address = f"http://hook.example.com:{receiver.server_address[1]}/good"
    assert calls.post(address, b"{}", {}, private=True, resolve=lambda *_: next(answers)) == 204
    assert next(answers) == ["169.254.169.254"]
    with pytest.raises(CallError, match="inside a network"):
        calls.post("https://hook.example.com/", b"{}", {}, resolve=lambda *_: ["93.184.216.34", "169.254.169.254"])


def test_the_time_for_a_call_begins_with_looking_up_its_name(receiver: Receiver) -> None:  # noqa: F811
    answered = Event()

    def never(*_: object) -> list[str]:
        answered.wait(20)
        return ["127.0.0.1"]

    def slow(*_: object) -> list[str]:
        sleep(0.3)
        return ["127.0.0.1"]

    began = monotonic()
    with pytest.raises(CallError, match="too long"):
        calls.post(f"{receiver.address}/good", b"{}", {}, private=True, resolve=never, timeout_s=0.1)
    with pytest.raises(CallError, match="too long"):
        calls.post(f"{receiver.address}/hang", b"{}", {}, private=True, resolve=slow, timeout_s=0.6)
    assert monotonic() - began < 5
    assert [call.path for call in receiver.calls] == ["/hang"]
    answered.set()


def test_a_header_or_a_second_request_cannot_be_written_into_an_address() -> None:
    for address in ("https://h.example.com/\r\nHost: x", "https://h.example.com/ HTTP/1.1", "https://h.example.com/\0"):
        with pytest.raises(CallError):
            calls.post(address, b"{}", {}, resolve=lambda *_: ["93.184.216.34"])
