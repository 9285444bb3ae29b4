"""Every door with a secret key: who may open it."""

import re
from collections.abc import Iterator

import flask
import pytest

from tests.conftest import FakeClock
from tests.doors.conftest import Doors


def _guarded(app: flask.Flask) -> Iterator[tuple[str, str, str]]:
    document = app.test_client().get("/openapi.json").json
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if method != "parameters" and operation.get("security") == [{"secret_key": []}]:
                address = path.replace("{response}", "0190b0a0-0000-7000-8000-000000000001")
                yield method.upper(), re.sub(r"\{\w+\}", "acme", address), operation["x-scope"]


def test_every_door_that_is_not_for_browsers_needs_a_key(app: flask.Flask) -> None:
    guarded = {address for _, address, _ in _guarded(app)}
    of_browsers = ("/v1/embed/", "/v1/invited/")
    others = {rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/v1/")}
    assert len(guarded) == len({rule for rule in others if not rule.startswith(of_browsers)})
    assert len(list(_guarded(app))) >= 28


@pytest.mark.parametrize("key", [None, "revoked", "unknown", "mistyped", "of an embed", "nonsense"])
def test_no_door_opens_without_a_key_that_is_in_use(app: flask.Flask, doors: Doors, key: str | None) -> None:
    text = doors.texts["all"]
    doors.texts["mistyped"] = text[:-1] + ("0" if text[-1] != "0" else "1")
    doors.texts["unknown"] = "fb_sk_live_0000000000_00000000000000000000000000000000_" + "0" * 8
    doors.texts["of an embed"] = text.replace("fb_sk", "fb_pk")
    doors.texts["nonsense"] = "\xe4' OR 1=1"
    for method, address, _ in _guarded(app):
        response = doors(method, address, key=key)
        assert response.status_code == 401, (method, address)
        assert response.get_json(force=True)["code"] == ("key-missing" if key is None else "key-refused")


def test_a_door_opens_for_its_own_scope_only(app: flask.Flask, doors: Doors) -> None:
    for method, address, scope in _guarded(app):
        for key in ("read", "write", "admin"):
            response = doors(method, address, {}, key=key)
            if key == scope:
                assert response.status_code not in (401, 403), (method, address, key)
            else:
                assert response.status_code == 403, (method, address, key)
                assert response.get_json(force=True)["code"] == "key-not-allowed"


def test_a_test_key_writes_nothing_that_counts(app: flask.Flask, doors: Doors) -> None:
    for method, address, scope in _guarded(app):
        refused = doors(method, address, {}, key="test").status_code == 403
        # Test answers are kept apart by `live`.
        takes_test_keys = scope == "read" or "/responses/" in address or address.endswith("/invitations")
        if method != "GET":
            assert refused is not takes_test_keys, (method, address)


def test_every_door_below_an_unknown_partner_says_so(app: flask.Flask, doors: Doors) -> None:
    bodies = {
        "contracts": {"licences": 1, "starts_on": "2026-01-01", "renews_on": "2027-01-01"},
        "responses": {"survey": "s", "respondent": "anna", "score": 9},
        "activity": {"days": [{"seat": "anna", "day": "2026-11-01"}]},
        "promotions": {"day": "2026-11-01", "channel": "mail"},
    }
    below = [(method, address) for method, address, _ in _guarded(app) if address.startswith("/v1/partners/acme")]
    assert len(below) >= 10
    for method, address in below:
        kind = address.split("/")[4] if address.count("/") > 3 else ""
        response = doors(method, address, bodies.get(kind, {}) if method != "GET" else None)
        assert response.status_code == 404, (method, address, response.text)
        assert response.get_json(force=True)["code"] == "partner-unknown"


def test_a_revoked_key_opens_nothing_from_then_on(doors: Doors) -> None:
    assert doors("GET", "/v1/partners", key="read").status_code == 200
    assert doors("DELETE", f"/v1/secret-keys/{doors.ids['read']}", key="admin").status_code == 204
    assert doors("GET", "/v1/partners", key="read").status_code == 401


def test_a_key_remembers_when_it_was_used_at_most_once_a_minute(doors: Doors, clock: FakeClock) -> None:
    def last_used() -> str:
        rows = doors("GET", "/v1/secret-keys", key="admin").json["secret_keys"]
        return next(row["last_used_at"] for row in rows if row["id"] == doors.ids["read"])

    assert last_used() is None
    doors("GET", "/v1/partners", key="read")
    clock.forward(seconds=50)
    doors("GET", "/v1/partners", key="read")
    assert last_used() == "2026-11-15T12:00:00Z"
    clock.forward(seconds=20)
    doors("GET", "/v1/partners", key="read")
    assert last_used() == "2026-11-15T12:01:10Z"
