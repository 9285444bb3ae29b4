"""The first-run page in a real browser: it changes by itself when a step is done, and breaks no rule."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.test_desk import WATCH, place, sign_in, url
from tests.gap.world import World

__all__ = ["url"]


@pytest.fixture
def world(tmp_path: Path, migrated_sqlite: Path) -> Iterator[World]:
    """Nothing at all."""
    shutil.copyfile(migrated_sqlite, tmp_path / "feedback.sqlite3")
    world = World(place(tmp_path))
    yield world
    world.services.database.close()


def test_the_page_looks_again_by_itself_and_keeps_what_is_open(browser: Browser, world: World, url: str) -> None:
    context = browser.new_context(viewport={"width": 375, "height": 800})
    context.add_init_script(WATCH)
    page = sign_in(context, world, url)
    page.clock.install()
    page.goto(f"{url}/desk/first-steps")
    steps = page.locator(".run > li")
    page.locator(".run > li").nth(2).locator("summary").first.click()
    expect(steps.nth(2).locator("ol")).to_be_visible()
    world.partner("long", 40, name="W" * 200)
    with page.expect_response("**/desk/first-steps/state"):
        page.clock.run_for(5_000)
    expect(steps.nth(0)).to_contain_text("1 partner has licences in force")
    expect(page.locator("#looked")).to_have_text("1 of five steps to the first gap is done.")
    expect(steps.nth(1).locator(".how")).to_have_attribute("open", "")
    expect(steps.nth(2).locator("ol")).to_be_visible()
    world.answers("long", "end_user", [3, 4])
    world.answers("long", "buyer", [9])
    with page.expect_response("**/desk/first-steps/state"):
        page.clock.run_for(5_000)
    expect(page.get_by_role("heading", level=1)).to_have_text("The first gap is there")
    page.get_by_role("link", name="Read it on the partner’s page").click()
    page.wait_for_url("**/desk/partners/long")
    for path in ("/desk/first-steps", "/desk/quality"):
        page.goto(url + path)
        assert page.evaluate("violations") == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 375
    context.close()
