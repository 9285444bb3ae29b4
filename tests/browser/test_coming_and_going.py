"""People who leave in the middle, come back, go offline, and have many tabs: each score arrives, and once."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, Error, Page, Playwright

from feedback.responses.models import Impression
from tests.browser.conftest import launched
from tests.browser.person import Person
from tests.browser.service import Running, wait_for
from tests.browser.site import Site

_LEAVING: dict[str, Callable[[Page], object]] = {
    "closes the tab": lambda page: page.close(),
    "goes elsewhere": lambda page: page.goto("about:blank"),
    "the page removes the frame": lambda page: page.evaluate("document.querySelector('iframe').remove()"),
    "the page is emptied": lambda page: page.evaluate("document.documentElement.replaceChildren()"),
}


@pytest.mark.parametrize("leave", _LEAVING.values(), ids=_LEAVING)
def test_who_leaves_in_the_middle_of_an_answer_has_given_the_score(
    browser: Browser, site: Site, running: Running, leave: Callable[[Page], object], request: pytest.FixtureRequest
) -> None:
    who = request.node.callspec.id
    with browser.new_context(locale="en-US") as context:
        anna = Person(context)
        site.serve(running.url, running.tag(who))
        anna.visit(site.origin)
        anna.is_asked()
        anna.number(9).focus()
        anna.page.keyboard.press("Space")
        leave(anna.page)
        wait_for(lambda: running.scores(who))
        (only,) = running.responses(who)
        assert (only.score, only.comment, only.complete, only.revision) == (9, None, False, 1)
        wait_for(lambda: [one.score for one in running.voices(who)] == [9])
        assert [one.state for one in running.impressions(who)] == ["answered"]


def test_what_was_written_and_not_sent_is_nobodys(browser: Browser, site: Site, running: Running) -> None:
    with browser.new_context(locale="en-US") as context:
        anna = Person(context)
        site.serve(running.url, running.tag("hesitates"))
        anna.visit(site.near)
        anna.is_asked()
        anna.answers(4)
        anna.card.get_by_role("textbox").fill("On second thoughts, no")
        assert anna.card.locator("html").evaluate("Object.values({...localStorage})") == []
        anna.page.close()
        anna.page = context.new_page()
        anna.page.wait_for_timeout(300)
        assert [(one.comment, one.complete) for one in running.responses("hesitates")] == [(None, False)]


def test_who_sees_the_card_and_leaves_has_not_dismissed_it(anna: Person, site: Site, running: Running) -> None:
    site.serve(running.url, running.tag("leaves"))
    anna.visit(site.origin)
    anna.is_asked()
    anna.page.goto("about:blank")
    wait_for(lambda: [one.state for one in running.impressions("leaves")] == ["left"])


def _track(tabs: list[Person]) -> None:
    for tab in tabs:
        tab.page.evaluate("feedback('track', 'done')")


@pytest.mark.parametrize("vouched", [True, False], ids=["with a token", "without"])
def test_five_tabs_at_once_ask_once(
    anna: Person, site: Site, running: Running, asks: Callable[..., str], vouched: bool
) -> None:
    name = asks(delay_s=0, on={"event": "done"})
    tag = running.tag("five-tabs") if vouched else running.tag(None, running.world.partner_key)
    site.serve(running.url, tag)
    before = {one.id for one in _impressions(running)}
    with ExitStack() as stack:
        tabs = [anna, *(stack.enter_context(anna.another_tab()) for _ in range(4))]
        for tab in tabs:
            tab.visit(site.origin)
            tab.is_left_alone("waiting for event done", name)
        _track(tabs)
        wait_for(lambda: any(tab.cards.count() for tab in tabs))
        (asked,) = [tab for tab in tabs if tab.cards.count()]
        asked.answers(10)
        _track(tabs)
        anna.page.wait_for_timeout(500)
        assert sum(tab.cards.count() for tab in tabs) == 1
    granted = [one for one in _impressions(running) if one.id not in before]
    # Storage is slower from tab to tab than the service: one more may have been granted, but it is not shown.
    shown = [one for one in granted if one.state != "granted"]
    assert [one.state for one in shown] == ["answered"]
    if vouched:
        assert (running.scores("five-tabs"), len(granted)) == ([10], 1)
    else:
        assert [one.score for one in running.unvouched() if one.impression_id == shown[0].id] == [10]


def _impressions(running: Running) -> list[Impression]:
    with running.world.services.database.reading() as session:
        return list(session.query(Impression))


@pytest.fixture(scope="module")
def with_page_cache(playwright: Playwright) -> Iterator[Browser]:
    """A browser that keeps pages alive for when somebody goes back, as people's own do."""
    browser = launched(playwright, ignore_default_args=["--disable-back-forward-cache"])
    yield browser
    browser.close()


