"""The page tries every way to learn what was answered: what it gets is the same whatever the answer is."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator

from feedback.surveys.commands import pause, resume
from feedback.surveys.queries import survey_by_name
from tests.browser.person import Person
from tests.browser.service import Running, wait_for
from tests.browser.site import Site

_THIEF = (Path(__file__).parent / "thief.js").read_text()
_LIFECYCLE = {"ready", "size", "shown", "closed", "never"}
_RANDOM = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|eyJ[\w-]+\.[\w-]+\.[\w-]+|\b1\d{12}\b"
)

_BUSY = tuple(f"entry {kind} " for kind in ("longtask", "long-animation-frame", "event"))


@dataclass(frozen=True)
class Said:
    """Everything that somebody can say on a card, and how they leave it."""

    score: int
    reason: str
    comment: str
    contact: str | None


@dataclass(frozen=True)
class Learnt:
    """What the page got: all that passed its traps, what it saw of the frame at each step, what was posted to it."""

    loot: list[str]
    peeks: list[list[str]]
    messages: list[str]
    heights: list[float]


_UNHAPPY = Said(2, "price", "zebra crossing", None)
_HAPPY = Said(10, "other", "giraffe", "anna@contoso.example")
_PASSIVE = Said(7, "value", "", None)


def _learnt(browser: Browser, site: Site, running: Running, survey: str, said: Said, how: str) -> Learnt:
    who = f"{how}-{said.score}"
    with Person.of(browser) as anna:
        anna.context.grant_permissions(["clipboard-read"])
        site.serve(running.url, running.tag(who, partner="contoso"))
        site.files["/page.js"] = ("text/javascript", _THIEF)
        anna.visit(site.origin)
        anna.is_asked(survey)
        # Of what was fetched until now a busy browser tells later.
        asked = f"{running.url}/v1/embed/{running.world.key}/impressions"
        anna.page.wait_for_function("asked => fetched(asked)", arg=asked)
        anna.page.wait_for_timeout(700)
        peeks, heights = [], []

        def look() -> None:
            heights.append(anna.height())
            peeks.append(anna.page.evaluate("peek()"))

        anna.page.evaluate("mark('--- asked')")
        look()
        _choose(anna, anna.radios.nth(said.score), how)
        anna.card.get_by_text("Saved.", exact=True).wait_for()
        look()
        _choose(anna, anna.card.locator(f"[name=reason][value={said.reason}]"), how)
        wait_for(lambda: [one.reason for one in running.responses(who, running.world.other)] == [said.reason])
        look()
        anna.card.locator("#comment").fill(said.comment)
        if said.contact:
            anna.card.locator("#contact").check()
            anna.card.locator("#email").fill(said.contact)
        look()
        anna.button("Send").click()
        anna.card.locator("#thanks").wait_for()
        wait_for(lambda: [one.complete for one in running.responses(who, running.world.other)] == [True])
        look()
        assert anna.page.evaluate("pasted()") in ("", "NotAllowedError")
        anna.button("Close").click()
        anna.cards.wait_for(state="hidden")
        # Who watches its size hears of the end with the next frame that is drawn.
        anna.page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
        loot = [_RANDOM.sub("*", one.replace(who, "who")) for one in anna.page.evaluate("handOver()").split("\n")]
        (kept,) = running.responses(who, running.world.other)
        assert (kept.score, kept.reason, kept.comment or "") == (said.score, said.reason, said.comment)
    assert {"fetch", "event", "tap", "size", "entry", "then", "stringify"} <= {one.partition(" ")[0] for one in loot}
    assert not [one for one in loot if re.search(r"zebra|giraffe|anna@|wrote score|read score", one)]
    messages = [one for one in loot if one.startswith("event message ")]
    # A reply that nobody reads ends when it is swept up, which is at any time; how busy the machine is, it says itself.
    loot = [one for one in loot if not one.endswith("/activity") and not one.startswith(_BUSY)]
    since = next(place for place, one in enumerate(loot) if "--- asked" in one)
    return Learnt(loot[since:], [[_RANDOM.sub("*", one) for one in peek] for peek in peeks], messages, heights)


def _choose(person: Person, option: Locator, how: str) -> None:
    if how == "pointer":
        option.click()
    else:
        option.focus()
        person.page.keyboard.press("Space")


@pytest.fixture(scope="module", params=["pointer", "keyboard"])
def learnt(
    browser: Browser, running: Running, _site: Site, everything: str, request: pytest.FixtureRequest
) -> list[Learnt]:
    """From three people who say different things by the same means."""
    database = running.world.services.database
    # It asks by itself after five seconds: whoever takes longer would hear that, too.
    with database.transaction() as session:
        pause(survey_by_name(session, "end-user-nps"))
    three = [_learnt(browser, _site, running, everything, said, request.param) for said in (_UNHAPPY, _HAPPY, _PASSIVE)]
    with database.transaction() as session:
        resume(survey_by_name(session, "end-user-nps"))
    return three


def test_the_page_hears_of_the_cards_life_and_its_height_and_of_nothing_else(learnt: list[Learnt]) -> None:
    for one in learnt:
        names = {name for message in one.messages for name in re.findall(r"feedback:(\w+)", message)}
        assert names == {"ready", "size", "shown", "closed"} <= _LIFECYCLE
        assert all(
            re.fullmatch(r"event message \{data:\{feedback:\w+,height:(\d+|undefined)\}.*", m) for m in one.messages
        )


def test_the_card_is_as_tall_for_whatever_is_said(learnt: list[Learnt]) -> None:
    assert len({tuple(one.heights) for one in learnt}) == 1
    assert len(set(learnt[0].heights[1:])) == 1


def test_what_the_page_hears_and_sees_is_the_same_for_whatever_is_said(learnt: list[Learnt]) -> None:
    first, *others = learnt
    for other in others:
        assert other.messages == first.messages
        assert other.peeks == first.peeks
        assert sorted({*other.loot} ^ {*first.loot}) == [], "since the card is there"
