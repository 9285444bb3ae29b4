"""Every form of the desk, of signing in and of ending mails takes anything without failing."""

import re
from collections.abc import Mapping
from itertools import count
from urllib.parse import quote_from_bytes
from uuid import UUID

import flask
import pytest
from sqlalchemy import text
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from feedback.core.services import Services
from tests.desk.conftest import Visitor
from tests.desk.importing import deliver, parts, uploaded
from tests.desk.speaking import say
from tests.desk.test_decisions import decision_form
from tests.embed import make_world
from tests.gap import world as gap
from tests.soak import many
from tests.trust.asked import noted
from tests.trust.every_door import ID
from tests.trust.strings import EVIL

pytestmark = pytest.mark.requirement("edge: no form fails, whatever its fields hold")

NASTY: tuple[bytes, ...] = (
    b"\xff\xfe' -- <b>&\r\n{{7*7}}", b"9" * 400, b"x" * 20_000, b"", b"-1", b"1e999", b"NaN", b"\xed\xa0\x80", b"0x10",
    b"9999-99-99", b"0001-01-01", b"\xe2\x80\xae\xef\xbb\xbf", "\u0661\u0662".encode(), b"=1+1", b"a@b", b"%00", b"on",
    b"\x01\x1f\x7f", b"a\nb\nc", "\U0001f600".encode() * 300, b"[]", b"null", b"../..", b"https://[::1", b"a," * 400,
)  # fmt: skip
PLAUSIBLE = {
    "title": "A title", "finding": "A finding", "owner": "Ann", "review_on": "2026-12-01", "said_by": "Eve",
    "said_on": "2026-11-01", "words": "They said so", "slug": "plausible", "day": "2026-11-01", "channel": "mail",
    "email": "bob@example.com", "address": "https://hooks.example.com/x", "kind": "signed", "number": "end_user",
    "contract_id": "one", "licences": "5", "starts_on": "2026-01-01", "renews_on": "2026-12-20", "role": "analyst",
    "partner": "acme", "template": "end-user-nps", "locale": "en", "status": "read", "name": "plausible", "live": "yes",
}  # fmt: skip
MADE = (
    ("/desk/decisions", decision_form()),
    ("/desk/partners/acme/claims", {"said_by": "Eve", "said_on": "2026-11-01", "words": "They said so"}),
    ("/desk/settings/product-releases", {"name": "2.0", "day": "2026-11-01"}),
    (
        "/desk/settings/webhooks",
        {"kind": "signed", "name": "h", "address": "https://h.example.com/", "events": "state.changed"},
    ),
    ("/desk/settings/staff", {"email": "bob@example.com", "name": "Bob", "role": "analyst"}),
)
FOUND = {
    "decision_id": "decisions",
    "claim_id": "claims",
    "release_id": "product_releases",
    "endpoint_id": "webhook_endpoints",
    "order_id": "import_orders",
}
"""What names one of many in an address, and the table that has one."""


@pytest.fixture
def admin(app: flask.Flask, services: Services) -> Visitor:
    """Somebody who may send every form, where there is one of what forms are about."""
    make_world(services)
    here = gap.World(services)
    here.partner("acme", 20)
    here.seats("acme", gap.people(3), on="2026-08-01")
    here.promoted("acme", "2026-11-01")
    say(here, "acme", "some words")
    visitor = Visitor(app.test_client(), services)
    visitor.come_in("admin")
    for path, fields in MADE:
        assert visitor.post(path, **fields).status_code in (200, 303), path
    uploaded(visitor, "partner,day,channel\nacme,2026-02-01,mail\n")
    return visitor


def test_no_form_fails_of_what_its_fields_hold(
    app: flask.Flask, admin: Visitor, monkeypatch: pytest.MonkeyPatch, record_property
) -> None:
    asked = noted(monkeypatch)
    ids, tried, fields_of = _ids(admin), 0, {}
    for rule in _rules(app):
        path = _path(rule, ids)
        names = fields_of[rule.rule] = _names(admin, path, asked)
        whole = {name: PLAUSIBLE.get(name, "plausible").encode() for name in names}
        others = [EVIL[(tried + one) % len(EVIL)].encode() for one in range(many(2, len(EVIL)))]
        for value in (*NASTY[: many(2, len(NASTY))], *others):
            _fine(admin, path, dict.fromkeys(names, value))
            tried += 1
        for name in names[: many(1, 200)]:
            for value in NASTY[: many(1, len(NASTY))]:
                _fine(admin, path, {**whole, name: value})
                tried += 1
    assert sum(map(bool, fields_of.values())) >= 30 and sum(map(len, fields_of.values())) >= 120
    record_property("inputs tried", tried)


def test_nul_in_any_field_is_refused(
    app: flask.Flask, admin: Visitor, monkeypatch: pytest.MonkeyPatch, record_property
) -> None:
    asked = noted(monkeypatch)
    ids, tried = _ids(admin), 0
    for rule in _rules(app):
        path = _path(rule, ids)
        names = _names(admin, path, asked)
        whole = {name: PLAUSIBLE.get(name, "plausible").encode() for name in names}
        for fields in ({**whole, name: b"a\0b"} for name in names):
            assert _post(admin, path, fields).status_code in (400, 422), (path, fields)
            tried += 1
        # What ends mails reads no field, and its link is not one of ours here; what takes files wants one.
        assert _post(admin, path, {**whole, "\0": b"a"}).status_code in (400, 410, 422), path
    record_property("inputs tried", tried)


