"""Every view of a card that asks for everything, one after the other, in any language."""

from collections.abc import Iterator

from tests.browser.person import Person


def views(person: Person) -> Iterator[str]:
    """The name of each view while it is seen. The card has come up already."""
    card = person.card
    question = card.locator("#question")
    question.wait_for()
    yield "question"
    person.chooses(3)
    card.locator("#comment").wait_for()
    yield "follow-up"
    card.locator("[name=reason]").nth(2).click()
    yield "choice"
    card.locator("#contact").check()
    card.locator("#comment").fill("Too many steps")
    card.locator("#email").fill("anna@contoso.example")
    yield "contact"
    card.locator("#send").click()
    card.locator("#thanks").wait_for()
    yield "thanks"
    card.locator("#details").click()
    card.locator("#about").wait_for()
    yield "details"
    card.locator("#details").click()
    card.locator("#delete").click()
    card.locator("#scale:disabled").wait_for()
    yield "deleted"
    card.locator("#never").click()
    card.locator("#state:not(:empty)").wait_for()
    yield "never"
