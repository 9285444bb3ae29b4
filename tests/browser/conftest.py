"""The running service, a partner's site, people who look at it, and what they look with."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from feedback.core.cached import STALE_S
from feedback.core.clock import system_clock
from feedback.core.ids import new_id
from feedback.surveys.commands import create_survey, pause, publish, resume
from feedback.surveys.definition import Definition
from feedback.surveys.queries import survey_by_name
from tests.browser.person import Person
from tests.browser.service import Running, up
from tests.browser.site import Site, listening

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """`-m browser` and `-m "not browser"` choose by folder."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """What drives browsers; there can be one in a process."""
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Chromium of the system."""
    browser = launched(playwright)
    yield browser
    browser.close()


def launched(playwright: Playwright, **options: Any) -> Browser:
    """A browser of the test's own."""
    where = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    assert where, "Chromium is not here; `make chromium` installs it or says how"
    return playwright.chromium.launch(executable_path=where, args=FLAGS, **options)


@pytest.fixture(scope="session")
def _site() -> Iterator[Site]:
    with listening() as site:
        yield site


@pytest.fixture
def site(_site: Site) -> Site:
    """A partner's site that serves nothing yet."""
    _site.files.clear()
    _site.policy = ""
    _site.headers.clear()
    return _site


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory, _site: Site) -> Iterator[Running]:
    """Everything up, once for all tests: each brings people of its own."""
    with up(tmp_path_factory.mktemp("home"), [_site.origin, _site.near]) as running:
        yield running


@pytest.fixture
def anna(browser: Browser) -> Iterator[Person]:
    """Somebody with a browser of their own, in English. Whatever goes wrong in it fails the test."""
    with Person.of(browser) as anna:
        yield anna


@pytest.fixture
def asks(running: Running) -> Iterator[Callable[..., str]]:
    """Publishes the only survey that asks by itself until the test is over, and gives it a name."""
    database = running.world.services.database
    names: list[str] = []

    def live(metric: str = "nps", **definition: Any) -> str:
        name = f"{metric}-{new_id()}"
        with database.transaction() as session:
            survey = create_survey(session, name, "end_user", metric, Definition(**definition), now=system_clock())
            publish(session, survey, now=system_clock())
            names.append(name)
        return name

    with database.transaction() as session:
        pause(survey_by_name(session, "end-user-nps"))
    yield live
    with database.transaction() as session:
        resume(survey_by_name(session, "end-user-nps"))
        for name in names:
            pause(survey_by_name(session, name))
    Person.known_from_s = time.monotonic() + STALE_S


@pytest.fixture(scope="session")
def everything(running: Running) -> str:
    """A survey by hand that asks for all there is."""
    with running.world.services.database.transaction() as session:
        definition = Definition(choices=("price", "value", "effort", "other"), contact=True)
        survey = create_survey(session, "everything", "end_user", "nps", definition, now=system_clock())
        publish(session, survey, now=system_clock())
    return "everything"
