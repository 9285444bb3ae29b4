"""Naughty strings on pages of the desk, in a real browser: text, all of it, and nothing that runs or gets out."""

import pytest
from playwright.sync_api import Browser

from tests.browser import test_desk
from tests.browser.test_desk import WATCH, sign_in
from tests.desk.speaking import say
from tests.gap.world import World
from tests.trust.strings import EVIL

made, world, url = test_desk.made, test_desk.world, test_desk.url
PER_COMMENT = 30
NAME = "<img src=x onerror=alert(1)>\u202e\"'{{7*7}}&lt;"
SCRIPTS = """() => [...document.querySelectorAll('script')].filter((one) => !one.src && one.type !== 'application/gzip')
  .map((one) => one.outerHTML)"""
STRANGERS = """() => ['img', 'iframe', 'object', 'svg script', 'style', 'marquee', 'video']
  .flatMap((name) => [...document.querySelectorAll(`main ${name}`)].map((one) => one.outerHTML.slice(0, 100)))"""
HANDLERS = """() => [...document.querySelectorAll('*')].flatMap((one) => [...one.attributes])
  .filter((one) => one.name.startsWith('on') || /^\\s*javascript:/i.test(one.value) && one.name !== 'value')
  .map((one) => one.name + '=' + one.value.slice(0, 80))"""


@pytest.mark.requirement("ASVS 3.2.2")
@pytest.mark.requirement("edge: naughty strings come back as they were, from everywhere")
@pytest.mark.parametrize("width", [375, 1280])
def test_naughty_strings_are_shown_as_text(
    browser: Browser, world: World, url: str, width: int, record_property
) -> None:
    texts = [text for text in EVIL if text.strip()]
    comments = ["\n".join(texts[place : place + PER_COMMENT]) for place in range(0, len(texts), PER_COMMENT)]
    for comment in comments:
        say(world, "acme", comment)
    world.partner("naughty", 10, name=NAME)
    context = browser.new_context(viewport={"width": width, "height": 800})
    context.add_init_script(WATCH)
    heard: list[str] = []
    context.on("dialog", lambda dialog: (heard.append(dialog.message), dialog.dismiss()))
    context.on("weberror", lambda error: heard.append(str(error.error)))
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    page = sign_in(context, world, url)
    shown: list[str] = []
    page.goto(f"{url}/desk/comments")
    while True:
        shown += page.locator("p.wrote").evaluate_all("all => all.map((one) => one.textContent)")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert [page.evaluate(what) for what in (SCRIPTS, STRANGERS, HANDLERS)] == [[], [], []]
        assert page.evaluate("violations") == []
        if not page.locator("a[rel=next]").count():
            break
        page.locator("a[rel=next]").click()
    # A document knows one end of a line.
    plain = [comment.replace("\r\n", "\n").replace("\r", "\n") for comment in comments]
    assert sorted(plain) == sorted(shown)
    page.goto(f"{url}/desk/settings/partners")
    assert NAME in page.locator("main").evaluate("one => one.textContent")
    assert [page.evaluate(what) for what in (SCRIPTS, STRANGERS, HANDLERS)] == [[], [], []]
    assert heard == [] and [one for one in asked if not one.startswith((url, "data:"))] == []
    record_property("inputs tried", len(texts))
    context.close()
