"""A partner's own page in a real browser: narrow and wide, light and dark, on paper, with names that do not fit."""

from collections.abc import Iterator
from datetime import date

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from feedback.decisions.product_releases import NewProductRelease, add_product_release
from feedback.partners.keys import create_embed_key
from feedback.partners.queries import partner_by_slug
from feedback.privacy import links
from feedback.privacy.commands import permit_attribute, release_due
from feedback.privacy.shown import Shown
from tests.browser import test_desk
from tests.browser.test_desk import LONG, WATCH
from tests.browser.test_every_page import _AXE, _BROKEN, NAUGHTY
from tests.gap.world import World, people

made, world, url = test_desk.made, test_desk.world, test_desk.url


@pytest.fixture
def pages(world: World) -> dict[str, str]:
    """Paths of pages: by what is special about them."""
    services = world.services
    now = services.clock()
    found = {}
    for slug in ("long", "arabic"):
        world.seats(slug, people(60))
        world.policy(slug, may_share_back=True)
        for place, team in enumerate((LONG, NAUGHTY)):
            scores = {person: (3, 8, 10)[number % 3] for number, person in enumerate(people(20, 20 * place))}
            world.answers(slug, "end_user", scores, on="2026-10-10", attributes={"team": team[:60]})
    with services.database.transaction() as session:
        permit_attribute(session, world.ids["long"], "team", actor="cli", now=now)
        for slug in ("long", "arabic"):
            assert isinstance(release_due(session, services.settings, world.ids[slug], now=now), Shown)
        add_product_release(session, NewProductRelease(date(2026, 10, 2), "4.2", NAUGHTY + LONG), actor="cli", now=now)
        create_embed_key(session, LONG, ["https://portal.example"], partner_id=world.ids["long"], live=True, now=now)
        for slug in ("long", "arabic", "acme"):
            partner = partner_by_slug(session, slug)
            secret = services.secrets.cookie
            found[slug] = f"/p/{links.make_link(session, partner, days=9, secret=secret, actor='cli', now=now)[1]}"
    return {**found, "seen": f"{found['long']}/what-is-seen", "unknown": "/p/x"}


@pytest.fixture
def anybody(browser: Browser) -> Iterator[BrowserContext]:
    """A browser nobody used before."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.add_init_script(WATCH)
    yield context
    context.close()


def wrong_with(page: Page, width: int, scheme: str) -> list[object]:
    """What does not fit or breaks a rule at this width, in this light."""
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    over = page.evaluate("document.documentElement.scrollWidth") - width
    passed, broken = page.evaluate(_BROKEN)
    assert passed > 5, "the rules are at work"
    return [*broken, *([f"{over} px too wide"] if over > 0 else [])]


def test_the_partners_page_fits_and_breaks_no_rule(anybody: BrowserContext, url: str, pages: dict[str, str]) -> None:
    page = anybody.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    for kind, path in pages.items():
        response = page.goto(url + path)
        assert response is not None and response.status == (404 if kind == "unknown" else 200)
        page.evaluate(_AXE)
        for width, scheme in ((1280, "light"), (375, "dark")):
            assert wrong_with(page, width, scheme) == [], (kind, width, scheme)
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert ground == "rgb(23, 22, 20)"
        assert page.evaluate("violations") == [], kind
    assert [one for one in complaints if "404" not in one] == []
    # On paper: what leads elsewhere on the screen is not printed.
    page.goto(url + pages["seen"])
    page.emulate_media(media="print")
    assert not page.get_by_text("Back to the numbers").is_visible()
    assert page.get_by_text("What everybody can do").is_visible()
    # A page of A4 between its margins: what is wider is cut off, and nobody can scroll there.
    page.set_viewport_size({"width": 700, "height": 900})
    for kind in ("seen", "long"):
        page.goto(url + pages[kind])
        assert page.evaluate("document.documentElement.scrollWidth") == 700, kind


def test_the_page_leads_to_what_is_seen_and_tells_nobody_where_from(
    anybody: BrowserContext, url: str, pages: dict[str, str]
) -> None:
    page = anybody.new_page()
    asked = []
    page.on("request", lambda request: asked.append((request.url, request.all_headers().get("referer"))))
    page.goto(url + pages["long"])
    page.get_by_role("link", name="What you see, what you never see").click()
    page.get_by_role("heading", name="never sees, and how that is tested").wait_for()
    assert {one for one, _ in asked if not one.startswith(url)} == set()
    assert not any(referer for _, referer in asked)
