"""Whether, when and in which language somebody is asked, by the page in front of them and the service behind it."""

import time

from playwright.sync_api import Browser

from tests.browser.person import Person
from tests.browser.service import Running, wait_for
from tests.browser.site import Site


def test_escape_dismisses_and_the_service_refuses_the_next_ask(anna: Person, site: Site, running: Running) -> None:
    site.serve(running.url, running.tag("busy"))
    anna.visit(site.origin)
    anna.is_asked()
    anna.number(5).focus()
    anna.page.keyboard.press("Escape")
    anna.cards.wait_for(state="hidden")
    wait_for(lambda: [one.state for one in running.impressions("busy")] == ["dismissed"])

    anna.visit(site.origin)
    refused = anna.asks()
    assert (refused.status, refused.json()["due"], refused.json()["reason"]) == (200, False, "asked_recently")
    assert anna.cards.count() == 0
    assert running.responses("busy") == []


def test_two_tabs_that_ask_at_once_show_one_card(anna: Person, site: Site, running: Running) -> None:
    site.serve(running.url, running.tag("two-tabs"))
    anna.visit(site.origin)
    with anna.another_tab() as tab:
        tab.visit(site.origin)
        here = anna.page.expect_response(lambda one: one.url.endswith("/impressions"))
        there = tab.page.expect_response(lambda one: one.url.endswith("/impressions"))
        with here as first, there as second:
            for page in (anna.page, tab.page):
                page.evaluate("feedback('ask', 'end-user-nps')")
        assert sorted([first.value.status, second.value.status]) == [200, 201]
        asked, left_alone = (anna, tab) if first.value.status == 201 else (tab, anna)
        asked.number(0).wait_for()
        assert left_alone.asks().json()["reason"] == "shown_recently"
        assert left_alone.cards.count() == 0
        assert len(running.impressions("two-tabs")) == 1


def test_a_survey_with_a_delay_asks_by_itself(anna: Person, site: Site, running: Running) -> None:
    site.serve(running.url, running.tag("waits"))
    started = time.monotonic()
    anna.visit(site.origin)
    anna.number(0).wait_for()
    assert time.monotonic() - started >= 5
    wait_for(lambda: [one.state for one in running.impressions("waits")] == ["shown"])


def test_two_tags_are_one_widget(anna: Person, site: Site, running: Running) -> None:
    site.serve(running.url, running.tag("twice") * 2)
    fetched: list[str] = []
    anna.page.on("request", lambda one: fetched.append(one.url.rpartition("/")[2]))
    anna.visit(site.origin)
    anna.is_asked()
    anna.page.evaluate("feedback('ask', 'end-user-nps')")
    anna.page.wait_for_timeout(300)
    assert anna.cards.count() == 1
    assert (fetched.count("config"), fetched.count("activity"), fetched.count("impressions")) == (1, 1, 1)
    assert len(running.impressions("twice")) == 1


def test_the_card_waits_until_the_pages_own_dialog_is_closed(anna: Person, site: Site, running: Running) -> None:
    site.serve(running.url, running.tag("in-a-dialog"), body="<dialog>Save your work?</dialog>")
    anna.visit(site.origin)
    anna.page.evaluate("document.querySelector('dialog').showModal()")
    anna.page.evaluate("feedback('ask', 'end-user-nps')")
    anna.page.wait_for_timeout(500)
    assert running.impressions("in-a-dialog") == []
    anna.page.evaluate("document.querySelector('dialog').close()")
    anna.number(0).wait_for()


def test_a_page_that_names_no_language_is_asked_in_the_browsers(browser: Browser, site: Site, running: Running) -> None:
    with Person.of(browser, locale="de-CH") as anna:
        site.serve(running.url, running.tag("german"), lang="no_such-language--")
        anna.visit(site.origin)
        anna.is_asked()
        anna.card.get_by_text("Wie wahrscheinlich").wait_for()
        assert anna.card.locator("html").get_attribute("lang") == "de"
        anna.number(8).click()
        wait_for(lambda: [one.locale for one in running.responses("german")] == ["de"])


def test_a_page_in_arabic_is_asked_from_right_to_left(anna: Person, site: Site, running: Running) -> None:
    site.serve(running.url, running.tag("arabic"), lang="ar")
    anna.visit(site.origin)
    anna.is_asked()
    root = anna.card.locator("html")
    assert (root.get_attribute("lang"), root.get_attribute("dir")) == ("ar", "rtl")
    zero, ten = anna.number(0).bounding_box(), anna.number(10).bounding_box()
    assert zero
    assert ten
    assert zero["x"] > ten["x"]
    anna.number(5).focus()
    anna.page.keyboard.press("ArrowLeft")
    anna.page.keyboard.press("Enter")
    wait_for(lambda: [(one.score, one.locale) for one in running.responses("arabic")] == [(6, "ar")])
