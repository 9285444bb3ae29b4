"""Webhooks in the settings: made by admins, their secret shown once, and a log of every call."""

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from feedback.app import create_app
from feedback.core.ids import new_id
from feedback.core.services import Services
from feedback.notices.models import Delivery, Endpoint
from tests.desk.conftest import Visitor
from tests.desk.reading import statements, text
from tests.desk.speaking import audited
from tests.notices.newsroom import Newsroom, on_loopback
from tests.notices.receivers import Receiver, serving

DATABASES = ("sqlite",)

PATH = "/desk/settings/webhooks"
NEW = {"kind": "signed", "name": "CRM <b>", "address": "https://crm.example.com/hook?x=1", "events": "state.changed"}


@pytest.fixture
def newsroom(services: Services) -> Newsroom:
    """Where things happen that are told; webhooks may be on loopback."""
    return Newsroom(on_loopback(services))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """An HTTP server that remembers its calls."""
    with serving(Receiver()) as server:
        yield server
        server.enough.set()


@pytest.fixture
def admin(newsroom: Newsroom) -> Visitor:
    """An admin at a desk whose webhooks may be on loopback."""
    visitor = Visitor(create_app(newsroom.services.settings, newsroom.services).test_client(), newsroom.services)
    visitor.come_in("admin")
    visitor.get(PATH)
    return visitor


def endpoint(newsroom: Newsroom) -> Endpoint:
    with newsroom.services.database.reading() as session:
        return session.scalars(select(Endpoint)).one()


def test_a_secret_is_shown_once_and_kept_encrypted(admin: Visitor, newsroom: Newsroom) -> None:
    made = admin.post(PATH, **NEW)
    (secret,) = re.findall(r"whsec_[A-Za-z0-9+/=]{44}", made.text)
    assert made.headers["Cache-Control"] == "no-store"
    row = endpoint(newsroom)
    assert secret.encode() not in row.secret and b"crm" not in row.address
    page, one = admin.get(PATH).text, admin.get(f"{PATH}/{row.id}").text
    assert "whsec_" not in page + one
    assert "CRM <b> signed https://crm.example.com/hook?x=1 state.changed well" in text(page)
    assert "<b>" not in re.sub(r"<b>Keep", "", page + one)
    (entry,) = audited(newsroom.services, "webhook.added")
    assert entry.actor == "staff:ann@example.com" and "crm" not in str(entry.detail)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"name": ""}, "1 to 100 characters"),
        ({"name": "x" * 101}, "1 to 100 characters"),
        ({"events": "everything"}, "Choose at least one"),
        ({"address": "ftp://example.com"}, "begins with https"),
        ({"address": "nonsense"}, "begins with https"),
        ({"kind": "other"}, ""),
    ],
)
def test_what_does_not_fit_is_said_beside_its_field(admin: Visitor, changed: dict[str, str], said: str) -> None:
    answer = admin.post(PATH, **{**NEW, **changed})
    assert answer.status_code == 422 and said in answer.text


def test_inside_a_network_nothing_is_called_unless_a_setting_says_so(visitor: Visitor) -> None:
    visitor.come_in("admin")
    visitor.get(PATH)
    for address in ("https://127.0.0.1/", "http://crm.example.com/"):
        assert visitor.post(PATH, **{**NEW, "address": address}).status_code == 422
    assert visitor.post(PATH, **NEW).status_code == 200


@pytest.mark.parametrize("role", ["researcher", "analyst", "account"])
def test_only_admins_see_and_change_webhooks(
    visitor: Visitor, newsroom: Newsroom, receiver: Receiver, role: str
) -> None:
    endpoint_id, _ = newsroom.endpoint(f"{receiver.address}/good")
    visitor.come_in(role)
    visitor.get("/desk/settings/account")
    one = f"{PATH}/{endpoint_id}"
    for path in (PATH, one):
        page = visitor.get(path)
        assert page.status_code == 403 and "127.0.0.1" not in page.text
    for path in (
        PATH,
        f"{one}/test",
        f"{one}/secret",
        f"{one}/resume",
        f"{one}/remove",
        f"{one}/deliveries/{new_id()}",
    ):
        assert visitor.post(path, **NEW).status_code == 403
    assert newsroom.send() == 0


