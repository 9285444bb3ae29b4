"""The desk in a real browser: narrow and wide, light and dark, under its own strict policy."""

import re
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from werkzeug.serving import make_server

from feedback.core import secrets
from feedback.core.services import Services
from feedback.settings import Settings
from feedback.staff import commands
from tests.conftest import FakeClock, app_on, sqlite_at
from tests.gap.world import World

LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft mbH"
ARABIC = "مجموعة سهيل الشمالية للخدمات اللوجستية والتوزيع المحدودة"

WATCH = """
window.violations = [];
document.addEventListener('securitypolicyviolation', event => violations.push(event.violatedDirective));
"""
OUTSIDE = """() => [...document.querySelectorAll('.chart svg.marks *, .reach svg > *')].filter(mark => {
    const box = mark.getBoundingClientRect();
    return box.width && (box.left < -0.5 || box.right > innerWidth + 0.5);
}).map(mark => mark.outerHTML.slice(0, 80))"""

PLACES = """() => [...document.querySelectorAll('section, h2, table, figure')]
    .map(one => Math.round(one.getBoundingClientRect().top))"""


def wait_until_drawn(page: Page) -> None:
    """All charts of the page, if it has any."""
    page.wait_for_function("!document.querySelector('.drawing:not(.drawn)')")


def place(home: Path) -> Services:
    """Services on the database in `home`."""
    path = home / "feedback.sqlite3"
    settings = Settings(home=home, database_url=f"sqlite:///{path}")
    return Services(settings, sqlite_at(path), secrets.load(settings), FakeClock(), lambda _: None)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path) -> tuple[Path, dict[str, UUID]]:
    """A home with partners in it, made once to be copied, and the partners' ids."""
    home = tmp_path_factory.mktemp("made")
    shutil.copyfile(migrated_sqlite, home / "feedback.sqlite3")
    world = World(place(home))
    for slug, name, users, buyers in (
        ("long", LONG, [0, 0, 1], [10, 10]),
        ("arabic", ARABIC, [9, 8, 3, 7], [9, 6, 10]),
        ("wide", "W" * 180, [10, 10], [0]),
        ("acme", "Acme", [7, 8], [8]),
    ):
        world.partner(slug, 40, name=name)
        world.answers(slug, "end_user", users)
        world.answers(slug, "end_user", users, on="2026-09-10")
        world.answers(slug, "buyer", buyers)
        world.seats(slug, ["ida", "ben", "eve"])
        world.active(slug, ["ida"], "2026-11-02")
    for slug in ("long", "arabic", "wide"):
        terms = {"notice_on": "2026-11-01", "yearly_value_minor_units": 980_000_000, "currency": "EUR"}
        world.contract(slug, "soon", 40, "2026-01-01", "2026-12-20", **terms)
    world.services.database.close()
    return home, world.ids


@pytest.fixture
def world(made: tuple[Path, dict[str, UUID]], tmp_path: Path) -> Iterator[World]:
    """Partners with long names, names from right to left, and scores at the very ends."""
    home, ids = made
    shutil.copytree(home, tmp_path, dirs_exist_ok=True)
    world = World(place(tmp_path), dict(ids))
    yield world
    world.services.database.close()


