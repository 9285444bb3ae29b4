"""The card beside the editor, in a real browser: the real frame, under strict policies, and nothing comes of it."""

from operator import sub

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import func, select

from feedback.responses.models import Impression, Response
from feedback.surveys.commands import create_survey
from feedback.surveys.definition import Definition
from tests.browser import test_desk
from tests.browser.service import wait_for
from tests.browser.test_desk import WATCH, sign_in
from tests.gap.world import World

made, world, url = test_desk.made, test_desk.world, test_desk.url
EDIT = "/desk/surveys/asks/edit"
PAGES = ("/desk/surveys", "/desk/surveys/asks", EDIT, "/desk/surveys/asks/texts?lang=ar", "/desk/surveys/asks/publish")


@pytest.fixture
def asks(world: World) -> World:
    """A draft that asks for everything, in long words."""
    with world.services.database.transaction() as session:
        definition = Definition(
            delay_s=3,
            partners=("long", "arabic"),
            choices=("price", "value"),
            contact=True,
            texts={"en": {"question": "W" * 200}, "ar": {"question": "ما رأيك؟"}},
        )
        create_survey(session, "asks", "end_user", "nps", definition, now=world.services.clock())
    return world


def shows(page: Page, **chosen: str) -> None:
    """Choose how the card is looked at."""
    for name, value in chosen.items():
        page.locator(f'[name="view.{name}"]').select_option(value)


def test_the_card_follows_the_form_and_sends_nothing(browser: Browser, asks: World, url: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.add_init_script(WATCH)
    complaints: list[str] = []
    sent: list[str] = []
    context.on("console", lambda message: complaints.append(message.text))
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    page = sign_in(context, asks, url)
    page.goto(url + EDIT)
    complaints.clear()
    page.on("request", lambda request: sent.append(f"{request.method} {request.url.removeprefix(url)}"))
    card = page.frame_locator("iframe[name=card]")
    expect(card.get_by_text("W" * 200).last).to_be_visible()
    before = page.evaluate("history.length")

    page.locator('[name="text.en.question"]').fill("Why <b>not</b>?")
    expect(card.locator("p#question")).to_have_text("Why <b>not</b>?")
    shows(page, state="low")
    expect(card.get_by_text("What got in your way?")).to_be_visible()
    expect(card.locator("#state")).to_have_text("Saved.")
    expect(card.locator("[name=score][value='0']")).to_be_checked()
    # The card is as tall as it says, so that nothing of it is cut off.
    whole = page.locator("iframe"), card.locator("main")
    wait_for(lambda: abs(sub(*(one.bounding_box()["height"] for one in whole))) < 1)  # type: ignore[index]
    shows(page, state="contact")
    expect(card.locator("#email")).to_be_enabled()
    shows(page, state="high-thanks")
    expect(card.get_by_text("Good to hear.")).to_be_visible()
    shows(page, state="offline")
    expect(card.locator("#state")).to_have_text("Not saved yet. We will try again.")
    shows(page, state="refused")
    expect(card.locator("#state")).to_have_text("This could not be saved.")
    shows(page, state="deleted")
    expect(card.locator("#state")).to_have_text("Your answer was deleted.")
    shows(page, state="never")
    expect(card.locator("#state")).to_contain_text("You will not be asked again")
    shows(page, state="asking", locale="ar", partner="arabic", mode="dark")
    expect(card.locator("html")).to_have_attribute("dir", "rtl")
    expect(card.locator("main")).to_have_css("background-color", "rgb(28, 27, 26)")
    page.get_by_label("narrow").check()
    assert page.locator("iframe").bounding_box()["width"] == 375  # type: ignore[index]
    # A person may go on from there, as in the real one.
    card.locator("[name=score]").nth(7).click()
    expect(card.locator("#more textarea")).to_be_visible()
    page.locator('[name="sample"]').fill("none")
    expect(card.get_by_text("Not a valid number.")).to_be_visible()

    assert page.evaluate("history.length") == before
    assert {one.split("?")[0] for one in sent if "/static/" not in one} == {"POST /desk/surveys/asks/preview"}
    assert page.evaluate("Object.keys(localStorage)") == []
    assert page.evaluate("violations") == [] and complaints == []
    context.close()


def test_without_scripts_a_button_shows_the_card(browser: Browser, asks: World, url: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    signed_in = sign_in(context, asks, url).context.cookies()
    context.close()
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies(signed_in)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(url + EDIT)
    page.locator('[name="text.en.question"]').fill("Why not?")
    page.get_by_role("button", name="Show preview").click()
    expect(page.frame_locator("iframe").locator("p#question")).to_have_text("Why not?")
    assert page.url == url + EDIT
    context.close()


def test_a_test_link_is_answered_like_the_real_one_and_counts_nowhere(browser: Browser, asks: World, url: str) -> None:
    context = browser.new_context(viewport={"width": 375, "height": 800}, locale="ar")
    context.add_init_script(WATCH)
    page = sign_in(context, asks, url)
    page.goto(f"{url}/desk/surveys/asks")
    link = page.locator("a[href*='/s/test/']").first.get_attribute("href")
    assert link
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    page.goto(url + link[link.index("/s/test/") :])
    expect(page.get_by_text("Test: nothing that is answered here is kept or counted.")).to_be_visible()
    expect(page.locator("p#question")).to_have_text("ما رأيك؟")
    page.locator("[name=score]").nth(9).click()
    page.locator("#comment").fill("words")
    page.locator("#send").click()
    expect(page.locator("#thanks")).to_be_visible()
    assert sent == ["GET"] and page.evaluate("violations") == []
    assert page.evaluate("(() => { try { return localStorage.length } catch { return 'closed' } })()") == "closed"
    with asks.services.database.reading() as session:
        answers = (
            select(func.count()).select_from(Response).where(Response.import_id.is_(None), Response.comment == "words")
        )
        assert (session.scalar(answers), session.scalar(select(func.count()).select_from(Impression))) == (0, 0)
    context.close()


@pytest.mark.parametrize(("width", "scheme"), [(375, "dark"), (1280, "light")])
def test_the_pages_fit(browser: Browser, asks: World, url: str, width: int, scheme: str) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
    context.add_init_script(WATCH)
    page = sign_in(context, asks, url)
    for path in PAGES:
        page.goto(url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert page.evaluate("violations") == [], path
    context.close()
