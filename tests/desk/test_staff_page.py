"""Staff and roles in the settings: who may sign in, as what, and what admins do about it."""

import csv
import re
from dataclasses import replace

import pytest

from feedback.app import create_app
from feedback.core.services import Services
from feedback.sign_in_settings import Oidc, SignIn
from feedback.staff import commands
from tests.conftest import FakeClock
from tests.desk.authenticator import set_up
from tests.desk.conftest import PASSWORD, Visitor
from tests.desk.reading import statements, text
from tests.desk.speaking import audited

DATABASES = ("sqlite",)

PAGE = "/desk/settings/staff"


@pytest.fixture
def admin(visitor: Visitor) -> Visitor:
    """Ann, the only admin, signed in and on the page."""
    visitor.come_in("admin")
    visitor.get(PAGE)
    return visitor


@pytest.fixture
def bob(admin: Visitor) -> Visitor:
    """Bob, an analyst, signed in at another browser."""
    other = admin.elsewhere()
    link = other.staff("bob@example.com", password=PASSWORD)
    other.get(link)
    other.post(link)
    return other


def page_of(admin: Visitor, email: str) -> str:
    """The path of somebody's page."""
    found = re.search(rf'href="({PAGE}/[0-9a-f-]+)">(?:(?!href).)*<small>{email}</small>', admin.get(PAGE).text)
    assert found
    return found[1]


def add(admin: Visitor, email: str, **more: str) -> str:
    """Add somebody on the page; the link that it shows."""
    admin.get(PAGE)
    done = admin.post(PAGE, email=email, **{"name": "", "role": "analyst", **more})
    assert done.status_code == 200, done.text
    found = re.search(r"<code>http://localhost:8000(/login/\w{52})</code>", done.text)
    assert found
    return found[1]


def test_only_admins_open_it_and_change_anything(bob: Visitor, admin: Visitor) -> None:
    path = page_of(admin, "bob@example.com")
    for role in ("researcher", "analyst", "account"):
        with bob.services.database.transaction() as session:
            commands.change_role(session, "bob@example.com", role, now=bob.services.clock())
        bob.get("/desk/settings/account")
        for page in (PAGE, f"{PAGE}.csv", path):
            assert bob.get(page).status_code == 403
        bob.get("/desk/settings/account")
        for form in (PAGE, f"{path}/role", f"{path}/link", f"{path}/enable", f"{path}/sessions/{'0' * 16}"):
            assert bob.post(form, role="admin", email="eve@example.com").status_code == 403
    assert audited(bob.services, "staff.role_changed")[-1].actor == "cli"


def test_somebody_added_gets_a_link_that_is_shown_once(admin: Visitor, services: Services) -> None:
    link = add(admin, "Bob@example.com", name="Bob", role="researcher")
    path = page_of(admin, "bob@example.com")
    assert link not in admin.get(path).text
    other = admin.elsewhere()
    other.get(link)
    assert other.post(link).status_code == 303
    assert "Bob · bob@example.com · researcher" in text(other.get("/desk/settings/account").text)
    assert [(one.actor, one.target) for one in audited(services, "staff.added")][-1] == (
        "staff:ann@example.com",
        "bob@example.com",
    )
    assert audited(services, "staff.link_made")[-1].actor == "staff:ann@example.com"


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"email": "bob", "role": "analyst"}, 422),
        ({"email": "bob@example.com", "role": "owner"}, 422),
        ({"email": "ann@example.com", "role": "analyst"}, 409),
    ],
)
def test_somebody_who_does_not_fit_is_not_added(admin: Visitor, fields: dict[str, str], status: int) -> None:
    assert admin.post(PAGE, **fields).status_code == status
    assert "1 of 1" in text(admin.get(PAGE).text)


def test_the_list_says_role_last_seen_second_factor_and_ways_in(admin: Visitor, bob: Visitor, clock: FakeClock) -> None:
    set_up(bob, clock)
    add(admin, "eve@example.com")
    clock.forward(minutes=3)
    seen = text(admin.get(PAGE).text)
    assert "Ann ann@example.com admin just now signed in no link only" in seen
    assert "Ann bob@example.com analyst 3 minutes ago signed in yes password" in seen
    assert "eve eve@example.com analyst never no link only" in seen


def test_who_comes_by_the_provider_is_shown_so(services: Services, clock: FakeClock) -> None:
    from feedback.staff import oidc_people

    chosen = Oidc("https://id.example", "client", "secret")
    settings = replace(services.settings, sign_in=SignIn(oidc=chosen))
    here = replace(services, settings=settings)
    claims = {"sub": "1", "email": "eve@example.com", "email_verified": True, "feedback_role": "analyst"}
    with services.database.transaction() as session:
        oidc_people.admit(session, chosen, claims, now=clock.now)
    admin = Visitor(create_app(settings, here).test_client(), here)
    admin.come_in("admin")
    assert "eve@example.com analyst never the provider’s identity provider" in text(admin.get(PAGE).text)
    assert "replaces it at the next sign-in" in text(admin.get(page_of(admin, "eve@example.com")).text)


def test_a_role_is_changed_and_holds_at_once(admin: Visitor, bob: Visitor) -> None:
    path = page_of(admin, "bob@example.com")
    assert bob.get("/desk/comments").status_code == 403
    admin.get(path)
    assert admin.post(f"{path}/role", role="researcher").headers["Location"] == path
    assert bob.get("/desk/comments").status_code == 200
    (entry,) = audited(admin.services, "staff.role_changed")
    assert (entry.actor, entry.target) == ("staff:ann@example.com", "bob@example.com")


