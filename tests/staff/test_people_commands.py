"""`feedback staff ...`: who may sign in, from the machine itself."""

import re

import pytest
from click.testing import CliRunner, Result

from feedback.cli.people import staff
from feedback.core.errors import Code, Problem
from feedback.core.services import Services
from feedback.staff import commands, sessions, sign_in
from feedback.staff.queries import all_members

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