def test_who_goes_back_to_a_kept_page_goes_on_where_they_were(
    with_page_cache: Browser, site: Site, running: Running
) -> None:
    with Person.of(with_page_cache) as anna:
        site.serve(running.url, running.tag("back-and-forth"))
        site.files["/next"] = ("text/html", "<!doctype html><title>Next</title><script src=/back.js></script>")
        site.files["/back.js"] = ("text/javascript", "setTimeout(() => history.back(), 300)")
        anna.visit(site.origin)
        anna.is_asked()
        anna.answers(7)
        anna.card.get_by_role("textbox").fill("Wait a moment")
        box = anna.button("Send").bounding_box()
        assert box
        where = box["x"] + 10, box["y"] + 10
        # Chromium's protocol loses sight of a page that is put away, so the pages themselves go on and back.
        anna.page.evaluate("""() => {
          addEventListener('pageshow', ({ persisted }) => (window.kept = persisted))
          setTimeout(() => (location.href = '/next'), 50)
        }""")
        wait_for(lambda: _after_a_while(anna.page, "window.kept") is True)
        anna.page.mouse.click(*where)
        wait_for(lambda: [one.comment for one in running.responses("back-and-forth")] == ["Wait a moment"])
        assert [(one.score, one.revision) for one in running.responses("back-and-forth")] == [(7, 2)]
        assert len(running.impressions("back-and-forth")) == 1


def _after_a_while(page: Page, what: str) -> object:
    time.sleep(1)
    try:
        return page.evaluate(what)
    except Error:  # between two pages
        return None


def test_who_goes_back_to_a_page_that_is_loaded_anew_is_not_asked_again(
    anna: Person, site: Site, running: Running
) -> None:
    site.serve(running.url, running.tag("back-anew"), paths=("/", "/next"))
    anna.visit(site.origin)
    anna.is_asked()
    anna.answers(2)
    for step in (lambda: anna.visit(f"{site.origin}/next"), anna.page.go_back, anna.page.go_forward, anna.page.reload):
        step()
        anna.page.wait_for_function("() => window.feedback?.loaded")
        assert anna.asks().json()["reason"] == "asked_recently"
        assert anna.cards.count() == 0
    assert (running.scores("back-anew"), len(running.impressions("back-anew"))) == ([2], 1)


def test_an_answer_given_offline_arrives_when_the_same_person_loads_the_page_again(
    anna: Person, site: Site, running: Running
) -> None:
    anna.forgiven = "net::ERR_INTERNET_DISCONNECTED"
    site.serve(running.url, running.tag("train"))
    anna.visit(site.near)
    anna.is_asked()
    anna.context.set_offline(True)
    anna.radios.nth(6).click()
    anna.card.get_by_text("Not saved yet.").wait_for()
    anna.page.goto("about:blank")
    anna.context.set_offline(False)
    anna.visit(site.near)
    assert anna.asks().json()["due"] is False
    wait_for(lambda: [(one.score, one.revision) for one in running.responses("train")] == [(6, 1)])
    assert anna.cards.count() == 0
    wait_for(lambda: [one.score for one in running.voices("train")] == [6])