def test_the_only_admin_is_not_offered_another_role_and_refused_one(admin: Visitor) -> None:
    path = page_of(admin, "ann@example.com")
    page = admin.get(path).text
    assert "The only admin." in text(page) and "/disable" not in page and f'action="{path}/role"' not in page
    assert admin.post(f"{path}/role", role="analyst").status_code == 409
    assert admin.post(f"{path}/disable").status_code == 409
    assert admin.get(PAGE).status_code == 200


def test_disabled_people_are_out_at_once_and_can_be_let_in_again(admin: Visitor, bob: Visitor) -> None:
    path = page_of(admin, "bob@example.com")
    admin.get(path)
    assert admin.post(f"{path}/disable").status_code == 303
    assert bob.get("/desk").status_code == 303
    assert "disabled was analyst" in text(admin.get(PAGE).text)
    assert admin.post(f"{path}/link").status_code == 404
    admin.get(path)
    assert admin.post(f"{path}/enable").status_code == 303
    bob.get("/login")
    assert bob.post("/login", email="bob@example.com", password=PASSWORD).status_code == 303
    assert [one.action for one in (audited(admin.services, "staff.enabled"))] == ["staff.enabled"]


def test_sessions_are_ended_one_by_one_and_all_at_once(admin: Visitor, bob: Visitor) -> None:
    path = page_of(admin, "bob@example.com")
    (one,) = re.findall(rf'action="({path}/sessions/[0-9a-f]+)"', admin.get(path).text)
    assert admin.post(one.replace(path, page_of(admin, "ann@example.com"))).status_code == 404
    assert bob.get("/desk").status_code == 200
    assert admin.post(one).status_code == 303
    assert bob.get("/desk").status_code == 303
    bob.get("/login")
    bob.post("/login", email="bob@example.com", password=PASSWORD)
    admin.get(path)
    assert admin.post(f"{path}/end-sessions").status_code == 303
    assert bob.get("/desk").status_code == 303
    assert "In no browser" in text(admin.get(path).text)
    ended = audited(admin.services, "staff.sessions_ended")
    assert [(entry.actor, entry.target, entry.detail["sessions"]) for entry in ended] == 2 * [
        ("staff:ann@example.com", "bob@example.com", 1)
    ]


def test_a_lost_second_factor_is_reset(admin: Visitor, bob: Visitor, clock: FakeClock) -> None:
    set_up(bob, clock)
    path = page_of(admin, "bob@example.com")
    assert "Reset the second factor" in admin.get(path).text
    assert admin.post(f"{path}/reset-second-factor").status_code == 303
    assert "Reset the second factor" not in admin.get(path).text
    bob.get("/login")
    done = bob.post("/login", email="bob@example.com", password=PASSWORD)
    assert done.headers["Location"] == "/desk"
    (entry,) = audited(admin.services, "staff.second_factor_reset")
    assert (entry.actor, entry.target) == ("staff:ann@example.com", "bob@example.com")


def test_the_list_is_searched_narrowed_sorted_and_exported(admin: Visitor, clock: FakeClock) -> None:
    add(admin, "zoe@example.com", name='=cmd|"x"', role="account")
    add(admin, "eve@example.com", name="Eve")
    clock.forward(minutes=1)

    def order(query: str) -> list[str]:
        return re.findall(r"<small>([a-z]+)@example\.com</small>", admin.get(PAGE + query).text)

    assert order("") == ["zoe", "ann", "eve"]
    assert order("?sort=role") == ["ann", "eve", "zoe"]
    assert order("?sort=seen")[0] == "ann"
    assert order("?q=EVE") == ["eve"] and order("?role=account") == ["zoe"]
    assert order("?sort=x&role=y") == ["zoe", "ann", "eve"]
    assert "Nobody fits this" in admin.get(f"{PAGE}?q=nobody").text
    export = admin.get(f"{PAGE}.csv?role=account")
    (line,) = csv.DictReader(export.text.splitlines())
    assert (line["name"], line["email"], line["second_factor"]) == ('\'=cmd|"x"', "zoe@example.com", "no")
    assert export.headers["Content-Disposition"] == 'attachment; filename="staff.csv"'


def test_what_people_are_called_is_escaped(admin: Visitor) -> None:
    add(admin, "eve@example.com", name="<script>alert(1)</script>")
    for page in (PAGE, page_of(admin, "eve@example.com")):
        assert "<script" not in admin.get(page).text


def test_every_form_needs_its_token_and_somebody_it_is_about(admin: Visitor, bob: Visitor) -> None:
    assert bob
    path = page_of(admin, "bob@example.com")
    admin.get(path)
    acts = ("role", "link", "disable", "enable", "end-sessions", "reset-second-factor", f"sessions/{'0' * 16}")
    for form in (PAGE, *(f"{path}/{act}" for act in acts)):
        for token in ("", "0" * 64):
            assert admin.post(form, token=token, role="admin", email="eve@example.com").status_code == 403, form
    nobody = f"{PAGE}/00000000-0000-7000-8000-000000000000"
    assert admin.get(nobody).status_code == 404
    for act in acts:
        assert admin.post(f"{nobody}/{act}", role="admin").status_code == 404
    assert admin.post(f"{path}/promote").status_code in (404, 405)


def test_the_list_takes_as_many_statements_for_many_as_for_one(admin: Visitor, clock: FakeClock) -> None:
    alone = statements(admin, PAGE)
    with admin.services.database.transaction() as session:
        for number in range(30):
            commands.add(session, f"p{number}@example.com", now=clock.now)
    assert statements(admin, PAGE) == alone <= 10
