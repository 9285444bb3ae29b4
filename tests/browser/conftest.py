"""The running service, a partner's site, people who look at it, and what they look with."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

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
def browser() -> Iterator[Browser]:
    """Chromium of the system."""
    where = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    assert where, "Chromium is not here; `make chromium` installs it or says how"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=where, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def _site() -> Iterator[Site]:
    with listening() as site:
        yield site


@pytest.fixture
def site(_site: Site) -> Site:
    """A partner's site that serves nothing yet."""
    _site.files.clear()
    _site.policy = ""
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
