"""Somebody in front of a partner's page: what they do, and what goes wrong in their browser."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from playwright.sync_api import Browser, BrowserContext, FrameLocator, Locator, Page, Response

from tests.browser.service import wait_for

# In every frame, before its own scripts and whatever its policy.
_WATCH = """
window.violations = []
addEventListener('securitypolicyviolation', (event) =>
  violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`))
"""


_USUAL = "end-user-nps"


class Person:
    """One page in a browser. `forgiven`: pattern of what the console may say where a test breaks things on purpose."""

    known_from_s = 0.0
    """When every process of the service knows that the usual survey, which was paused for a test, is live again."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.page: Page = context.new_page()
        self.console: list[str] = []
        self.thrown: list[str] = []
        self.forgiven = r"(?!)"
        self.page.on("console", lambda one: self.console.append(one.text) if one.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.thrown.append(str(error)))

    @classmethod
    @contextmanager
    def of(cls, browser: Browser, **context: Any) -> Iterator["Person"]:
        """A person with a new browser profile; nothing may have gone wrong in it by the end."""
        settings = {"locale": "en-US", "viewport": {"width": 1000, "height": 700}, **context}
        with browser.new_context(**settings) as opened:
            opened.set_default_timeout(10_000)
            opened.add_init_script(_WATCH)
            person = cls(opened)
            yield person
            person.check()

    @contextmanager
    def another_tab(self) -> Iterator["Person"]:
        """The same person, at a second page."""
        tab = Person(self.context)
        yield tab
        tab.check()

    def check(self) -> None:
        """Nothing was thrown, no policy was hurt, and the console is empty."""
        violations = [one for frame in self.page.frames for one in frame.evaluate("window.violations ?? []")]
        said = [one for one in self.console if not re.search(self.forgiven, one)]
        assert (self.thrown, violations, said) == ([], [], []), (self.thrown, violations, said)

    def visit(self, address: str) -> None:
        """Open a page and wait for the widget's loader."""
        self.page.goto(address)
        self.page.wait_for_function("() => window.feedback?.loaded")

    def is_asked(self, survey: str = _USUAL) -> None:
        """The page asks by hand, and the card is there and said so."""
        said = self.asks(survey)
        assert said.status == 201, said.text()
        self.card.get_by_role("radio").first.wait_for()

    def asks(self, survey: str = _USUAL) -> Response:
        """The page asks by hand; what the service said to it."""
        if survey == _USUAL:
            time.sleep(max(0.0, Person.known_from_s - time.monotonic()))
        with self.page.expect_response(lambda one: one.url.endswith("/impressions")) as said:
            self.page.evaluate("survey => feedback('ask', survey)", survey)
        return said.value

    def why(self, survey: str = _USUAL) -> str:
        """What the console says, on request, about why a survey is or is not shown."""
        start = f"feedback: {survey}: "
        with self.page.expect_console_message(lambda one: one.text.startswith(start)) as said:
            self.page.evaluate("feedback('why')")
        return said.value.text.removeprefix(start)

    def is_left_alone(self, why: str, survey: str = _USUAL) -> None:
        """Nobody asked, and the console can say why not, in words that match `why`."""
        wait_for(lambda: re.search(why, self.why(survey)), 10, lambda: f"{self.why(survey)!r} is not {why!r}")
        assert self.cards.count() == 0

    @property
    def cards(self) -> Locator:
        """Frames that are seen in the page."""
        return self.page.locator("iframe:visible")

    @property
    def card(self) -> FrameLocator:
        """Inside the card."""
        return self.cards.content_frame

    def number(self, score: int) -> Locator:
        """A number on the card."""
        return self.card.get_by_role("radio", name=str(score), exact=True)

    @property
    def radios(self) -> Locator:
        """The numbers or options on the card, whatever the language."""
        return self.card.locator("[name=score]")

    def answers(self, place: int) -> None:
        """Choose the number or option at `place`, from 0, and wait until the card says that it is saved."""
        self.chooses(place)
        self.card.get_by_text("Saved.", exact=True).wait_for()

    def chooses(self, place: int) -> None:
        """The same without the waiting. A click on a frame that was just moved may get lost in a slow browser."""
        radio = self.radios.nth(place)
        for _ in range(3):
            radio.click()
            with suppress(AssertionError):
                wait_for(radio.is_checked, 2)
                return
        radio.check()

    def button(self, name: str) -> Locator:
        """A button on the card."""
        return self.card.get_by_role("button", name=name, exact=True)

    def focused(self) -> Locator:
        """What has the focus in the card."""
        return self.card.locator(":focus")

    def height(self) -> float:
        """How tall the card is for the page, once it has come to rest: as tall as its content, which says so later."""
        self.page.wait_for_timeout(150)
        wait_for(lambda: abs(self._height(self.cards) - self._height(self.card.locator("main"))) < 1)
        return self._height(self.cards)

    def _height(self, one: Locator) -> float:
        box = one.bounding_box()
        assert box
        return box["height"]
