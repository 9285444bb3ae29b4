"""When a survey asks by itself, on which pages and devices, and what the console says about why it does not."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from feedback.core.clock import system_clock
from feedback.partners.commands import PolicyTerms, create_partner, record_policy
from tests.browser.person import Person
from tests.browser.service import Running, wait_for
from tests.browser.site import Site

Asks = Callable[..., str]
_LONG = "<p>Long text.</p>" * 200 + '<p id="done"><b>Done</b></p>'


def _scroll(page: Page, percent: int) -> None:
    page.evaluate("part => scrollTo(0, document.documentElement.scrollHeight * part - innerHeight + 1)", percent / 100)


def _moves(page: Page, *places: int) -> None:
    for place in places:
        page.mouse.move(500, place)


_TRIGGERS: dict[str, tuple[dict[str, Any], Callable[[Page], Any], Callable[[Page], Any]]] = {
    # What the survey waits for, what is not enough, and what is.
    "event": (
        {"event": "done"},
        lambda page: page.evaluate("feedback('track', 'begun'), feedback('track'), feedback('track', {})"),
        lambda page: page.evaluate("feedback('track', 'done')"),
    ),
    "scroll": ({"scroll_percent": 60}, lambda page: _scroll(page, 50), lambda page: _scroll(page, 61)),
    "click": (
        {"click": "#done"},
        lambda page: page.get_by_role("button", name="Work").click(),
        lambda page: page.get_by_text("Done").click(),
    ),
    "exit intent": (
        {"exit_intent": True},
        lambda page: _moves(page, 300, 10, 200),
        lambda page: _moves(page, 20, -5),
    ),
}


@pytest.mark.parametrize(("on", "not_enough", "enough"), _TRIGGERS.values(), ids=_TRIGGERS)
def test_a_survey_waits_for_its_trigger(
    anna: Person,
    site: Site,
    running: Running,
    asks: Asks,
    on: dict[str, Any],
    not_enough: Callable[[Page], Any],
    enough: Callable[[Page], Any],
) -> None:
    name = asks(delay_s=0, on=on)
    ((kind, what),) = on.items()
    site.serve(running.url, running.tag(kind), body=_LONG)
    anna.visit(site.origin)
    waits = f"^waiting for {kind} {str(what).replace('True', 'true')}$"
    anna.is_left_alone(waits, name)
    not_enough(anna.page)
    anna.page.wait_for_timeout(200)
    anna.is_left_alone(waits, name)
    enough(anna.page)
    anna.answers(9)
    assert anna.why(name) == "a card is open"
    assert (running.scores(kind), len(running.impressions(kind))) == ([9], 1)


def test_a_selector_that_is_none_hurts_neither_the_page_nor_another_survey(
    anna: Person, site: Site, running: Running, asks: Asks
) -> None:
    broken, good = asks(delay_s=0, on={"click": "p >> ["}), asks(delay_s=0, on={"click": "#done"})
    site.serve(running.url, running.tag("selects"), body=_LONG)
    anna.visit(site.origin)
    anna.is_left_alone("waiting for click", good)
    anna.page.get_by_text("Done").click()
    anna.radios.first.wait_for()
    assert anna.why(broken) == "a card is open"


def test_in_a_single_page_application_only_the_page_that_is_meant_is_asked(
    anna: Person, site: Site, running: Running, asks: Asks
) -> None:
    pages = {"all": [{"path": {"glob": "/orders/*/done"}}, {"not": {"url": {"contains": "preview"}}}]}
    name = asks(delay_s=0, pages=pages)
    site.serve(running.url, running.tag("routes"))
    anna.visit(site.origin)
    anna.is_left_alone("^page is not .path glob /orders/./done and not url contains preview.$", name)
    for elsewhere in ("/orders", "/orders/7/done?preview=1", "/orders/7/done/not-yet"):
        anna.page.evaluate("to => history.pushState(null, '', to)", elsewhere)
        anna.is_left_alone("page is not", name)
    anna.page.evaluate("history.pushState(null, '', '/orders/7/done')")
    anna.answers(8)
    anna.page.evaluate("history.pushState(null, '', '/orders/8/done')")
    anna.page.wait_for_timeout(300)
    assert (running.scores("routes"), len(running.impressions("routes"))) == ([8], 1)


def test_who_has_left_the_page_when_the_delay_ends_is_asked_when_they_are_back(
    anna: Person, site: Site, running: Running, asks: Asks
) -> None:
    name = asks(delay_s=1, pages={"path": {"exact": "/"}})
    site.serve(running.url, running.tag("wanders"))
    anna.visit(site.origin)
    anna.is_left_alone("delay of 1 s", name)
    anna.page.evaluate("history.pushState(null, '', '/elsewhere')")
    anna.page.wait_for_timeout(1300)
    anna.is_left_alone("^page is not path exact /$", name)
    assert running.impressions("wanders") == []
    anna.page.evaluate("history.back()")
    anna.answers(7)
    assert running.scores("wanders") == [7]


def test_without_the_navigation_api_the_application_says_where_it_is(
    anna: Person, site: Site, running: Running, asks: Asks
) -> None:
    anna.context.add_init_script("Object.defineProperty(window, 'navigation', { value: undefined })")
    name = asks(delay_s=0, pages={"path": {"prefix": "/done"}})
    site.serve(running.url, running.tag("older-browser"))
    anna.visit(site.origin)
    anna.is_left_alone("page is not", name)
    anna.page.evaluate("history.pushState(null, '', '/done'), feedback('page')")
    anna.answers(3)
    assert running.scores("older-browser") == [3]


_DEVICES = {
    "desktop": {},
    "tablet": {"viewport": {"width": 820, "height": 1180}, "has_touch": True, "is_mobile": True},
    "mobile": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
}


@pytest.mark.parametrize("device", _DEVICES)
def test_a_survey_is_asked_on_the_devices_that_are_meant(
    browser: Browser, site: Site, running: Running, asks: Asks, device: str
) -> None:
    here, elsewhere = asks(delay_s=0, devices=(device,)), asks(delay_s=0, devices=tuple({*_DEVICES} - {device}))
    settings = _DEVICES[device]
    with Person.of(browser, **settings, screen=settings.get("viewport")) as anna:
        site.serve(running.url, running.tag(f"on-{device}"))
        anna.visit(site.origin)
        anna.answers(6)
        (only,) = running.impressions(f"on-{device}")
        anna.button("Close").click()
        anna.is_left_alone(f"^not on {device}$", elsewhere)
        assert anna.why(here) == "shown"
        assert only.state == "answered"


@pytest.mark.parametrize(
    ("definition", "reason"),
    [({"sample": 1e-9}, "not_in_sample"), ({"seats": {"country": ("DE",)}}, "other_seats")],
    ids=["sample", "seats"],
)
def test_what_the_service_decides_is_said_as_it_is(
    anna: Person, site: Site, running: Running, asks: Asks, definition: dict[str, Any], reason: str
) -> None:
    name = asks(delay_s=0, **definition)
    site.serve(running.url, running.tag(reason))
    anna.visit(site.origin)
    anna.is_left_alone(f'^server: .*"reason":"{reason}"', name)
    assert running.impressions(reason) == []


def test_where_the_partner_forbids_it_nobody_is_asked(anna: Person, site: Site, running: Running, asks: Asks) -> None:
    name = asks(delay_s=0)
    with running.world.services.database.transaction() as session:
        strict = create_partner(session, "tailspin", "Tailspin", now=system_clock())
        record_policy(session, strict.id, PolicyTerms(may_ask=False), now=system_clock())
    site.serve(running.url, running.tag("forbidden", partner="tailspin"))
    anna.visit(site.origin)
    anna.is_left_alone('"reason":"not_allowed"', name)
    running.allows(strict)
    anna.page.evaluate("token => feedback('identify', { token })", running.world.token("allowed", partner="tailspin"))
    anna.radios.first.wait_for()


def test_without_a_token_a_key_of_the_vendor_asks_nobody_until_there_is_one(
    anna: Person, site: Site, running: Running, asks: Asks
) -> None:
    name = asks(delay_s=0)
    site.serve(running.url, running.tag(None))
    anna.visit(site.origin)
    anna.is_left_alone("^no token$", name)
    anna.page.evaluate("token => feedback('identify', { token })", running.world.token("at-last"))
    anna.answers(9)
    wait_for(lambda: running.scores("at-last") == [9])


def test_whose_browser_wants_nothing_kept_is_not_asked_again_and_again(
    anna: Person, site: Site, running: Running, asks: Asks
) -> None:
    anna.context.add_init_script("Object.defineProperty(navigator, 'globalPrivacyControl', { value: true })")
    name = asks(delay_s=0)
    site.serve(running.url, running.tag(None, running.world.partner_key))
    anna.visit(site.near)
    anna.is_left_alone("^GPC$", name)
    anna.is_asked(name)
    anna.answers(5)
    kept = "Object.keys(localStorage).length"
    assert (anna.page.evaluate(kept), anna.card.locator("html").evaluate(kept)) == (0, 0)
