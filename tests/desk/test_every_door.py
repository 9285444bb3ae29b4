"""Every door of the desk at once, also those that nobody has built yet: roles, forged forms, headers."""

import re
from collections.abc import Iterator

import pytest
from werkzeug.test import TestResponse

from tests.desk.conftest import Visitor
from tests.desk.speaking import say
from tests.desk.test_door import some_path
from tests.gap.world import World, people

DATABASES = ("sqlite",)

WROTE = "the words of one person"
RELEASED = "/desk/released"
OF_ALL = {RELEASED, f"{RELEASED}.csv", f"{RELEASED}.xlsx", f"{RELEASED}/acme", "/desk/settings/account"}
"""All that an account manager sees."""


@pytest.fixture
def acme(world: World) -> World:
    """A partner with both sides, and a comment."""
    world.partner("acme", 20)
    world.seats("acme", people(20), on="2026-08-01")
    for day in ("2026-10-10", "2026-11-10"):
        world.answers("acme", "end_user", [3, 9, 10], on=day)
        world.answers("acme", "buyer", [9, 10], on=day)
    say(world, "acme", WROTE)
    return world


def doors(visitor: Visitor, method: str) -> Iterator[str]:
    """A path to each view of the desk, to that of a partner where there may be one."""
    for rule in visitor.client.application.url_map.iter_rules():
        if rule.rule.startswith("/desk") and rule.endpoint != "login.asset" and method in (rule.methods or ()):
            path = re.sub("<(slug:)?(slug|partner)>", "acme", rule.rule)
            yield some_path(
                path.replace("<name>.<kind>", "months.csv")
                .replace("<kind>", "csv")
                .replace("<any(csv, xlsx):kind>", "csv")
            )


def careful(answer: TestResponse) -> bool:
    """Whether nobody may keep, guess at or frame it."""
    policy = answer.headers["Content-Security-Policy"]
    ancestors = re.search(r"frame-ancestors ('none'|'self')", policy)
    return (
        answer.headers["Cache-Control"] in ("no-store", "private, no-store")
        and answer.headers["X-Content-Type-Options"] == "nosniff"
        and ancestors is not None
        and "unsafe" not in policy
    )


@pytest.mark.parametrize("role", ["account", "analyst", "researcher", "admin"])
@pytest.mark.requirement("ASVS 8.2.3")
def test_each_role_sees_what_is_meant_for_it(visitor: Visitor, acme: World, role: str) -> None:
    assert acme
    visitor.come_in(role)
    seen = set()
    for path in doors(visitor, "GET"):
        answer = visitor.client.get(path)
        assert careful(answer), path
        if answer.status_code == 200:
            seen.add(path)
        shows_comments = path.startswith("/desk/comments") or path == "/desk/partners/acme"
        reads_comments = role in ("researcher", "admin") and shows_comments
        assert WROTE.encode() not in answer.data or reads_comments, path
        answer.close()
    assert seen >= OF_ALL
    if role == "account":
        assert seen == OF_ALL
    closed = ("staff", "audit", "keys", "webhooks", "imports")
    if role != "admin":
        assert not [path for path in seen if path.startswith(tuple(f"/desk/settings/{name}" for name in closed))]
    if role == "analyst":
        assert not [path for path in seen if path.startswith(("/desk/comments", "/desk/call-list"))]


@pytest.mark.requirement("ASVS 3.5.1")
def test_no_form_is_taken_from_elsewhere(visitor: Visitor) -> None:
    visitor.come_in("admin")
    paths = [*doors(visitor, "POST"), "/logout"]
    assert len(paths) > 40
    for path in paths:
        for token in ("", "0" * 64):
            answer = visitor.post(path, token=token)
            assert answer.status_code == 403 and "open for too long" in answer.text, path
            assert careful(answer), path
    assert visitor.client.get("/desk").status_code == 200


@pytest.mark.parametrize("role", ["account", "analyst", "researcher"])
def test_only_admins_change_settings(visitor: Visitor, role: str) -> None:
    visitor.come_in(role)
    visitor.get("/desk/settings/account")
    own = ("/desk/settings/account", "/desk/settings/notices", "/desk/settings/product-releases")
    for path in doors(visitor, "POST"):
        may = path.startswith(own[:1] if role == "account" else own)
        if path.startswith("/desk/settings") and not may:
            assert visitor.post(path).status_code == 403, path
