"""What the widget does to the page that it is in, and what the page can do to it: nothing."""

from playwright.sync_api import Browser

from tests.browser.person import Person
from tests.browser.service import Running, wait_for
from tests.browser.site import Site

_SHIFTS = """() => new Promise((resolve) => {
  let sum = 0
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => (sum += entry.value)))
    .observe({ type: 'layout-shift', buffered: true })
  setTimeout(() => resolve(sum), 300)
})"""
_NO_STORAGE = """
const closed = () => { throw new DOMException('closed', 'SecurityError') }
for (const name of ['localStorage', 'sessionStorage', 'indexedDB', 'caches'])
  Object.defineProperty(window, name, { get: closed })
Object.defineProperty(Document.prototype, 'cookie', { get: closed, set: closed })
"""
_NARROW = {"viewport": {"width": 375, "height": 667}, "has_touch": True, "is_mobile": True}


def test_the_page_does_not_move_and_its_strictest_policy_is_not_hurt(
    anna: Person, site: Site, running: Running
) -> None:
    site.serve(running.url, running.tag("steady"), body="<p>Long text.</p>" * 40)
    anna.visit(site.origin)
    anna.is_asked()
    anna.number(3).click()
    anna.button("Details").click()
    anna.button("Details").click()
    anna.card.get_by_role("textbox").fill("Too many clicks")
    anna.button("Send").click()
    anna.card.get_by_text("Thank you.").wait_for()
    wait_for(lambda: [one.comment for one in running.responses("steady")] == ["Too many clicks"])
    assert anna.page.evaluate(_SHIFTS) == 0
    anna.button("Close").click()
    anna.cards.wait_for(state="hidden")
    assert len(anna.page.frames) == 2
    anna.check()


def test_the_card_is_as_tall_for_every_answer(anna: Person, site: Site, running: Running) -> None:
    site.serve(running.url, running.tag("measured"))
    anna.visit(site.origin)
    anna.is_asked()
    asking = anna.height()
    heights = set()
    for score in (2, 8, 10):
        anna.number(score).click()
        heights.add(anna.height())
    anna.button("Details").click()
    heights.add(anna.height())
    anna.button("Details").click()
    anna.card.get_by_role("textbox").fill("A long comment.\n" * 30)
    heights.add(anna.height())
    anna.button("Send").click()
    heights.add(anna.height())
    assert len(heights) == 1
    assert heights.pop() > asking
    assert anna.card.locator("html").evaluate("root => root.scrollHeight <= innerHeight")


def test_on_a_phone_nothing_is_cut_off_and_every_number_can_be_tapped(
    browser: Browser, site: Site, running: Running
) -> None:
    with Person.of(browser, **_NARROW) as anna:
        site.serve(running.url, running.tag("on-the-phone"))
        anna.visit(site.origin)
        anna.is_asked()
        for score in range(11):
            box = anna.number(score).bounding_box()
            assert box
            assert min(box["width"], box["height"]) >= 44
        anna.number(10).tap()
        anna.card.get_by_text("Saved.", exact=True).wait_for()
        assert [one.score for one in running.responses("on-the-phone")] == [10]
        for frame in anna.page.frames:
            assert frame.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        card = anna.cards.bounding_box()
        assert card
        assert (card["x"], card["width"], card["y"] + card["height"]) == (0, 375, 667)


def test_with_all_storage_closed_somebody_whom_nobody_vouches_for_can_answer(
    anna: Person, site: Site, running: Running
) -> None:
    anna.context.add_init_script(_NO_STORAGE)
    site.serve(running.url, running.tag(None, running.world.partner_key))
    anna.visit(site.origin)
    anna.is_asked()
    anna.number(2).click()
    anna.card.get_by_text("Saved.", exact=True).wait_for()
    anna.card.get_by_role("textbox").fill("No cookies, please")
    anna.button("Send").click()
    wait_for(lambda: (2, "No cookies, please") in [(one.score, one.comment) for one in running.unvouched()])


def test_a_page_without_an_origin_is_not_asked_and_nothing_is_thrown_into_it(
    anna: Person, site: Site, running: Running
) -> None:
    anna.forgiven = "from origin 'null' has been blocked by CORS|net::ERR_FAILED"
    site.serve(running.url, running.tag("boxed-in"))
    site.policy += "; sandbox allow-scripts"
    with anna.page.expect_event("requestfailed", lambda one: one.url.endswith("/config")):
        anna.page.goto(site.origin)
    assert anna.page.evaluate("origin") == "null"
    calls = "feedback('ask', 'end-user-nps'), feedback('identify', null), feedback()"
    assert anna.page.evaluate(f"({calls}, 'alive')") == "alive"
    anna.page.wait_for_timeout(300)
    assert anna.cards.count() == 0
    assert running.impressions("boxed-in") == []


def test_the_page_cannot_speak_for_the_card_or_to_it(anna: Person, site: Site, running: Running) -> None:
    site.serve(running.url, running.tag("framed"))
    anna.visit(site.origin)
    anna.is_asked()
    height = anna.height()
    anna.page.evaluate("""() => {
      const { contentWindow } = document.querySelector('iframe')
      contentWindow.postMessage({ feedback: 'start', token: null }, '*')
      for (const one of [null, 5, 'x', { feedback: 'closed' }, { feedback: 'size', height: 1 }]) postMessage(one, '*')
    }""")
    assert anna.height() == height
    anna.number(1).click()
    wait_for(lambda: [one.trust for one in running.responses("framed")] == ["vendor"])
    assert len(running.impressions("framed")) == 1
