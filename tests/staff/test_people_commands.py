"""`feedback staff ...`: who may sign in, from the machine itself."""

import re

import pyotp
import pytest
from click.testing import CliRunner, Result

from feedback.cli.people import staff
from feedback.core.errors import Code, Problem
from feedback.core.services import Services
from feedback.staff import commands, second_factor, sessions, sign_in
from feedback.staff.queries import all_members, member
from tests.conftest import FakeClock

PASSWORD = "correct horse battery"


@pytest.fixture
def environment(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands find this test's home and database."""
    monkeypatch.setenv("FEEDBACK_HOME", str(services.settings.home))
    monkeypatch.setenv("DATABASE_URL", services.settings.database_url)
    monkeypatch.setenv("FEEDBACK_PUBLIC_URL", "https://feedback.example/")


def run(*arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(staff, arguments, input=typed, catch_exceptions=True)


def use(services: Services, output: str) -> sessions.Viewer | None:
    """Sign in by the link that a command printed."""
    found = re.search(r"https://feedback\.example/login/(\w{52})\n", output)
    assert found, output
    from feedback.core.clock import system_clock

    with services.database.transaction() as session:
        staff_id = commands.use_sign_in_link(session, found[1], now=system_clock())
        entry = sign_in.enter(
            session, staff_id, how="link", required=False, vault=services.secrets.vault, now=system_clock()
        )
        return sessions.viewer(session, entry.token, now=system_clock())


@pytest.mark.usefixtures("environment")
def test_add_prints_a_link_that_signs_in(services: Services) -> None:
    added = run("add", "Ann@Example.com", "--name", "Ann Lee", "--role", "researcher")
    viewer = use(services, added.output)
    assert viewer is not None
    assert (viewer.email, viewer.name, viewer.role) == ("ann@example.com", "Ann Lee", "researcher")


@pytest.mark.usefixtures("environment")
def test_link_prints_a_new_one_for_somebody_who_is_there(services: Services) -> None:
    run("add", "ann@example.com")
    assert use(services, run("link", "ann@example.com").output)
    refused = run("link", "bob@example.com")
    assert isinstance(refused.exception, Problem)
    assert refused.exception.code is Code.STAFF_UNKNOWN


@pytest.mark.usefixtures("environment")
def test_password_is_asked_for_twice_and_never_shown(services: Services) -> None:
    run("add", "ann@example.com")
    done = run("password", "ann@example.com", typed=f"{PASSWORD}\n{PASSWORD[:-1]}\n{PASSWORD}\n{PASSWORD}\n")
    assert done.exit_code == 0, done.output
    assert PASSWORD not in done.output
    with services.database.reading() as session:
        assert sign_in.check(session, "ann@example.com", PASSWORD)


@pytest.mark.usefixtures("environment")
def test_disable_ends_every_way_in_and_list_says_so(services: Services) -> None:
    link = run("add", "ann@example.com", "--role", "analyst").output
    assert "ann@example.com  analyst  ann  since " in run("list").output
    assert run("disable", "ann@example.com").exit_code == 0
    assert "disabled on " in run("list").output
    with pytest.raises(Problem):
        use(services, link)
    with services.database.reading() as session:
        assert len(all_members(session)) == 1


@pytest.mark.usefixtures("environment")
def test_nobody_yet_is_said_with_what_to_do() -> None:
    assert "feedback staff add EMAIL" in run("list").output


@pytest.mark.usefixtures("environment")
def test_a_role_is_changed_and_the_only_admin_stays_one(services: Services) -> None:
    run("add", "ann@example.com")
    refused = run("role", "ann@example.com", "analyst")
    assert isinstance(refused.exception, Problem)
    assert refused.exception.code is Code.CONFLICT
    run("add", "bob@example.com")
    assert run("role", "ann@example.com", "analyst").output == "ann@example.com is analyst now.\n"
    assert run("role", "ann@example.com", "owner").exit_code == 2
    with services.database.reading() as session:
        assert {one.email: one.role for one in all_members(session)} == {
            "ann@example.com": "analyst",
            "bob@example.com": "admin",
        }


@pytest.mark.usefixtures("environment")
def test_somebody_disabled_is_enabled_and_signed_out_again(services: Services) -> None:
    run("add", "ann@example.com", "--role", "analyst")
    run("disable", "ann@example.com")
    assert run("enable", "Ann@example.com").output == "ann@example.com may sign in again.\n"
    assert use(services, run("link", "ann@example.com").output)
    assert run("end-sessions", "ann@example.com").output == "ann@example.com was signed out of 1 browser.\n"
    assert run("end-sessions", "ann@example.com").output == "ann@example.com was signed out of 0 browsers.\n"


@pytest.mark.usefixtures("environment")
def test_a_lost_second_factor_is_reset_by_whoever_has_a_shell(services: Services, clock: FakeClock) -> None:
    run("add", "ann@example.com")
    nothing = run("reset-second-factor", "ann@example.com")
    assert isinstance(nothing.exception, Problem)
    with services.database.transaction() as session:
        row = member(session, "ann@example.com")
        second_factor.begin(session, row.id, services.secrets.vault, now=clock.now)
    with services.database.transaction() as session:
        secret = second_factor.unproven_secret(session, row.id, services.secrets.vault, now=clock.now)
        assert secret is not None
        code = pyotp.TOTP(secret).at(clock.now)
        assert second_factor.prove(session, row, code, services.secrets.vault, now=clock.now)
    assert run("reset-second-factor", "ann@example.com").exit_code == 0
    with services.database.reading() as session:
        assert not second_factor.stands(session, row.id)