@pytest.fixture
def url(world: World) -> Iterator[str]:
    """Where the desk is served, on a port of its own."""
    server = make_server("127.0.0.1", 0, app_on(world.services), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def sign_in(context: BrowserContext, world: World, url: str) -> Page:
    """The desk, entered by pressing the button that a sign-in link shows."""
    now = world.services.clock()
    with world.services.database.transaction() as session:
        member = commands.ensure_first(session, now=now)
        token = commands.create_sign_in_link(session, member.email, now=now)
    page = context.new_page()
    page.goto(f"{url}/login/{token}")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/desk")
    return page


@pytest.mark.parametrize(("width", "scheme"), [(375, "dark"), (1280, "light")])
def test_the_page_fits_and_breaks_no_rule(browser: Browser, world: World, url: str, width: int, scheme: str) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    context.add_init_script(WATCH)
    complaints: list[str] = []
    context.on("console", lambda message: complaints.append(message.text))
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    page = sign_in(context, world, url)
    for path in (
        "/desk",
        "/desk/charts/gaps",
        "/desk/partners/arabic",
        "/desk?sort=name",
        "/desk?q=nobody",
        "/desk?from=2026-01&to=2026-02",
        "/desk/renewals",
    ):
        page.goto(url + path)
        wait_until_drawn(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert page.evaluate(OUTSIDE) == [], path
        assert page.evaluate("violations") == [], path
    page.goto(f"{url}/desk")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == {"light": "rgb(251, 250, 247)", "dark": "rgb(23, 22, 20)"}[scheme]
    assert page.evaluate("getComputedStyle(document.querySelector('.kpis')).display") == "grid"
    assert complaints == []
    context.close()


def test_a_mark_stands_where_its_score_is(browser: Browser, world: World, url: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = sign_in(context, world, url)
    wait_until_drawn(page)

    def middle(selector: str, index: int) -> float:
        box = page.locator(f".gaps {selector}").nth(index).bounding_box()
        assert box is not None
        return box["x"] + box["width"] / 2

    ends = [middle(".role-axis-grid line", index) for index in (0, 4)]
    rows = {row.partner: row for row in world.values().partners}
    for index, slug in enumerate(["long", "wide", "arabic", "acme"]):
        sides = ((".end_users_marks path", rows[slug].end_user.score), (".buyers_marks path", rows[slug].buyer.score))
        for selector, score in sides:
            assert score is not None
            expected = ends[0] + (score + 100) / 200 * (ends[1] - ends[0])
            assert abs(middle(selector, index) - expected) < 1
    context.close()


@pytest.mark.parametrize("width", [375, 1280])
def test_nothing_moves_when_charts_are_drawn(browser: Browser, world: World, url: str, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800})
    page = sign_in(context, world, url)
    for path in ("/desk", "/desk/partners/arabic"):
        page.route("**/charts.*.js", lambda route: route.abort())
        page.goto(url + path)
        before = page.evaluate(PLACES)
        page.unroute("**/charts.*.js")
        page.goto(url + path)
        wait_until_drawn(page)
        assert page.evaluate(PLACES) == before
    context.close()


def test_a_narrow_page_gets_the_narrow_layout_also_when_it_becomes_one(
    browser: Browser, world: World, url: str
) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = sign_in(context, world, url)
    wait_until_drawn(page)
    wide = page.locator(".gaps svg.marks").bounding_box()
    page.set_viewport_size({"width": 375, "height": 800})
    page.wait_for_function("document.querySelector('.gaps svg.marks').getBoundingClientRect().width < 350")
    narrow = page.locator(".gaps svg.marks").bounding_box()
    assert wide is not None and narrow is not None
    assert narrow["height"] > wide["height"]
    context.close()


def test_without_scripts_the_charts_are_pictures(browser: Browser, world: World, url: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, java_script_enabled=False)
    page = sign_in(context, world, url)
    picture = page.locator(".map noscript img, .map img")
    expect(picture).to_have_attribute("alt", re.compile("^The map: "))
    answer = context.request.get(url + (picture.get_attribute("src") or ""))
    assert (answer.status, answer.headers["content-type"].split(";")[0]) == (200, "image/svg+xml")
    context.close()


def test_charts_follow_the_page_into_the_dark_and_onto_paper(browser: Browser, world: World, url: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, color_scheme="light")
    page = sign_in(context, world, url)
    wait_until_drawn(page)
    fill = "getComputedStyle(document.querySelector('.end_users_marks path')).fill"
    assert page.evaluate(fill) == "rgb(11, 122, 117)"
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(fill) == "rgb(67, 184, 176)"
    page.emulate_media(color_scheme="dark", media="print")
    assert page.evaluate(fill) == "rgb(11, 122, 117)"
    page.emulate_media(color_scheme="light", media="screen", forced_colors="active")
    assert page.evaluate(fill) == page.evaluate("getComputedStyle(document.body).color")
    context.close()


@pytest.mark.parametrize("path", ["/desk/one-page", "/desk/report"])
def test_the_report_to_print_has_its_style_and_breaks_no_rule(
    browser: Browser, world: World, url: str, path: str
) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.add_init_script(WATCH)
    page = sign_in(context, world, url)
    page.goto(url + path)
    assert page.evaluate("violations") == []
    assert page.evaluate("getComputedStyle(document.querySelector('.kpis')).display") == "grid"
    context.close()


def test_a_dot_says_what_it_is_and_leads_to_its_partner(browser: Browser, world: World, url: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.add_init_script(WATCH)
    page = sign_in(context, world, url)
    wait_until_drawn(page)
    dot = page.locator(".map .dots_marks path").first
    dot.hover()
    tooltip = page.locator("#vg-tooltip-element")
    expect(tooltip).to_contain_text("Activated")
    assert tooltip.evaluate("one => getComputedStyle(one).position") == "fixed"
    assert page.evaluate("violations") == []
    dot.click()
    page.wait_for_url("**/desk/partners/*")
    context.close()


def test_the_desk_works_by_keyboard(browser: Browser, world: World, url: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = sign_in(context, world, url)
    page.get_by_role("searchbox").focus()
    page.keyboard.type("acm")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=acm**")
    expect(page.locator("section[aria-labelledby=partners] tbody th bdi")).to_have_text(["Acme"])
    page.get_by_role("link", name="show all").press("Enter")
    page.get_by_role("link", name="Partner", exact=True).press("Enter")
    page.wait_for_url("**sort=name**")
    expect(page.get_by_role("columnheader", name="Partner", exact=True)).to_have_attribute("aria-sort", "ascending")
    page.locator(".renewals summary").first.press("Enter")
    page.get_by_label("Next step").first.fill("Call Ida")
    page.keyboard.press("Enter")
    page.wait_for_url("**#renewals")
    expect(page.locator(".renewals summary").first).to_contain_text("Call Ida")
    page.get_by_role("button", name="Sign out").press("Enter")
    page.wait_for_url("**/login")
    page.goto(f"{url}/desk")
    expect(page.get_by_role("heading")).to_have_text("Sign in")
    context.close()
