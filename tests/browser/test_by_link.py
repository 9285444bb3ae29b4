"""Somebody who was sent a link: the same card on a page of its own, on a telephone, once."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Request, Response

from tests.browser.person import Person
from tests.browser.service import Running, wait_for

PHONE = {"width": 375, "height": 667}


@pytest.fixture
def ben(browser: Browser) -> Iterator[Person]:
    """Somebody with a telephone."""
    with Person.of(browser, viewport=PHONE, is_mobile=True, has_touch=True) as ben:
        yield ben


def link(running: Running, tmp_path: Path, respondent: str, survey: str = "end-user-nps") -> str:
    """A personal link, as the command makes it."""
    file = tmp_path / "people.csv"
    file.write_text(f"partner,respondent\n{running.world.partner.slug},{respondent}\n")
    printed = running.feedback("invite", str(file), "--survey", survey)
    (row,) = csv.DictReader(io.StringIO(printed, newline=""))
    return row["link"]


def opened(person: Person, address: str) -> Response:
    """What the service said to who opened the link."""
    response = person.page.goto(address)
    assert response
    return response


def log(running: Running) -> str:
    """All that the service wrote about itself."""
    return (Path(running.environ["FEEDBACK_HOME"]) / "up.log").read_text()


def test_a_link_asks_saves_and_is_used_up(ben: Person, running: Running, tmp_path: Path) -> None:
    address, asked = link(running, tmp_path, "by-mail"), list[Request]()
    ben.page.on("request", lambda request: asked.extend([request]))
    assert opened(ben, address).status == 200
    page = ben.page
    page.get_by_text("How likely are you to recommend").first.wait_for()
    assert page.get_by_role("button", name="Close").count() == 0
    wait_for(lambda: [one.state for one in running.impressions("by-mail")] == ["shown"])
    assert running.responses("by-mail") == []

    page.get_by_role("radio", name="6", exact=True).tap()
    page.get_by_text("Saved.", exact=True).wait_for()
    page.get_by_role("textbox").fill("Too slow on the ward")
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    page.get_by_role("button", name="Send").tap()
    page.get_by_text("You can close this page now.").wait_for()
    wait_for(lambda: [one.comment for one in running.responses("by-mail")] == ["Too slow on the ward"])
    (kept,) = running.responses("by-mail")
    assert (kept.score, kept.trust, kept.complete, kept.locale) == (6, "vendor", True, "en")
    wait_for(lambda: [voice.score for voice in running.voices("by-mail")] == [6])

    assert {one.method for one in asked} == {"GET", "PATCH", "PUT"}
    assert [one.url for one in asked if "referer" in one.all_headers()] == []
    ben.forgiven = r"status of 410 \(Gone\)"
    again = page.reload()
    assert again
    assert again.status == 410
    page.get_by_text("It has been answered already.").wait_for()
    assert page.get_by_role("radio").count() == 0
    assert address.rpartition("/")[2] not in log(running)


def test_an_answer_by_link_can_be_deleted_where_it_was_given(ben: Person, running: Running, tmp_path: Path) -> None:
    opened(ben, link(running, tmp_path, "regrets"))
    ben.page.get_by_role("radio", name="0", exact=True).tap()
    wait_for(lambda: [one.score for one in running.responses("regrets")] == [0])
    ben.page.get_by_role("button", name="Delete my answer").tap()
    wait_for(lambda: running.responses("regrets") == [])
    assert [one.state for one in running.impressions("regrets")] == ["withdrawn"]


def test_who_asks_by_link_not_to_be_asked_again_is_not(ben: Person, running: Running, tmp_path: Path) -> None:
    address = link(running, tmp_path, "enough")
    opened(ben, address)
    ben.page.get_by_role("button", name="Don’t ask again").tap()
    ben.page.get_by_text("You will not be asked again").first.wait_for()
    ben.forgiven = r"status of 409 \(Conflict\)"
    assert opened(ben, address).status == 409
    ben.page.get_by_text("There are no questions at the moment.").wait_for()


def test_two_tabs_of_one_link_are_one_answer(ben: Person, running: Running, tmp_path: Path) -> None:
    address = link(running, tmp_path, "twice")
    opened(ben, address)
    with ben.another_tab() as tab:
        tab.forgiven = r"status of 409 \(Conflict\)"
        opened(tab, address)
        ben.page.get_by_role("radio", name="8", exact=True).tap()
        ben.page.get_by_text("Saved.", exact=True).wait_for()
        tab.page.get_by_role("radio", name="1", exact=True).tap()
        tab.page.wait_for_function("() => document.getElementById('state').textContent")
        assert [one.score for one in running.responses("twice")] == [8]


def test_a_buyer_is_asked_in_their_language_by_link(browser: Browser, running: Running, tmp_path: Path) -> None:
    with Person.of(browser, locale="ar", viewport=PHONE) as buyer:
        opened(buyer, link(running, tmp_path, "cfo@northwind", "buyer-nps"))
        assert buyer.page.evaluate("[document.documentElement.lang, document.documentElement.dir]") == ["ar", "rtl"]
        assert buyer.page.get_by_role("radio").count() == 11
        assert buyer.page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
        opened(buyer, link(running, tmp_path, "cfo@northwind", "buyer-nps") + "?lang=de")
        assert buyer.page.evaluate("document.documentElement.lang") == "de"


def test_an_answer_by_link_given_offline_is_saved_when_the_network_is_back(
    ben: Person, running: Running, tmp_path: Path
) -> None:
    ben.forgiven = "net::ERR_INTERNET_DISCONNECTED"
    opened(ben, link(running, tmp_path, "in-a-lift"))
    ben.context.set_offline(True)
    ben.page.get_by_role("radio", name="7", exact=True).tap()
    ben.page.get_by_text("Not saved yet.").wait_for()
    ben.context.set_offline(False)
    wait_for(lambda: [one.score for one in running.responses("in-a-lift")] == [7])
