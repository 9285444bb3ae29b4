"""Pages that make it hard: strict policies, isolation, a sandbox, hostile styles. What is said there arrives once."""

import pytest

from feedback.core.clock import system_clock
from feedback.partners.keys import create_embed_key
from tests.browser.person import Person
from tests.browser.service import Running, wait_for
from tests.browser.site import Site
from tests.browser.views import views

_HOSTILE = """
@keyframes away { to { transform: translate(-9999px); opacity: 0 } }
html > *, body *, iframe {
  display: none !important; visibility: hidden !important; opacity: 0 !important; position: static !important;
  height: 1px !important; width: 1px !important; max-width: 0 !important; inset: auto !important;
  margin: -999px !important; transform: scale(0) !important; clip-path: circle(0) !important;
  pointer-events: none !important; z-index: -1 !important;
  animation: away 1ms infinite forwards !important; filter: opacity(0) !important; zoom: .01 !important
}
"""
_CLOSED_TO_FRAMES = """
if (parent !== self) for (const name of ['localStorage', 'sessionStorage', 'indexedDB'])
  Object.defineProperty(window, name, { get() { throw new DOMException('closed', 'SecurityError') } })
"""


def test_no_view_hurts_the_strictest_policy(anna: Person, site: Site, running: Running, everything: str) -> None:
    site.serve(running.url, running.tag("strict", partner="contoso"))
    anna.visit(site.origin)
    anna.is_asked(everything)
    seen = []
    for view in views(anna):
        anna.check()
        seen.append(view)
    assert len(set(seen)) == 8
    # The card says the last of what it did, and that is not the deletion.
    wait_for(lambda: running.responses("strict", running.world.other) == [])


@pytest.mark.parametrize(
    "headers",
    [
        {"Cross-Origin-Embedder-Policy": "require-corp"},
        {"Cross-Origin-Embedder-Policy": "require-corp", "Cross-Origin-Opener-Policy": "same-origin"},
        {"Cross-Origin-Embedder-Policy": "credentialless", "Cross-Origin-Opener-Policy": "same-origin"},
    ],
    ids=["embedder", "isolated", "credentialless"],
)
def test_a_page_that_isolates_itself_is_asked(
    anna: Person, site: Site, running: Running, headers: dict[str, str]
) -> None:
    who = f"isolated-{'-'.join(headers.values())}"
    site.headers |= headers
    site.serve(running.url, running.tag(who))
    anna.visit(site.origin)
    assert anna.page.evaluate("crossOriginIsolated") == (len(headers) == 2)
    anna.is_asked()
    anna.answers(6)
    assert running.scores(who) == [6]


@pytest.mark.parametrize("how", ["by its policy", "by the page around it"])
def test_a_page_without_an_origin_is_asked_where_the_key_says_so(
    anna: Person, site: Site, running: Running, how: str
) -> None:
    services = running.world.services
    with services.database.transaction() as session:
        key = create_embed_key(session, "boxed", ["null"], partner_id=None, live=True, now=system_clock()).key
    who = f"boxed-{how}"
    site.serve(running.url, running.tag(who, key), paths=("/boxed",))
    if how == "by its policy":
        site.policy += "; sandbox allow-scripts"
        anna.visit(f"{site.origin}/boxed")
        page = anna.page.main_frame
    else:
        around = '<!doctype html><title>Around</title><iframe sandbox="allow-scripts" src="/boxed" height=600></iframe>'
        site.files["/"] = ("text/html", around)
        site.policy = site.policy.replace("frame-src", "frame-src 'self'")
        anna.page.goto(site.origin)
        page = anna.page.main_frame.child_frames[0]
        page.wait_for_function("() => window.feedback?.loaded")
    assert page.evaluate("origin") == "null"
    page.evaluate("feedback('ask', 'end-user-nps')")
    card = page.frame_locator("iframe")
    card.get_by_role("radio", name="9", exact=True).click()
    card.get_by_text("Saved.", exact=True).wait_for()
    card.get_by_role("textbox").fill("From inside a box")
    card.get_by_role("button", name="Send").click()
    wait_for(lambda: [(one.score, one.comment) for one in running.responses(who)] == [(9, "From inside a box")])
    assert card.locator("html").evaluate("origin") == "null"


def test_styles_of_the_page_neither_hide_the_card_nor_move_it(anna: Person, site: Site, running: Running) -> None:
    site.serve(running.url, f"<style>{_HOSTILE}</style>{running.tag('styled')}")
    site.policy += "; style-src 'unsafe-inline'"
    anna.visit(site.origin)
    assert not anna.page.get_by_role("heading").is_visible(), "the page's styles are at work"
    anna.is_asked()
    box = anna.cards.bounding_box()
    assert box
    assert (box["x"] + box["width"], box["y"] + box["height"], box["width"]) == (984, 684, 560)
    seen = "([x, y]) => document.elementFromPoint(x, y)?.tagName"
    assert anna.page.evaluate(seen, [box["x"] + 200, box["y"] + 20]) == "IFRAME"
    anna.answers(8)
    assert running.scores("styled") == [8]


def test_a_frame_whose_storage_is_closed_loses_nothing_that_was_said_offline(
    anna: Person, site: Site, running: Running
) -> None:
    site.serve(running.url, running.tag("no-cookies"))
    anna.forgiven = "net::ERR_INTERNET_DISCONNECTED"
    anna.context.add_init_script(_CLOSED_TO_FRAMES)
    anna.visit(site.origin)
    anna.is_asked()
    anna.context.set_offline(True)
    anna.radios.nth(3).click()
    anna.card.get_by_text("Not saved yet.").wait_for()
    anna.context.set_offline(False)
    anna.card.get_by_text("Saved.", exact=True).wait_for()
    assert [(one.score, one.revision) for one in running.responses("no-cookies")] == [(3, 1)]
