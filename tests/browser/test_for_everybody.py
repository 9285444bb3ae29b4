"""For whoever cannot see it, point at it or read it in small: rules of accessibility, sizes, keyboard, spoken words."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Frame

from tests.browser.person import Person
from tests.browser.service import Running, wait_for
from tests.browser.site import Site
from tests.browser.views import views
from tests.soak import SOAK

_AXE = (Path(__file__).parents[2] / "widget/node_modules/axe-core/axe.min.js").read_text()
_RUN = """() => axe.run(document, {
  resultTypes: ['violations'],
  // The document is a part of the page around it, which has the heading.
  rules: { 'page-has-heading-one': { enabled: false } },
}).then(({ violations, passes }) => [
  passes.length,
  violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => [id, html, failureSummary])),
])"""
_HEIGHT = 900
_TARGETS = "button, label:has([type=radio]), #ask, textarea, [type=email]"
_SMALL = """([most, targets]) => [...document.querySelectorAll(targets)]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }))
  .map((one) => [one.id || one.innerText, one.getBoundingClientRect()])
  .filter(([, { width, height }]) => Math.min(width, height) < most - 0.01)
  .map(([name, { width, height }]) => `${name} ${width}x${height}`)"""

Scheme = Literal["light", "dark"]


def _frame(person: Person) -> Frame:
    (frame,) = person.page.main_frame.child_frames
    return frame


def _broken(person: Person, place: str) -> list[Any]:
    passed, violations = _frame(person).evaluate(_RUN)
    assert passed > 10, "the rules are at work"
    return [(place, *one) for one in violations]


def _opened(person: Person, site: Site, running: Running, survey: str, who: str, lang: str) -> None:
    site.serve(running.url, running.tag(who, partner="contoso"), lang=lang)
    person.visit(site.origin)
    person.asks(survey)
    person.radios.first.wait_for()
    _frame(person).evaluate(_AXE)


# Colours change on their own, and sizes on theirs: each is seen at least once; in the soak both extremes with both.
_NARROW: list[tuple[int, Scheme]] = [(320, "dark"), (320, "light")]
_LOOKS: list[tuple[int, Scheme]] = [(1280, "light"), (375, "light"), (320, "dark")]
if SOAK:
    _LOOKS += [(1280, "dark"), (320, "light")]


def _looks(person: Person, width: int, scheme: Scheme, forced: Literal["active", "none"] = "none") -> None:
    person.page.set_viewport_size({"width": width, "height": _HEIGHT})
    person.page.emulate_media(color_scheme=scheme, forced_colors=forced)
    person.page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")


def _misfits(person: Person, place: str, width: int) -> list[Any]:
    """What is too small to hit, cut off or out of the window."""
    small = _frame(person).evaluate(_SMALL, [44 if width > 320 else 40, _TARGETS])
    wide = _frame(person).evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    box = person.cards.bounding_box()
    assert box
    inside = box["x"] >= 0 and box["x"] + box["width"] <= width and box["y"] >= 0
    return [(place, small, wide, box)] if small or wide > 0 or not inside else []


@pytest.mark.parametrize("lang", ["en", "ar"])
def test_no_view_breaks_a_rule_or_is_too_small_in_any_size_direction_or_light(
    browser: Browser, site: Site, running: Running, everything: str, lang: str
) -> None:
    with Person.of(browser) as anna:
        _opened(anna, site, running, everything, f"axe-{lang}", lang)
        broken = []
        for view in views(anna):
            for width, scheme in _LOOKS:
                _looks(anna, width, scheme)
                place = f"{view} {width} {scheme}"
                broken += _broken(anna, place) + _misfits(anna, place, width)
        assert broken == []


def test_no_view_breaks_a_rule_in_forced_colours_and_what_is_chosen_and_focused_is_seen(
    browser: Browser, site: Site, running: Running, everything: str
) -> None:
    with Person.of(browser) as anna:
        _opened(anna, site, running, everything, "forced-colours", "en")
        _looks(anna, 1280, "dark", "active")
        for view in views(anna):
            assert _broken(anna, view) == []
            if view == "choice":
                chosen, other = (
                    anna.radios.nth(place).evaluate("one => getComputedStyle(one.nextSibling).backgroundColor")
                    for place in (3, 4)
                )
                assert chosen != other


@pytest.mark.parametrize("lang", ["en", "ar"])
@pytest.mark.parametrize(("metric", "wording"), [("obstacle", "stopped"), ("recognition", None), ("ces", None)])
def test_no_scale_breaks_a_rule_or_is_too_small(
    browser: Browser,
    site: Site,
    running: Running,
    asks: Callable[..., str],
    metric: str,
    wording: str | None,
    lang: str,
) -> None:
    survey = asks(metric, wording=wording)
    with Person.of(browser) as anna:
        _opened(anna, site, running, survey, f"axe-{metric}-{lang}", lang)
        for width, scheme in _NARROW:
            _looks(anna, width, scheme)
            assert _broken(anna, metric) + _misfits(anna, metric, width) == []


def test_the_page_with_the_card_breaks_no_rule_either(
    anna: Person, site: Site, running: Running, everything: str
) -> None:
    _opened(anna, site, running, everything, "axe-page", "en")
    every = "axe.configure({ allowedOrigins: ['<unsafe_all_origins>'] })"
    for frame in (anna.page.main_frame, _frame(anna)):
        frame.evaluate(f"{_AXE};{every}")
    found = anna.page.evaluate("""() => axe.run({ iframes: true }).then(({ violations, passes }) => [
      passes.some(({ nodes }) => nodes.some(({ target }) => target.length === 2)), violations.map(({ id }) => id)])""")
    assert found == [True, ["region"]], "the page of the test has no landmarks of its own"


def test_with_the_keyboard_alone_everything_can_be_said_and_sent(
    anna: Person, site: Site, running: Running, everything: str
) -> None:
    site.serve(running.url, running.tag("keys", partner="contoso"))
    anna.visit(site.origin)
    anna.is_asked(everything)
    press = anna.page.keyboard.press

    def on(key: str, times: int = 1) -> str:
        for _ in range(times):
            press(key)
        ring = "one => [one, one.nextElementSibling].some(it => it && getComputedStyle(it).outlineStyle !== 'none')"
        assert anna.focused().evaluate(ring) or anna.focused().get_attribute("id") == "end", "the focus is seen"
        return str(anna.focused().evaluate("one => one.id || one.name + one.value"))

    press("Tab")
    press("Tab")
    assert anna.focused().get_attribute("value") == "0"
    assert on("ArrowRight", 9) == "score9"
    press("Space")
    anna.card.get_by_text("Saved.", exact=True).wait_for()
    assert on("Tab") == "reasonprice"
    assert on("ArrowLeft") == "reasonother"
    press("Enter")
    assert on("Tab") == "comment"
    anna.page.keyboard.type("Short")
    assert on("Tab") == "contact"
    press("Space")
    assert on("Tab") == "email"
    anna.page.keyboard.type("anna@contoso.example")
    assert on("Tab") == "send"
    assert on("Enter") == "end"
    wait_for(lambda: [one.complete for one in running.responses("keys", running.world.other)] == [True])
    (sent,) = running.responses("keys", running.world.other)
    assert (sent.score, sent.reason, sent.comment) == (9, "other", "Short")
    assert [on("Tab") for _ in range(4)] == ["details", "delete", "never", "close"]
    press("Enter")
    anna.cards.wait_for(state="hidden")
    press("Tab")
    assert anna.page.evaluate("document.activeElement.tagName") == "BUTTON", "back in the page"


_SPOKEN = {
    "question": [
        "- status: How likely are you to recommend Wellnow to a colleague?",
        '- radiogroup "How likely are you to recommend Wellnow to a colleague?":',
        '- radio "10"',
        "which sees only totals of 10 or more people. Answering is optional.",
        '- button "Details"',
        '- button "Don’t ask again"',
        '- button "Close"',
    ],
    "follow-up": [
        '- radio "3" [checked]',
        '- radiogroup "What is the main reason?":',
        '- textbox "What got in your way?":',
        "- /placeholder: Please leave out names and health details",
        '- checkbox "Our researchers may contact me"',
        '- button "Send"',
        '- button "Delete my answer"',
        "- status: Saved.",
    ],
    "choice": ['- radio "Effort to run it" [checked]'],
    "contact": ['- checkbox "Our researchers may contact me" [checked]', '- textbox "E-mail address"'],
    "thanks": ["- paragraph: Thank you.", "- paragraph: Thank you for being frank."],
    "details": ['- button "Details" [expanded]', "- paragraph: Answers are used to improve the product."],
    "deleted": ["- status: Your answer was deleted.", '- radio "3" [disabled]'],
    "never": ["- status: You will not be asked again"],
}
_UNSPOKEN = {
    # What lies in the same place and is not seen is not read, either.
    "question": ["Send", "Thank you", "Delete my answer", "What got in your way?", "Answers are used"],
    "follow-up": ["What should we never change?", "Thank you", "E-mail address", "Answers are used"],
    "thanks": ["Send", "What is the main reason?", "Good to hear"],
    "details": ["Thank you", "Send"],
    "deleted": ["[checked]", "Delete my answer", "Send", "Thank you"],
}


def test_what_is_read_out_is_what_is_seen(anna: Person, site: Site, running: Running, everything: str) -> None:
    site.serve(running.url, running.tag("listens", partner="contoso"))
    anna.visit(site.origin)
    anna.is_asked(everything)
    seen = set()
    for view in views(anna):
        for words in _SPOKEN[view]:
            wait_for(lambda: words in anna.card.locator("body").aria_snapshot(), 5, lambda: f"{view}: {words}")  # noqa: B023
        spoken = anna.card.locator("body").aria_snapshot()
        assert [words for words in _UNSPOKEN.get(view, []) if words in spoken] == [], view
        seen.add(view)
    assert seen == set(_SPOKEN)
    tree = anna.context.new_cdp_session(_frame(anna)).send("Accessibility.getFullAXTree")["nodes"]
    read = [one for one in tree if not one["ignored"] and one["role"]["value"] in ("radiogroup", "status")]
    assert [one["role"]["value"] for one in read] == ["status", "status", "radiogroup"]
    assert read[-1]["description"]["value"] == "Not at all likely Extremely likely"
    assert {one["value"]["value"] for node in read[:2] for one in node["properties"] if one["name"] == "live"} == {
        "polite"
    }


def test_the_region_that_says_it_is_there_before_it_speaks(anna: Person, site: Site, running: Running) -> None:
    site.serve(running.url, running.tag("hears"))
    anna.visit(site.origin)
    anna.is_asked()
    said = """() => { window.said = []; new MutationObserver((all) => all.forEach(({ target }) => said.push(target.id)))
      .observe(document.querySelector('main'), { childList: true, subtree: true }) }"""
    _frame(anna).evaluate(said)
    anna.answers(5)
    anna.page.wait_for_timeout(500)
    assert set(_frame(anna).evaluate("said")) <= {"state", "question"}, "no region comes with its words"
    assert "state" in _frame(anna).evaluate("said")


def test_who_wants_less_motion_sees_none(browser: Browser, site: Site, running: Running) -> None:
    with Person.of(browser, reduced_motion="reduce") as anna:
        site.serve(running.url, running.tag("calm"))
        anna.visit(site.origin)
        anna.is_asked()
        anna.radios.nth(4).click()
        moving = "document.getAnimations().length"
        assert (anna.page.evaluate(moving), _frame(anna).evaluate(moving)) == (0, 0)
