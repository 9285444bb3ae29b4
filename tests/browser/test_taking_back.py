"""A reason, an address and a comment; and all of it taken back: an answer is deleted, and somebody is asked no more."""

import pytest
from playwright.sync_api import Browser
from sqlalchemy import select

from feedback.core.clock import system_clock
from feedback.responses.models import Contact
from feedback.surveys.commands import create_survey, publish
from feedback.surveys.definition import Definition
from tests.browser.person import Person
from tests.browser.service import Running, wait_for
from tests.browser.site import Site

SURVEY = "why-and-who"


@pytest.fixture(scope="module", autouse=True)
def _asks_why_and_who(running: Running) -> None:
    """A survey with a second question and an address."""
    with running.world.services.database.transaction() as session:
        definition = Definition(choices=("price", "value", "effort", "other"), contact=True)
        survey = create_survey(session, SURVEY, "end_user", "csat", definition, now=system_clock())
        publish(session, survey, now=system_clock())


def addresses(running: Running) -> list[str]:
    """Of the partner's people who may be contacted."""
    services = running.world.services
    with services.database.reading() as session:
        own = Contact.partner_id == running.world.partner.id
        kept = session.scalars(select(Contact.address_encrypted).where(own)).all()
    return [services.secrets.vault.decrypt(one).decode() for one in kept]


def test_a_reason_is_kept_at_once_and_what_is_written_only_when_it_is_sent(
    anna: Person, site: Site, running: Running
) -> None:
    site.serve(running.url, running.tag("has-reasons"))
    anna.visit(site.origin)
    anna.is_asked(SURVEY)
    anna.number(2).click()
    wait_for(lambda: [(one.score, one.reason) for one in running.responses("has-reasons")] == [(2, None)])
    height = anna.height()
    anna.card.get_by_role("radio", name="Effort to run it").click()
    wait_for(lambda: [(one.reason, one.complete) for one in running.responses("has-reasons")] == [("effort", False)])

    email = anna.card.get_by_placeholder("E-mail address")
    assert not email.is_visible()
    anna.card.get_by_label("Our researchers may contact me").check()
    assert anna.height() == height
    email.fill("anna")
    anna.card.get_by_role("textbox", name="What got in your way?").fill("Too many steps")
    anna.button("Send").click()
    assert anna.button("Send").is_visible(), "an address that is none is not sent"
    email.fill("anna@northwind.example")
    assert [(one.comment, addresses(running)) for one in running.responses("has-reasons")] == [(None, [])]

    email.press("Enter")
    anna.card.get_by_text("Thank you.").wait_for()
    wait_for(lambda: addresses(running) == ["anna@northwind.example"])
    (sent,) = running.responses("has-reasons")
    assert (sent.score, sent.reason, sent.comment, sent.complete) == (2, "effort", "Too many steps", True)
    assert anna.height() == height
    anna.button("Delete my answer").click()
    wait_for(lambda: not addresses(running) and not running.responses("has-reasons"))


def test_the_arrows_move_among_reasons_too(anna: Person, site: Site, running: Running) -> None:
    site.serve(running.url, running.tag("moves"))
    anna.visit(site.origin)
    anna.is_asked(SURVEY)
    keyboard = anna.page.keyboard
    anna.number(1).focus()
    keyboard.press("Enter")
    keyboard.press("Tab")
    assert anna.focused().get_attribute("value") == "price"
    keyboard.press("ArrowDown")
    keyboard.press("ArrowDown")
    keyboard.press("Space")
    wait_for(lambda: [(one.reason, one.revision) for one in running.responses("moves")] == [("effort", 2)])


def test_a_deleted_answer_is_gone_with_its_voice_and_the_card_stays_as_tall(
    anna: Person, site: Site, running: Running
) -> None:
    site.serve(running.url, running.tag("deletes"))
    anna.visit(site.origin)
    anna.is_asked()
    assert anna.button("Delete my answer").count() == 0
    anna.number(3).click()
    wait_for(lambda: running.voices("deletes"))
    height = anna.height()
    anna.button("Delete my answer").click()
    anna.card.get_by_text("Your answer was deleted.").wait_for()
    assert running.responses("deletes") == []
    wait_for(lambda: running.voices("deletes") == [])
    assert [one.state for one in running.impressions("deletes")] == ["withdrawn"]
    assert anna.height() == height
    assert anna.card.locator(":checked").count() == 0
    assert anna.number(3).is_disabled()
    assert anna.button("Delete my answer").count() == 0
    assert anna.focused().get_attribute("id") == "details"
    assert anna.page.evaluate("heard.filter(one => /delet|DELETE/i.test(one))") == []


def test_an_answer_deleted_before_it_could_be_sent_never_arrives(anna: Person, site: Site, running: Running) -> None:
    anna.forgiven = "net::ERR_INTERNET_DISCONNECTED"
    site.serve(running.url, running.tag("second-thoughts"))
    anna.visit(site.near)
    anna.is_asked()
    anna.context.set_offline(True)
    anna.number(0).click()
    anna.card.get_by_text("Not saved yet.").wait_for()
    anna.button("Delete my answer").click()
    anna.card.get_by_text("Your answer was deleted.").wait_for()
    anna.context.set_offline(False)
    wait_for(lambda: anna.card.locator("html").evaluate("localStorage.length") == 0)
    assert running.responses("second-thoughts") == []


def test_an_answer_deleted_offline_is_deleted_by_the_next_card_as_its_own_persons(
    browser: Browser, site: Site, running: Running
) -> None:
    with Person.of(browser) as anna:
        anna.forgiven = "net::ERR_INTERNET_DISCONNECTED"
        site.serve(running.url, running.tag("deletes-late"))
        anna.visit(site.near)
        anna.is_asked()
        anna.number(6).click()
        anna.card.get_by_text("Saved.", exact=True).wait_for()
        anna.context.set_offline(True)
        anna.button("Delete my answer").click()
        anna.card.get_by_text("Not saved yet.").wait_for()
        assert len(running.responses("deletes-late")) == 1
        # A frame that goes away may be online again before it has gone.
        anna.page.goto("about:blank")
        anna.context.set_offline(False)

        site.serve(running.url, running.tag("next-one"))
        anna.visit(site.near)
        anna.is_asked()
        wait_for(lambda: running.responses("deletes-late") == [])
        wait_for(lambda: anna.card.locator("html").evaluate("localStorage.length") == 0)


def test_who_does_not_want_to_be_asked_again_is_not(anna: Person, site: Site, running: Running) -> None:
    site.serve(running.url, running.tag("had-enough"))
    anna.visit(site.origin)
    anna.is_asked()
    anna.button("Don’t ask again").click()
    anna.card.get_by_text("You will not be asked again").wait_for()
    assert anna.cards.is_visible(), "it says so before it goes"
    assert any('"never"' in one for one in anna.page.evaluate("heard"))
    anna.button("Close").click()
    anna.cards.wait_for(state="hidden")
    anna.visit(site.origin)
    assert anna.asks().json()["reason"] == "objected"
    assert anna.asks(SURVEY).json()["reason"] == "objected"
