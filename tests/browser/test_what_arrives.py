"""Every metric arrives as it was meant; an address is kept apart; what is deleted or objected to stays so."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select

from feedback.responses.models import Contact
from feedback.seats.models import ActivityMonth, Seat
from tests.browser.person import Person
from tests.browser.service import Running, wait_for
from tests.browser.site import Site
from tests.browser.views import views

_METRICS: dict[str, tuple[str, dict[str, Any], list[str]]] = {
    # Metric, definition, and what is read on the scale.
    "nps": ("nps", {}, [str(score) for score in range(11)]),
    "csat": ("csat", {}, ["1", "2", "3", "4", "5"]),
    "ces": ("ces", {}, ["1", "2", "3", "4", "5", "6", "7"]),
    "first week": ("ces", {"wording": "first_week"}, ["1", "2", "3", "4", "5", "6", "7"]),
    "recognition": ("recognition", {}, ["Wellnow", "Northwind", "Somebody else", "I don’t know"]),
    "stopped": (
        "obstacle",
        {"wording": "stopped"},
        [
            "I forgot about it",
            "I don’t need it any more",
            "I don’t have time",
            "It was too difficult",
            "I worry about my privacy",
            "I use something else",
            "Something else",
        ],
    ),
}


@pytest.mark.parametrize("end", [0, -1], ids=["first", "last"])
@pytest.mark.parametrize("name", _METRICS)
def test_each_metric_arrives_with_the_score_that_was_chosen(
    anna: Person, site: Site, running: Running, asks: Callable[..., str], name: str, end: int
) -> None:
    metric, definition, labels = _METRICS[name]
    who = f"{name}-{end}"
    survey = asks(metric, **definition)
    site.serve(running.url, running.tag(who))
    anna.visit(site.origin)
    anna.is_asked(survey)
    assert anna.radios.evaluate_all("all => all.map(one => one.parentElement.innerText.trim())") == labels
    anna.answers(len(labels) - 1 if end else 0)
    lowest = 1 if metric in ("csat", "ces") else 0
    (only,) = running.responses(who)
    assert (only.metric, only.score) == (metric, lowest + (len(labels) - 1 if end else 0))
    wait_for(lambda: [(one.metric, one.score) for one in running.voices(who)] == [(metric, only.score)])


def test_an_address_lies_encrypted_in_one_table_and_nowhere_else(
    anna: Person, site: Site, running: Running, everything: str
) -> None:
    contoso, address = running.world.other, "anna@contoso.example"
    site.serve(running.url, running.tag("reachable", partner="contoso"))
    anna.visit(site.near)
    anna.is_asked(everything)
    for view in views(anna):
        if view == "thanks":
            anna.card.get_by_text("Saved.", exact=True).wait_for()
            break
    services = running.world.services
    with services.database.reading() as session:
        own = Contact.respondent_id == running.respondent("reachable", contoso)
        (kept,) = session.scalars(select(Contact).where(own))
    assert services.secrets.vault.decrypt(kept.address_encrypted).decode() == address
    (answer,) = running.responses("reachable", contoso)
    assert (answer.score, answer.reason, answer.comment, answer.complete) == (3, "effort", "Too many steps", True)
    assert kept.response_id == answer.id
    for file in Path(running.environ["FEEDBACK_HOME"]).rglob("*"):
        if file.is_file():
            assert address.encode() not in file.read_bytes(), file
    for frame in anna.page.frames:
        assert (
            frame.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])").count("@") == 0
        )
    assert address not in str(anna.page.evaluate("[heard, document.documentElement.outerHTML]"))

    anna.button("Delete my answer").click()
    anna.card.get_by_text("Your answer was deleted.").wait_for()
    with services.database.reading() as session:
        assert session.scalars(select(Contact).where(own)).all() == []


def test_what_was_deleted_cannot_come_back(anna: Person, site: Site, running: Running) -> None:
    site.serve(running.url, running.tag("takes-back"))
    anna.visit(site.origin)
    anna.is_asked()
    with anna.page.expect_request(lambda one: one.method == "PUT") as put:
        anna.answers(1)
    anna.button("Delete my answer").click()
    anna.card.get_by_text("Your answer was deleted.").wait_for()
    sent = put.value
    body = json.loads(sent.post_data or "")
    allowed = {"Authorization": sent.headers["authorization"]}
    for url, change in ((sent.url, {}), (sent.url, {"revision": 9, "score": 10}), (sent.url[:-4] + "beef", {})):
        again = anna.page.request.put(url, data={**body, **change}, headers=allowed)
        assert (again.status, again.json()["code"]) == (410, "response-deleted")
    assert running.responses("takes-back") == []
    wait_for(lambda: running.voices("takes-back") == [])


def test_after_an_objection_nobody_is_asked_and_nothing_is_recorded(
    anna: Person, site: Site, running: Running, everything: str
) -> None:
    database, seat = running.world.services.database, running.respondent("objects")
    site.serve(running.url, running.tag("objects"))
    anna.visit(site.origin)

    def days() -> list[int]:
        with database.reading() as session:
            return list(session.scalars(select(ActivityMonth.days).where(ActivityMonth.seat_id == seat)))

    wait_for(days)
    anna.is_asked()
    anna.button("Don’t ask again").click()
    anna.card.get_by_text("You will not be asked again").wait_for()
    with database.transaction() as session:
        assert session.scalars(select(Seat.objected_at).where(Seat.id == seat)).one() is not None
        session.execute(delete(ActivityMonth).where(ActivityMonth.seat_id == seat))

    with anna.page.expect_response("**/activity") as activity:
        anna.visit(site.origin)
    assert activity.value.ok
    for survey in ("end-user-nps", everything):
        assert anna.asks(survey).json()["reason"] == "objected"
    # What is pinged is gathered for a while before it is written.
    anna.page.wait_for_timeout(1000 * running.world.services.settings.ping_delay_s + 300)
    assert (days(), len(running.impressions("objects"))) == ([], 1)


def test_without_a_token_the_browser_remembers_who_does_not_want_to_be_asked(
    anna: Person, site: Site, running: Running
) -> None:
    site.serve(running.url, running.tag(None, running.world.partner_key))
    anna.visit(site.origin)
    anna.is_asked()
    anna.button("Close").click()
    anna.visit(site.origin)
    anna.is_left_alone("^asked before here$")
    anna.is_asked()
    anna.button("Don’t ask again").click()
    anna.card.get_by_text("You will not be asked again").wait_for()
    anna.visit(site.origin)
    asked: list[str] = []
    anna.page.on("request", lambda one: asked.append(one.url.rpartition("/")[2]))
    anna.page.evaluate("feedback('ask', 'end-user-nps')")
    anna.is_left_alone("^never again here$")
    anna.page.wait_for_timeout(300)
    assert "impressions" not in asked
    assert anna.page.evaluate("Object.entries(localStorage)") == [["feedback.asked", "never"]]
