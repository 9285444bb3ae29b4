"""What was decided because of which finding, and what the number did by the day of review."""

import re
from uuid import uuid4

import pytest
from sqlalchemy import select

from feedback.decisions.models import Decision
from feedback.staff.commands import create_sign_in_link
from feedback.staff.models import AuditEntry
from tests.desk.conftest import Visitor
from tests.desk.reading import text
from tests.gap.world import World, days, people

NAUGHTY = "<script>alert('x')</script> مرحبا"
NUMBERS = ("end_user", "buyer", "gap", "activated", "engaged", "retention")


def decision_form(**fields: str) -> dict[str, str]:
    """A decision as the form sends it."""
    named = {"title": "Shorter onboarding", "finding": "12 of 20 never came back", "owner": "Ann"}
    about = {"number": "end_user", "expected": "ten points more", "review_on": "2026-12-01", "partner": "acme"}
    return {**named, **about, **fields}


@pytest.fixture
def acme(visitor: Visitor, world: World) -> World:
    """A partner of which every number is known, and an analyst at the list of decisions."""
    world.partner("acme", 40, name="Acme")
    world.contract("acme", "old", 40, "2025-09-01", "2026-09-01", outcome="renewed", decided_on="2026-08-20")
    world.seats("acme", people(20))
    world.active("acme", people(8), *days("2026-10-01", "2026-11-14", 7))
    world.answers("acme", "end_user", {"p0": 2, "p1": 3, "p2": 9, "p3": 10})
    world.answers("acme", "buyer", {"ada": 9, "bob": 10})
    visitor.come_in()
    visitor.get("/desk/decisions")
    return world


def sign_in_again(visitor: Visitor) -> None:
    """The same person, days later."""
    with visitor.services.database.transaction() as session:
        link = create_sign_in_link(session, "ann@example.com", now=visitor.services.clock())
    visitor.get(f"/login/{link}")
    assert visitor.post(f"/login/{link}").status_code == 303


def rows(world: World) -> list[Decision]:
    """Every decision, the oldest first."""
    with world.services.database.reading() as session:
        return list(session.scalars(select(Decision).order_by(Decision.created_at, Decision.id)))


@pytest.mark.parametrize("partner", ["acme", ""])
@pytest.mark.parametrize("number", NUMBERS)
def test_what_the_number_was_is_read_from_the_report(visitor: Visitor, acme: World, number: str, partner: str) -> None:
    done = visitor.post("/desk/decisions", **decision_form(number=number, partner=partner))
    assert done.status_code == 303
    (row,) = rows(acme)
    report = acme.values(partner=partner or None)
    assert report.headline.gap is not None
    assert row.before is not None
    assert (
        row.before
        == {
            "end_user": report.headline.end_user.score,
            "buyer": report.headline.buyer.score,
            "gap": report.headline.gap.points,
            "activated": report.adoption.activation,
            "engaged": report.adoption.engagement,
            "retention": report.retention.contracts.rate,
        }[number]
    )
    assert done.headers["Location"] == f"/desk/decisions/{row.id}"
    assert visitor.get(done.headers["Location"]).status_code == 200


def test_the_day_of_review_shows_before_and_now_and_keeps_what_came_of_it(visitor: Visitor, acme: World) -> None:
    path = visitor.post("/desk/decisions", **decision_form()).headers["Location"]
    early = text(visitor.get(path).text)
    assert "Before: end users’ score 0" in early and "What came of it" not in early
    assert visitor.post(f"{path}/review", outcome="too early").status_code == 409
    acme.at("2026-12-01")
    acme.answers("acme", "end_user", {"p4": 10, "p5": 10, "p6": 10, "p7": 10}, on="2026-11-30")
    sign_in_again(visitor)
    due = text(visitor.get(path).text)
    assert "Before: end users’ score 0" in due and "Now: end users’ score 50" in due
    assert visitor.post(f"{path}/review", outcome="It worked", told="We shortened it").status_code == 303
    done = text(visitor.get(path).text)
    assert "Before: end users’ score 0" in done and "After: end users’ score 50" in done
    assert "It worked" in done and "What we changed because of you We shortened it" in done
    assert "We shortened it" in text(visitor.get("/desk/decisions").text)
    again = visitor.post(f"{path}/review", outcome="again")
    assert again.status_code == 409 and "reviewed already" in again.text
    (row,) = rows(acme)
    assert (row.before, row.after) == (0.0, 50.0)
    assert "0, then 50" in text(visitor.get("/desk/partners/acme").text)


