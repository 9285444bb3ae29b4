"""A service that fails, is slow or speaks nonsense: the page stays whole, no score is lost and none counts twice."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Route

from tests.browser.person import Person
from tests.browser.service import Running, wait_for
from tests.browser.site import Site

_CORS = {"Access-Control-Allow-Origin": "*"}
_NETWORK = "Failed to load resource|net::ERR_|blocked by CORS policy|MIME type"

Fault = Callable[[Route], None]


def says(status: int, body: str = "", kind: str = "application/json", headers: dict[str, str] = _CORS) -> Fault:
    """A service that answers so."""
    return lambda route: route.fulfill(status=status, body=body, content_type=kind, headers=headers)


def fails(route: Route) -> None:
    """No network."""
    route.abort()


_FAULTS: dict[str, Fault] = {
    "404": says(404, '{"code": "KEY_UNKNOWN", "detail": "There is no such key."}'),
    "500": says(500, "<html>Oops"),
    "503 of a proxy": says(503, "busy", "text/plain", {}),
    "broken JSON": says(200, '{"surveys": ['),
    "null": says(200, "null"),
    "a number": says(200, "5"),
    "another object": says(200, '{"surveys": [{}], "rules": 5, "due": 1, "frame": {}, "look": null}'),
    "no network": fails,
}
by_fault = pytest.mark.parametrize("fault", _FAULTS.values(), ids=_FAULTS)


@by_fault
def test_without_a_configuration_the_page_lives_and_the_console_can_say_why(
    anna: Person, site: Site, running: Running, fault: Fault
) -> None:
    anna.forgiven = _NETWORK
    anna.context.route("**/config", fault)
    site.serve(running.url, running.tag("no-config"))
    anna.visit(site.origin)
    with anna.page.expect_console_message(lambda one: one.text.startswith("feedback: it could not start: ")):
        anna.page.evaluate("feedback('why')")
    calls = "feedback(), feedback('ask', 'end-user-nps'), feedback('track', 'x'), feedback('identify', null)"
    assert anna.page.evaluate(f"({calls}, 'alive')") == "alive"
    assert (anna.cards.count(), running.impressions("no-config")) == (0, [])


@pytest.mark.parametrize(
    "fault", [says(404), says(200, "throw 1", "text/javascript"), fails], ids=["404", "not it", "no"]
)
def test_without_its_second_script_the_page_lives(anna: Person, site: Site, running: Running, fault: Fault) -> None:
    anna.forgiven = _NETWORK
    anna.context.route("**/embed/rules.*", fault)
    site.serve(running.url, running.tag("no-rules"))
    anna.visit(site.origin)
    with anna.page.expect_console_message(lambda one: one.text.startswith("feedback: it could not start: ")):
        anna.page.evaluate("feedback('why')")
    assert anna.cards.count() == 0


@by_fault
def test_where_permission_cannot_be_had_nobody_is_asked_until_it_can(
    anna: Person, site: Site, running: Running, fault: Fault, request: pytest.FixtureRequest
) -> None:
    who = f"no-grant-{request.node.callspec.id}"
    anna.forgiven = _NETWORK
    anna.context.route("**/impressions", fault, times=1)
    site.serve(running.url, running.tag(who))
    anna.visit(site.origin)
    anna.page.evaluate("feedback('ask', 'end-user-nps')")
    anna.is_left_alone("failed: |server: ")
    anna.is_asked()
    anna.answers(7)
    assert (running.scores(who), len(running.impressions(who))) == ([7], 1)


@pytest.mark.parametrize("fault", [says(500), fails], ids=["500", "no network"])
def test_a_frame_that_does_not_come_is_taken_away(
    anna: Person, site: Site, running: Running, fault: Fault, request: pytest.FixtureRequest
) -> None:
    anna.forgiven = _NETWORK
    anna.page.clock.install()
    anna.context.route("**/frame?**", fault)
    site.serve(running.url, running.tag(f"no-frame-{request.node.callspec.id}"))
    anna.visit(site.origin)
    anna.asks()
    frame = anna.page.locator("iframe")
    frame.wait_for(state="attached")
    assert not frame.is_visible()
    anna.page.clock.fast_forward(31_000)
    frame.wait_for(state="detached")
    assert "no frame" in anna.why()


def test_a_slow_service_takes_every_word_once(anna: Person, site: Site, running: Running) -> None:
    def slowly(route: Route) -> None:
        anna.page.wait_for_timeout(700)
        route.continue_()

    anna.context.route(f"{running.url}/v1/**", slowly)
    site.serve(running.url, running.tag("slow"))
    anna.visit(site.origin)
    anna.page.evaluate("feedback('ask', 'end-user-nps'), feedback('ask', 'end-user-nps')")
    anna.radios.nth(2).click()
    anna.radios.nth(9).click()
    anna.card.get_by_role("textbox").fill("At last")
    anna.button("Send").click()
    anna.card.get_by_text("Saved.", exact=True).wait_for()
    (only,) = running.responses("slow")
    assert (only.score, only.comment, only.complete, only.revision) == (9, "At last", True, 3)
    wait_for(lambda: [one.score for one in running.voices("slow")] == [9])
    assert (len(running.impressions("slow")), anna.cards.count()) == (1, 1)


def test_an_answer_whose_acknowledgement_is_lost_is_sent_again_and_counts_once(
    anna: Person, site: Site, running: Running
) -> None:
    arrived: list[int] = []

    def lose_the_reply(route: Route) -> None:
        arrived.append(route.fetch().status)
        route.abort() if len(arrived) == 1 else route.fulfill(status=arrived[-1], body="{}")

    anna.forgiven = _NETWORK
    anna.context.route("**/responses/*", lose_the_reply)
    site.serve(running.url, running.tag("unheard"))
    anna.visit(site.origin)
    anna.is_asked()
    anna.radios.nth(5).click()
    anna.card.get_by_text("Not saved yet.").wait_for()
    anna.card.get_by_text("Saved.", exact=True).wait_for()
    assert arrived == [201, 200]
    assert [(one.score, one.revision) for one in running.responses("unheard")] == [(5, 1)]
    wait_for(lambda: [one.score for one in running.voices("unheard")] == [5])


def test_an_answer_that_is_refused_for_good_is_not_sent_for_ever(anna: Person, site: Site, running: Running) -> None:
    tries: list[str] = []

    def refuse(route: Route) -> None:
        tries.append(route.request.method)
        route.fulfill(status=422, body="{}")

    anna.forgiven = _NETWORK
    anna.context.route("**/responses/*", refuse)
    site.serve(running.url, running.tag("refused"))
    anna.visit(site.near)
    anna.is_asked()
    anna.radios.nth(5).click()
    anna.card.get_by_text("This could not be saved.").wait_for()
    assert anna.card.locator("html").evaluate("localStorage.length") == 0
    anna.page.wait_for_timeout(2500)
    assert tries == ["PUT"]
