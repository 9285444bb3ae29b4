"""From a tap to one voice: revisions, keys, and a network or a service that fails on the way."""

from playwright.sync_api import Browser, Route

from tests.browser.person import Person
from tests.browser.service import Running, wait_for
from tests.browser.site import Site


def test_a_score_a_comment_and_a_change_of_mind_are_one_response_and_one_voice(
    anna: Person, site: Site, running: Running
) -> None:
    site.serve(running.url, running.tag("changes-her-mind"))
    anna.visit(site.origin)
    anna.is_asked()
    assert running.responses("changes-her-mind") == []

    anna.number(9).click()
    anna.card.get_by_text("Saved.", exact=True).wait_for()
    (first,) = running.responses("changes-her-mind")
    assert (first.score, first.comment, first.revision, first.complete) == (9, None, 1, False)

    anna.card.get_by_label("What should we never change?").fill("  The calendar ")
    anna.button("Send").click()
    anna.card.get_by_text("Thank you.").wait_for()
    wait_for(lambda: running.responses("changes-her-mind")[0].revision == 2)

    anna.number(8).click()
    wait_for(lambda: running.responses("changes-her-mind")[0].revision == 3)
    (last,) = running.responses("changes-her-mind")
    assert (last.id, last.answered_at > first.answered_at) == (first.id, True)
    assert (last.score, last.comment, last.complete, last.locale) == (8, "The calendar", True, "en")
    assert last.trust == "vendor"
    wait_for(lambda: [voice.score for voice in running.voices("changes-her-mind")] == [8])
    assert [one.state for one in running.impressions("changes-her-mind")] == ["answered"]


def test_arrows_move_and_only_space_or_enter_send(anna: Person, site: Site, running: Running) -> None:
    site.serve(running.url, running.tag("types"))
    anna.visit(site.origin)
    anna.is_asked()
    assert anna.page.evaluate("document.activeElement.tagName") == "BODY", "the card does not take the focus"

    keyboard = anna.page.keyboard
    anna.number(0).focus()
    for _ in range(3):
        keyboard.press("ArrowRight")
    assert anna.focused().get_attribute("value") == "3"
    anna.page.wait_for_timeout(300)
    assert running.responses("types") == []
    keyboard.press("Space")
    wait_for(lambda: [one.score for one in running.responses("types")] == [3])
    keyboard.press("ArrowLeft")
    keyboard.press("Enter")
    wait_for(lambda: [(one.score, one.revision) for one in running.responses("types")] == [(2, 2)])

    for reached in ("comment", "send", "details", "delete", "never", "close"):
        keyboard.press("Tab")
        assert anna.focused().get_attribute("id") == reached
    anna.button("Details").focus()
    keyboard.press("Enter")
    anna.card.get_by_text("never receives single answers").wait_for()
    keyboard.press("Escape")
    anna.cards.wait_for(state="hidden")
    assert running.impressions("types")[0].state == "answered"


def test_an_answer_that_the_service_cannot_take_at_first_is_saved_once(
    anna: Person, site: Site, running: Running
) -> None:
    tries: list[bool] = []
    looked = False

    def fail_twice(route: Route) -> None:
        tries.append(looked)
        if looked and len(tries) > 2:
            route.fallback()
        elif len(tries) == 1:
            route.fulfill(status=503, headers={"Retry-After": "1"})
        else:
            route.fulfill(status=500)

    anna.context.route("**/responses/*", fail_twice)
    anna.forgiven = "the server responded with a status of 50[03]"
    site.serve(running.url, running.tag("patient"))
    anna.visit(site.origin)
    anna.is_asked()
    anna.number(4).click()
    anna.card.get_by_text("Not saved yet.").wait_for()
    assert running.responses("patient") == []
    looked = True
    anna.card.get_by_text("Saved.", exact=True).wait_for()
    assert [(one.score, one.revision) for one in running.responses("patient")] == [(4, 1)]
    saved = len(tries)
    anna.page.wait_for_timeout(1500)
    assert len(tries) == saved >= 3


def test_an_answer_given_offline_is_saved_once_when_the_network_is_back(
    anna: Person, site: Site, running: Running
) -> None:
    anna.forgiven = "net::ERR_INTERNET_DISCONNECTED"
    site.serve(running.url, running.tag("in-a-tunnel"))
    anna.visit(site.origin)
    anna.is_asked()
    anna.context.set_offline(True)
    anna.number(7).click()
    anna.card.get_by_text("Not saved yet.").wait_for()
    anna.card.get_by_role("textbox").fill("Slow on the train")
    anna.button("Send").click()
    anna.button("Close").click()
    anna.cards.wait_for(state="hidden")
    assert running.responses("in-a-tunnel") == []
    anna.context.set_offline(False)
    wait_for(lambda: running.responses("in-a-tunnel"))
    (saved,) = running.responses("in-a-tunnel")
    assert (saved.score, saved.comment, saved.complete) == (7, "Slow on the train", True)
    wait_for(lambda: [voice.score for voice in running.voices("in-a-tunnel")] == [7])


def test_an_answer_whose_page_was_closed_offline_arrives_once_as_its_own_persons(
    browser: Browser, site: Site, running: Running
) -> None:
    with Person.of(browser) as anna:
        anna.forgiven = "net::ERR_INTERNET_DISCONNECTED"
        site.serve(running.url, running.tag("leaves-early"))
        anna.visit(site.near)
        anna.is_asked()
        anna.context.set_offline(True)
        anna.number(6).click()
        anna.card.get_by_text("Not saved yet.").wait_for()
        anna.page.goto("about:blank")
        anna.context.set_offline(False)

        site.serve(running.url, running.tag("comes-later"))
        anna.visit(site.near)
        anna.is_asked()
        wait_for(lambda: running.responses("leaves-early"))
        assert [(one.score, one.revision) for one in running.responses("leaves-early")] == [(6, 1)]
        assert running.responses("comes-later") == []
        wait_for(lambda: anna.card.locator("html").evaluate("localStorage.length") == 0)
