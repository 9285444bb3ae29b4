"""The comments page in a real browser: by keyboard, under its own strict policy, and without any script."""

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser import test_desk
from tests.browser.test_desk import ARABIC, WATCH, sign_in
from tests.desk.speaking import say
from tests.gap.world import World

made, world, url = test_desk.made, test_desk.world, test_desk.url
PAGE = "/desk/comments"


@pytest.fixture
def three(world: World) -> World:
    """Three comments, one of them from right to left, one without a blank."""
    for slug, comment, locale in (("acme", "first", "en"), ("arabic", ARABIC, "ar"), ("long", "x" * 400, None)):
        say(world, slug, comment, locale=locale)
    return world


def chosen(page: Page) -> str:
    """The status of the comment that has the focus; empty: none has."""
    return str(page.evaluate("document.activeElement.closest('.comments > li')?.className ?? ''"))


def press(page: Page, key: str) -> None:
    """Press a key that sends a form, and wait for the page that follows."""
    with page.expect_navigation():
        page.keyboard.press(key)


def opened(browser: Browser, three: World, url: str, **options: object) -> tuple[BrowserContext, Page, list[str]]:
    """The comments page, and what the browser complained about so far."""
    context = browser.new_context(**options)  # type: ignore[arg-type]
    context.add_init_script(WATCH)
    complaints: list[str] = []
    context.on("console", lambda message: complaints.append(message.text))
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    page = sign_in(context, three, url)
    page.goto(url + PAGE)
    return context, page, complaints


def test_comments_are_read_and_marked_by_single_keys(browser: Browser, three: World, url: str) -> None:
    context, page, complaints = opened(browser, three, url)
    page.keyboard.press("r")  # nothing is chosen yet
    page.keyboard.press("j")
    assert chosen(page) == "new"
    press(page, "r")
    assert chosen(page) == "read"
    press(page, "a")
    assert chosen(page) == "acted_on"
    page.keyboard.press("l")
    page.keyboard.type("jar")
    press(page, "Enter")
    expect(page.locator(".comments > li").first.locator(".chip").last).to_have_text("jar")
    page.keyboard.press("/")
    expect(page.locator("[name=q]")).to_be_focused()
    assert page.evaluate("violations") == []
    assert complaints == []
    context.close()


def test_in_a_list_of_one_status_the_next_comment_is_chosen(browser: Browser, three: World, url: str) -> None:
    context, page, _ = opened(browser, three, url)
    page.goto(f"{url}{PAGE}?status=new")
    page.keyboard.press("j")
    for left in (2, 1):
        press(page, "r")
        expect(page.locator(".comments > li")).to_have_count(left)
        assert chosen(page) == "new"
    context.close()


def test_single_keys_can_be_turned_off(browser: Browser, three: World, url: str) -> None:
    context, page, _ = opened(browser, three, url)
    page.keyboard.press("?")
    page.get_by_label("single keys do this").uncheck()
    page.reload()
    page.keyboard.press("j")
    assert chosen(page) == ""
    context.close()


def test_without_a_script_everything_can_be_done_with_the_forms(browser: Browser, three: World, url: str) -> None:
    context, page, _ = opened(browser, three, url, java_script_enabled=False)
    expect(page.get_by_text("Keyboard")).to_be_hidden()
    page.get_by_role("button", name="Mark as read").first.click()
    expect(page.locator(".comments > li").first).to_have_class("read")
    page.get_by_text("Label, note, link, restrict").first.click()
    page.get_by_label("Restricted").first.select_option("health")
    page.get_by_role("button", name="Save").first.click()
    expect(page.locator(".comments > li")).to_have_count(2)
    page.get_by_role("link", name="restricted comments").click()
    expect(page.locator(".comments > li")).to_have_count(1)
    context.close()


@pytest.mark.parametrize(("width", "scheme"), [(375, "dark"), (1280, "light")])
def test_comments_and_call_list_fit(browser: Browser, three: World, url: str, width: int, scheme: str) -> None:
    context, page, complaints = opened(
        browser, three, url, viewport={"width": width, "height": 800}, color_scheme=scheme
    )
    for path in (PAGE, f"{PAGE}?q=nothing", f"{PAGE}/restricted", "/desk/call-list"):
        page.goto(url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert page.evaluate("violations") == [], path
    assert complaints == []
    context.close()
