"""Every page of the desk as each role: no rule of accessibility broken, nothing said to the console, nothing cut off.

Pages are found as a reader finds them: by the links on those that were found before, one for each kind of page.
What one role was shown is not looked at again when another is shown the very same.
FEEDBACK_SOAK=1 looks at each in every width and light, and for every role.
"""

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Response
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter

from feedback.decisions import commands
from feedback.decisions.product_releases import NewProductRelease, add_product_release
from feedback.decisions.values import NewClaim, NewDecision
from feedback.notices import endpoints
from feedback.notices.endpoints import NewEndpoint
from feedback.partners.keys import create_embed_key
from feedback.partners.notice_texts import NewNotice, publish_notice
from feedback.privacy.commands import release_due
from feedback.privacy.shown import Shown
from feedback.staff import commands as staff
from feedback.surveys.commands import change_draft, create_survey, publish
from feedback.surveys.definition import Definition
from tests.browser import test_desk
from tests.browser.test_desk import ARABIC, LONG, WATCH
from tests.conftest import app_on
from tests.desk.speaking import say
from tests.gap.world import World

made, url = test_desk.made, test_desk.url
ROLES = ("admin", "researcher", "analyst", "account")
SURVEY = "a" * 80
NAUGHTY = "<img src=x onerror=alert(1)> {{ 7 * 7 }} ' \" &amp; \u202e"
_AXE = (Path(__file__).parents[2] / "widget/node_modules/axe-core/axe.min.js").read_text()
_BROKEN = """() => axe.run(document, { resultTypes: ['violations'] }).then(({ violations, passes }) => [
  passes.length,
  violations.flatMap(({ id, nodes }) => nodes.map((one) => [id, one.html.slice(0, 200), one.failureSummary])),
])"""
_UNREACHED = """() => [...document.querySelectorAll('main a[href], main button, main summary, main input, main select')]
  .filter((one) => one.tabIndex < 0 && one.type !== 'hidden' && !one.disabled && one.checkVisibility())
  // A dot's link stands in the table behind its chart.
  .filter((one) => !one.closest('svg'))
  .map((one) => one.outerHTML.slice(0, 120))"""
_LINKS = """() => [...document.querySelectorAll('a[href]')]
  .map((link) => new URL(link.getAttribute('href'), location).href)"""
# What stands in the page, and what stands around it; where one is in the menu does not make it another.
_PARTS = """() => {
  const around = document.body.cloneNode(true)
  around.querySelectorAll('[aria-current]').forEach((one) => one.removeAttribute('aria-current'))
  const inside = around.querySelector('main')
  inside.replaceWith('main')
  return [inside.outerHTML, around.outerHTML]
}"""
_TOKENS = re.compile(r'(?<=name="token" value=")[^"]*')

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
EVERY_WIDTH: tuple[tuple[int, Scheme], ...] = ((375, "light"), (768, "light"), (1280, "light"))
AXE_AT: tuple[tuple[int, Scheme], ...] = ((1280, "light"), (375, "dark"))
if os.environ.get("FEEDBACK_SOAK"):
    AXE_AT = tuple((width, scheme) for width, _ in EVERY_WIDTH for scheme in SCHEMES)