def test_what_is_overdue_stands_first(visitor: Visitor, acme: World) -> None:
    assert "Nothing was decided yet" in visitor.get("/desk/decisions").text
    for title, day in (("late", "2026-11-20"), ("later", "2026-11-18"), ("far", "2027-03-01")):
        visitor.post("/desk/decisions", **decision_form(title=title, review_on=day))
    acme.at("2026-11-20")
    sign_in_again(visitor)
    page = visitor.get("/desk/decisions").text
    assert "<h1>2 decisions wait for review</h1>" in page
    assert re.findall(r'<th scope="row"><a [^>]*><bdi dir="auto">(\w+)', page) == ["later", "late", "far"]
    said = text(page)
    assert "18 Nov 2026 overdue" in said and "20 Nov 2026 today" in said


def test_the_form_comes_with_the_partner_that_it_is_about(visitor: Visitor, acme: World) -> None:
    assert acme
    assert '<option value="acme" selected>' in visitor.get("/desk/decisions?partner=acme").text
    assert "selected" not in visitor.get("/desk/decisions?partner=<b>").text


def test_words_are_shown_as_they_were_written(visitor: Visitor, acme: World) -> None:
    assert acme
    named = dict.fromkeys(("title", "finding", "owner", "expected"), NAUGHTY)
    path = visitor.post("/desk/decisions", **decision_form(**named)).headers["Location"]
    for where in (path, "/desk/decisions", "/desk/partners/acme"):
        page = visitor.get(where).text
        assert NAUGHTY in text(page.replace("&lt;script&gt;", "&lt;script&gt;"))
        assert "<script>" not in page


def test_what_does_not_fit_is_refused_with_words(visitor: Visitor, acme: World) -> None:
    for fields in (
        decision_form(title=" "),
        decision_form(title="a" * 201),
        decision_form(finding=""),
        decision_form(owner="a" * 201),
        decision_form(expected="a" * 401),
        decision_form(number="nps"),
        decision_form(review_on="2026-11-14"),
        decision_form(review_on="soon"),
    ):
        assert visitor.post("/desk/decisions", **fields).status_code == 422
    assert visitor.post("/desk/decisions", **decision_form(partner="nobody")).status_code == 404
    assert not rows(acme)


def test_a_decision_that_is_not_there_is_not_found(visitor: Visitor, acme: World) -> None:
    assert acme
    for path in (f"/desk/decisions/{uuid4()}", "/desk/decisions/x"):
        assert visitor.get(path).status_code == 404
    assert visitor.post(f"/desk/decisions/{uuid4()}/review", outcome="x").status_code == 404


def test_a_number_that_nobody_knows_is_a_dash(visitor: Visitor, world: World) -> None:
    world.partner("acme", 40, name="Acme")
    visitor.come_in()
    visitor.get("/desk/decisions")
    path = visitor.post("/desk/decisions", **decision_form(number="gap")).headers["Location"]
    assert "Before: gap –" in text(visitor.get(path).text)
    assert rows(world)[0].before is None


def test_a_partner_that_left_keeps_its_decisions(visitor: Visitor, acme: World) -> None:
    path = visitor.post("/desk/decisions", **decision_form()).headers["Location"]
    acme.left("acme")
    for where in (path, "/desk/decisions", "/desk/partners/acme"):
        assert visitor.get(where).status_code == 200
    assert '<option value="acme"' not in visitor.get("/desk/decisions").text


def test_every_step_leaves_a_line_in_the_audit(visitor: Visitor, acme: World) -> None:
    path = visitor.post("/desk/decisions", **decision_form(review_on="2026-11-15")).headers["Location"]
    visitor.post(f"{path}/review", outcome="It worked")
    with acme.services.database.reading() as session:
        target = path.rpartition("/")[2]
        found = session.scalars(select(AuditEntry).where(AuditEntry.target == target).order_by(AuditEntry.id)).all()
    assert [one.action for one in found] == ["decision.added", "decision.reviewed"]
    assert {one.actor for one in found} == {"staff:ann@example.com"}


def test_a_form_without_its_token_changes_nothing(visitor: Visitor, acme: World) -> None:
    path = visitor.post("/desk/decisions", **decision_form(review_on="2026-11-15")).headers["Location"]
    for token in ("", "x"):
        assert visitor.post("/desk/decisions", token=token, **decision_form()).status_code == 403
        assert visitor.post(f"{path}/review", token=token, outcome="x").status_code == 403
    (row,) = rows(acme)
    assert row.reviewed_at is None


def test_an_account_manager_decides_nothing(visitor: Visitor, world: World) -> None:
    world.partner("acme", 40)
    visitor.come_in("account")
    assert visitor.post("/desk/decisions", **decision_form()).status_code == 403
    assert not rows(world)