def test_a_test_is_sent_and_stands_in_the_log(admin: Visitor, newsroom: Newsroom, receiver: Receiver) -> None:
    endpoint_id, _ = newsroom.endpoint(f"{receiver.address}/500")
    one = f"{PATH}/{endpoint_id}"
    assert "It was not called yet." in admin.get(one).text
    assert admin.post(f"{one}/test").status_code == 303
    newsroom.send()
    page = text(admin.get(one).text)
    assert "waits for its next try It answered 500. 500 1 15 Nov 2026 12:02" in page
    assert "failing since 15 Nov 2026 12:01" in page
    receiver.manners["/500"] = "/good"
    newsroom.send()
    assert "arrived 204 2 – Send again" in text(admin.get(one).text)
    with newsroom.services.database.reading() as session:
        (row,) = session.scalars(select(Delivery)).all()
    assert admin.post(f"{one}/deliveries/{row.id}").status_code == 303
    assert newsroom.send() == 1 and len(receiver.calls) == 3


def test_another_secret_a_pause_and_the_end(admin: Visitor, newsroom: Newsroom, receiver: Receiver) -> None:
    endpoint_id, _ = newsroom.endpoint(f"{receiver.address}/gone")
    one = f"{PATH}/{endpoint_id}"
    assert "whsec_" in admin.post(f"{one}/secret").text
    assert "Until 16 Nov 2026 12:00 UTC calls are signed with the secret before as well." in text(admin.get(one).text)
    admin.post(f"{one}/test")
    newsroom.send()
    page = admin.get(one).text
    assert "paused since 15 Nov 2026 12:01" in text(page) and "when it is resumed" in text(page)
    receiver.manners["/gone"] = "/good"
    assert admin.post(f"{one}/resume").status_code == 303
    assert newsroom.send() == 2  # that it was paused is told to the admin
    assert len(receiver.calls) == 2
    assert admin.post(f"{one}/remove").status_code == 303
    assert "There is none yet." in admin.get(PATH).text
    for action in ("", "/test", "/secret", "/resume", "/remove"):
        assert admin.post(one + action).status_code in (404, 405)
    assert admin.get(one).status_code == 404
    kinds = ("webhook.secret_rotated", "webhook.paused", "webhook.resumed", "webhook.removed")
    assert [len(audited(newsroom.services, kind)) for kind in kinds] == [1, 1, 1, 1]


def test_a_channels_address_is_shown_without_its_secret(admin: Visitor, newsroom: Newsroom) -> None:
    address = "https://hooks.example.com/services/T0/B0/secret"
    made = admin.post(PATH, kind="team", name="#product", address=address, events="digest")
    assert made.status_code == 303
    row = endpoint(newsroom)
    for path in (PATH, f"{PATH}/{row.id}"):
        page = admin.get(path).text
        assert "hooks.example.com" in page and "B0" not in page
    assert admin.post(f"{PATH}/{row.id}/secret").status_code == 404


def test_forged_forms_and_unknown_ids_are_refused(admin: Visitor, newsroom: Newsroom, receiver: Receiver) -> None:
    endpoint_id, _ = newsroom.endpoint(f"{receiver.address}/good")
    other, _ = newsroom.endpoint(f"{receiver.address}/good")
    one = f"{PATH}/{endpoint_id}"
    for path in (
        PATH,
        f"{one}/test",
        f"{one}/secret",
        f"{one}/resume",
        f"{one}/remove",
        f"{one}/deliveries/{new_id()}",
    ):
        assert admin.post(path, token="forged", **NEW).status_code == 403
    for action in ("test", "secret", "resume", "remove"):
        assert admin.post(f"{PATH}/{new_id()}/{action}").status_code == 404
    admin.post(f"{one}/test")
    newsroom.send()
    with newsroom.services.database.reading() as session:
        (row,) = session.scalars(select(Delivery)).all()
    assert admin.post(f"{PATH}/{other}/deliveries/{row.id}").status_code == 404


def test_a_long_log_comes_in_pages_and_takes_few_statements(
    admin: Visitor, newsroom: Newsroom, receiver: Receiver
) -> None:
    endpoint_id, _ = newsroom.endpoint(f"{receiver.address}/good")
    one = f"{PATH}/{endpoint_id}"
    few = statements(admin, one)
    partner = newsroom.partner()
    for _ in range(60):
        newsroom.enters(partner)
    newsroom.send()
    admin.get(one)  # marks once a minute that somebody is there
    assert statements(admin, one) == few <= 8
    first, last = admin.get(one).text, admin.get(f"{one}?page=99").text
    assert first.count("state.changed<small") == 50 and "page 1 of 2" in text(first)
    assert last.count("state.changed<small") == 10
    for page in ("-1", "0", "9" * 5000):
        assert admin.get(f"{one}?page={page}").status_code == 200
    assert statements(admin, PATH) <= 8