@pytest.fixture(scope="session")
def filled(made: tuple[Path, dict[str, UUID]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with something on every page, made once to be copied: the same pages for every role."""
    home = tmp_path_factory.mktemp("filled")
    shutil.copytree(made[0], home, dirs_exist_ok=True)
    world = World(test_desk.place(home), dict(made[1]))
    _fill(world)
    world.services.database.close()
    return home


@pytest.fixture
def world(filled: Path, made: tuple[Path, dict[str, UUID]], tmp_path: Path) -> Iterator[World]:
    """A copy of it."""
    shutil.copytree(filled, tmp_path, dirs_exist_ok=True)
    world = World(test_desk.place(tmp_path), dict(made[1]))
    yield world
    world.services.database.close()


def _fill(world: World) -> None:
    """What is hard to show: long names, other directions, markup."""
    now = world.services.clock()
    for slug, comment, locale in (("acme", NAUGHTY, "en"), ("arabic", ARABIC, "ar"), ("long", "x" * 400, None)):
        say(world, slug, comment, locale=locale)
    with world.services.database.transaction() as session:
        for slug, words in (("acme", NAUGHTY), ("arabic", ARABIC), ("long", LONG)):
            claim = NewClaim(words[:80], date(2026, 11, 2), words)
            commands.add_claim(session, world.ids[slug], claim, actor="cli", now=now)
            decision = NewDecision(words, words, words[:80], "end_user", words, date(2026, 11, 20))
            settings = world.services.settings
            commands.add_decision(session, settings, decision, partner_id=world.ids[slug], actor="cli", now=now)
            add_product_release(session, NewProductRelease(date(2026, 10, 2), words), actor="cli", now=now)
        own = Definition(choices=("price",), partners=("arabic", "long"), texts={"en": {"question": NAUGHTY + LONG}})
        survey = create_survey(session, SURVEY, "end_user", "nps", own, now=now)
        publish(session, survey, now=now)
        change_draft(survey, replace(own, texts={"ar": {"question": ARABIC}}))
        for version, locale, words in (("employees-1", "en", NAUGHTY), ("v" * 80, "ar", ARABIC)):
            publish_notice(session, NewNotice(version, locale, f"{words}\n\n{LONG}"), actor="cli", now=now)
        hook = NewEndpoint("signed", LONG, "https://example.com/hook", ("state.changed",))
        endpoints.add(session, hook, vault=world.services.secrets.vault, private=True, actor="cli", now=now)
        create_embed_key(session, LONG, ["https://portal.example"], partner_id=None, live=True, now=now)
    everybody = [f"person {number}" for number in range(12)]
    world.seats("arabic", everybody)
    world.policy("arabic", may_share_back=True)
    world.answers("arabic", "end_user", dict.fromkeys(everybody, 8), on="2026-10-10")
    with world.services.database.transaction() as session:
        assert isinstance(release_due(session, world.services.settings, world.ids["arabic"], now=now), Shown)


@dataclass
class Walk:
    """Somebody of one role who opens every kind of page once; `wrong` is what they came across."""

    page: Page
    url: str
    routes: MapAdapter
    looks: Sequence[tuple[int, Scheme]]
    known: set[str] = field(default_factory=set)
    """What was looked at in this walk or an earlier one, if it need not be looked at again."""
    seen: dict[str, str] = field(default_factory=dict)
    wrong: list[Any] = field(default_factory=list)

    def all(self, *starts: str) -> None:
        """From here on, until no link leads to another kind of page."""
        waiting = [f"{self.url}{path}" for path in starts]
        while waiting:
            here = waiting.pop()
            kind = self._kind(here)
            if kind is None or kind in self.seen:
                continue
            self.seen[kind] = urlsplit(here).path
            response = self.page.goto(here)
            assert response is not None
            self._look(response)
            waiting += self.page.evaluate(_LINKS)

    def _look(self, response: Response) -> None:
        path = urlsplit(response.url).path
        if response.status != 200:
            self.wrong.append((path, response.status))
        parts = {re.sub(_TOKENS, "", part) for part in self.page.evaluate(_PARTS)}
        if not parts <= self.known:
            self._examine(path)
            self.known |= parts
        if violations := self.page.evaluate("violations"):
            self.wrong.append((path, "policy", violations))

    def _examine(self, path: str) -> None:
        if unreached := self.page.evaluate(_UNREACHED):
            self.wrong.append((path, "not reached by keyboard", unreached))
        self.page.evaluate(_AXE)
        for width, scheme in dict.fromkeys((*EVERY_WIDTH, *self.looks)):
            self._as(width, scheme)
            over = self.page.evaluate("document.documentElement.scrollWidth") - width
            if over > 0:
                self.wrong.append((path, width, f"{over} px too wide"))
            if (width, scheme) not in self.looks:
                continue
            passed, broken = self.page.evaluate(_BROKEN)
            assert passed > 5, "the rules are at work"
            self.wrong += [(path, width, scheme, *one) for one in broken]

    def _as(self, width: int, scheme: Scheme) -> None:
        self.page.set_viewport_size({"width": width, "height": 900})
        self.page.emulate_media(color_scheme=scheme)
        self.page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")

    def _kind(self, link: str) -> str | None:
        """The endpoint that a link leads to; None outside the desk and for files."""
        path = urlsplit(link).path
        if not link.startswith(f"{self.url}/desk") or Path(path).suffix:
            return None
        try:
            endpoint, _ = self.routes.match(path, method="GET")
        except HTTPException:
            self.wrong.append((path, "a link to nowhere"))
            return None
        return str(endpoint)


@pytest.fixture
def routes(world: World) -> MapAdapter:
    """What the app answers."""
    return app_on(world.services).url_map.bind("127.0.0.1")


@pytest.fixture(scope="module")
def known() -> set[str]:
    """What was looked at, whoever was shown it."""
    return set()


@pytest.fixture
def visitor(browser: Browser) -> Iterator[BrowserContext]:
    """A browser nobody used before."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.add_init_script(WATCH)
    yield context
    context.close()


@pytest.mark.parametrize("role", ROLES)
def test_no_page_breaks_a_rule(
    visitor: BrowserContext, world: World, url: str, routes: MapAdapter, known: set[str], role: str
) -> None:
    complaints: list[str] = []
    visitor.on("console", lambda message: complaints.append(message.text))
    visitor.on("weberror", lambda error: complaints.append(str(error.error)))
    now = world.services.clock()
    with world.services.database.transaction() as session:
        staff.add(session, "ann@example.com", name=LONG, role=role, now=now)
        token = staff.create_sign_in_link(session, "ann@example.com", now=now)
    page = visitor.new_page()
    page.goto(f"{url}/login/{token}")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/desk**")
    # What another role is shown of a page is a part of what admins are.
    soak = bool(os.environ.get("FEEDBACK_SOAK"))
    walk = Walk(page, url, routes, AXE_AT if role == "admin" or soak else AXE_AT[:1], set() if soak else known)
    # Of the surveys one that can be edited.
    walk.all("/desk", f"/desk/surveys/{SURVEY}" if role != "account" else "/desk")
    assert walk.wrong == []
    assert complaints == []
    assert len(walk.seen) >= {"admin": 36, "researcher": 28, "analyst": 22, "account": 4}[role], sorted(walk.seen)