@pytest.mark.parametrize(
    "name", ["a\0b.csv", "\udcff.csv", "../../x.csv", "x" * 3_000 + ".csv", "<b>.csv", "\u202ecsv.exe"]
)
def test_a_file_may_have_any_name(admin: Visitor, name: str) -> None:
    fields = {"token": admin.token, "kind": "promotions"}
    body = parts(fields, "partner,day,channel\nacme,2026-02-01,mail\n", "NAME")
    answer = deliver(admin, body.replace(b"NAME", name.encode("utf-8", "surrogateescape")))
    assert answer.status_code == 303 or 400 <= answer.status_code < 500
    page = admin.get("/desk/settings/imports")
    assert page.status_code == 200 and "\0" not in page.text and "<b>.csv" not in page.text
    nul = parts({**fields, "kind": "a\0b"}, "x", "x.csv")
    assert deliver(admin, nul).status_code == 400


def test_a_form_that_is_none_is_refused_at_every_door(app: flask.Flask, admin: Visitor, record_property) -> None:
    ids, tried = _ids(admin), 0
    plain, parted = "application/x-www-form-urlencoded", "multipart/form-data"
    odd = (
        (b"token=" + b"x" * 70_000, plain),
        (b"\xff\xfe\0\0=&&&==", plain),
        (b"a=&" * 20_000, plain),
        (b'{"token": "' + admin.token.encode() + b'"}', "application/json"),
        (b"token=" + admin.token.encode(), "text/plain"),
        (b"no boundary", parted),
        (b"--x\r\nContent-Disposition: form-data; name=token\r\n\r\nhalf", f"{parted}; boundary=x"),
        (b"--x\r\n" * 5_000, f"{parted}; boundary=x"),
        (b'--x\r\nContent-Disposition: form-data; name="a"; filename="\0"\r\n\r\n\r\n--x--', f"{parted}; boundary=x"),
        (b"", f"{parted}; boundary=" + "x" * 3_000),
    )
    for place, rule in enumerate(_rules(app)):
        path = _path(rule, ids)
        # Each form gets some of them, so that each of them goes to some forms.
        for body, kind in (odd[(place + one) % len(odd)] for one in range(many(3, len(odd)))):
            answer = admin.client.post(path, data=body, content_type=kind)
            assert 400 <= answer.status_code < 500, (path, kind, body[:40], answer.status_code)
            tried += 1
            admin = _still_in(admin)
    record_property("inputs tried", tried)


def _rules(app: flask.Flask) -> list[Rule]:
    """Every rule that takes a form; those that end the session last."""
    found = [rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ()) and rule.rule[:4] != "/v1/"]
    assert len(found) >= 60
    return sorted(found, key=lambda rule: bool(re.search("logout|sessions|second-factor|password", rule.rule)))


def _ids(admin: Visitor) -> dict[str, str]:
    with admin.services.database.reading() as session:
        found = {
            name: session.execute(text(f"SELECT id FROM {table}")).scalars().first() for name, table in FOUND.items()
        }
        found["response_id"] = (
            session.execute(text("SELECT id FROM responses WHERE comment IS NOT NULL")).scalars().first()
        )
        bob = session.execute(text("SELECT id FROM staff WHERE email = 'bob@example.com'")).scalars().first()
    assert all(found.values())
    return {name: str(UUID(str(value))) for name, value in {**found, "staff_id": bob}.items()}


def _path(rule: Rule, ids: Mapping[str, str]) -> str:
    path = re.sub("<(slug:)?(slug|partner)>", "acme", rule.rule).replace("<slug:name>", "end-user-nps")
    path = re.sub(r"<any\('?([^,')]*)[^>]*>", r"\1", path)
    path = re.sub(r"<uuid:(\w+)>", lambda part: ids.get(part[1], ID), path)
    return re.sub("<[^>]*>", "x", path)


def _names(admin: Visitor, path: str, asked: set[str]) -> list[str]:
    """The fields that a view asks for, in rounds: often only when those before are filled."""
    known: set[str] = set()
    for _ in range(4):
        asked.clear()
        _fine(admin, path, {name: PLAUSIBLE.get(name, "plausible").encode() for name in known})
        found = known | (asked - {"token"})
        if found == known:
            break
        known = found
    return sorted(known)


def _fine(admin: Visitor, path: str, fields: Mapping[str, bytes]) -> None:
    answer = _post(admin, path, fields)
    assert answer.status_code < 500, (path, fields, answer.status_code, answer.text[-600:])
    answer.close()


def _post(admin: Visitor, path: str, fields: Mapping[str, bytes]) -> TestResponse:
    admin = _still_in(admin)
    pairs = [("token", admin.token.encode()), *fields.items()]
    body = "&".join(f"{quote_from_bytes(name.encode())}={quote_from_bytes(value)}" for name, value in pairs)
    return admin.client.post(path, data=body, content_type="application/x-www-form-urlencoded")


def _still_in(admin: Visitor) -> Visitor:
    """Signed in anew where a form has ended the session."""
    if not any(one.key.endswith("session") for one in admin.client._cookies.values()):
        admin.client._cookies.clear()
        link = admin.staff(email=f"a{next(_NUMBERS)}@example.com", role="admin")
        admin.get(link)
        admin.post(link)
        admin.get("/desk/settings/account")
    return admin


_NUMBERS = count()
