"""What somebody said about its users, what speaks for and against it, and the verdict."""

import re
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, select

from feedback.decisions.commands import forget_evidence
from feedback.responses.models import Response
from feedback.staff.models import AuditEntry
from tests.desk.conftest import Visitor
from tests.desk.reading import text
from tests.gap.world import World

NAUGHTY = "</textarea><script>alert('x')</script> “100 %” & مرحبا"


def claim_form(**fields: str) -> dict[str, str]:
    """A claim as the form sends it."""
    return {"said_by": "Ada, HR", "said_on": "2026-11-02", "words": "Everybody loves it", **fields}


def claim_id(html: str) -> str:
    """The first claim of the page."""
    found = re.search(r'id="claim-([0-9a-f-]{36})"', html)
    assert found
    return found[1]


@pytest.fixture
def acme(visitor: Visitor, world: World) -> World:
    """Two partners; a researcher looks at the page of the first."""
    world.partner("acme", 40, name="Acme")
    world.partner("bolt", 40, name="Bolt")
    visitor.come_in("researcher")
    visitor.get("/desk/partners/acme")
    return world


@pytest.mark.parametrize("role", ["admin", "researcher", "analyst"])
def test_a_claim_is_put_down_and_stands_on_the_page(visitor: Visitor, world: World, role: str) -> None:
    world.partner("acme", 40, name="Acme")
    visitor.come_in(role)
    done = visitor.post("/desk/partners/acme/claims", **claim_form(words=NAUGHTY, said_by="<b>Ada"))
    assert done.status_code == 303
    page = visitor.get("/desk/partners/acme").text
    assert done.headers["Location"] == f"/desk/partners/acme#claim-{claim_id(page)}"
    assert NAUGHTY in text(page) or "alert('x')" in text(page)
    assert "<script>" not in page and "<b>Ada" not in page
    assert "2 Nov 2026 · not judged yet" in text(page)


def test_evidence_stands_on_its_side_and_the_verdict_can_change(visitor: Visitor, acme: World) -> None:
    ids = acme.answers("acme", "end_user", {"p0": 3}, comment="It is slow")
    visitor.post("/desk/partners/acme/claims", **claim_form())
    claim = claim_id(visitor.get("/desk/partners/acme").text)
    path = f"/desk/partners/acme/claims/{claim}"
    assert visitor.post(f"{path}/evidence", words="nine out of ten", side="for").status_code == 303
    against = visitor.post(f"{path}/evidence", words="they find it slow", side="against", comment=str(ids["p0"]))
    assert against.status_code == 303
    assert visitor.post(f"{path}/verdict", verdict="mixed", note="it depends").status_code == 303
    said = text(visitor.get("/desk/partners/acme").text)
    assert said.index("For nine out of ten") < said.index("Against they find it slow")
    assert f'href="/desk/comments/acme/{ids["p0"]}"' in visitor.get("/desk/partners/acme").text
    assert "· mixed · comments linked to it it depends" in said
    visitor.post(f"{path}/verdict", verdict="refuted")
    again = text(visitor.get("/desk/partners/acme").text)
    assert "· refuted · comments linked to it For" in again and "it depends" not in again


def test_what_a_comment_says_for_a_claim_is_not_read_by_analysts(visitor: Visitor, acme: World) -> None:
    ids = acme.answers("acme", "end_user", {"p0": 3}, comment="It is slow")
    visitor.post("/desk/partners/acme/claims", **claim_form())
    path = f"/desk/partners/acme/claims/{claim_id(visitor.get('/desk/partners/acme').text)}/evidence"
    visitor.post(path, words="they find it slow", side="against", comment=str(ids["p0"]))
    visitor.post(path, words="a third is active", side="against")
    visitor.post("/logout")
    link = visitor.staff("ben@example.com")
    visitor.get(link)
    visitor.post(link)
    said = text(visitor.get("/desk/partners/acme").text)
    assert "What a comment says; researchers read it" in said and "a third is active" in said
    assert "they find it slow" not in said and str(ids["p0"]) not in said


def test_evidence_goes_with_the_comment_that_it_was_drawn_from(visitor: Visitor, acme: World) -> None:
    ids = acme.answers("acme", "end_user", {"p0": 3, "p1": 4}, comment="It is slow")
    visitor.post("/desk/partners/acme/claims", **claim_form())
    path = f"/desk/partners/acme/claims/{claim_id(visitor.get('/desk/partners/acme').text)}/evidence"
    for person in ("p0", "p1"):
        visitor.post(path, words=f"{person} says so", side="against", comment=str(ids[person]))
    visitor.post(path, words="the numbers say so", side="against")
    with acme.services.database.transaction() as session:
        session.execute(delete(Response).where(Response.id == ids["p0"]))
        assert forget_evidence(session) == 1
    said = text(visitor.get("/desk/partners/acme").text)
    assert "p0 says so" not in said and "p1 says so" in said and "the numbers say so" in said


def test_every_step_leaves_a_line_in_the_audit_without_words(visitor: Visitor, acme: World) -> None:
    visitor.post("/desk/partners/acme/claims", **claim_form(words="a secret remark"))
    claim = claim_id(visitor.get("/desk/partners/acme").text)
    visitor.post(f"/desk/partners/acme/claims/{claim}/evidence", words="another remark", side="for")
    visitor.post(f"/desk/partners/acme/claims/{claim}/verdict", verdict="supported", note="a third remark")
    with acme.services.database.reading() as session:
        found = session.scalars(select(AuditEntry).where(AuditEntry.target == claim).order_by(AuditEntry.id)).all()
    assert [one.action for one in found] == ["claim.added", "claim.evidence_added", "claim.judged"]
    assert all(one.actor == "staff:ann@example.com" and "remark" not in str(one.detail) for one in found)


def test_a_claim_or_comment_of_another_partner_is_not_found(visitor: Visitor, acme: World) -> None:
    theirs = acme.answers("bolt", "end_user", {"p0": 3}, comment="It is slow")
    wordless = acme.answers("acme", "end_user", {"p1": 3})
    visitor.post("/desk/partners/acme/claims", **claim_form())
    claim = claim_id(visitor.get("/desk/partners/acme").text)
    good = {"words": "so it is", "side": "for"}
    refused = [
        visitor.post(f"/desk/partners/bolt/claims/{claim}/evidence", **good),
        visitor.post(f"/desk/partners/bolt/claims/{claim}/verdict", verdict="mixed"),
        visitor.post(f"/desk/partners/acme/claims/{uuid4()}/verdict", verdict="mixed"),
        visitor.post(f"/desk/partners/acme/claims/{claim}/evidence", **good, comment=str(theirs["p0"])),
        visitor.post(f"/desk/partners/acme/claims/{claim}/evidence", **good, comment=str(wordless["p1"])),
        visitor.post("/desk/partners/nobody/claims", **claim_form()),
    ]
    assert [one.status_code for one in refused] == [404] * 6
    assert "Nothing yet." in text(visitor.get("/desk/partners/acme").text)


def test_what_does_not_fit_is_refused_with_words(visitor: Visitor, acme: World) -> None:
    assert acme
    visitor.post("/desk/partners/acme/claims", **claim_form())
    claim = claim_id(visitor.get("/desk/partners/acme").text)
    path = f"/desk/partners/acme/claims/{claim}"
    for fields in (
        claim_form(words=" "),
        claim_form(said_by=""),
        claim_form(said_by="a" * 201),
        claim_form(words="a" * 4001),
        claim_form(said_on="2026-11-16"),
        claim_form(said_on="soon"),
        claim_form(said_on="20261102"),
    ):
        assert visitor.post("/desk/partners/acme/claims", **fields).status_code == 422
    assert visitor.post(f"{path}/evidence", words="x", side="").status_code == 422
    assert visitor.post(f"{path}/evidence", words="x", side="for", comment="no id").status_code == 422
    assert visitor.post(f"{path}/evidence", words="", side="for").status_code == 422
    assert visitor.post(f"{path}/verdict", verdict="true").status_code == 422
    assert visitor.get("/desk/partners/acme").text.count("<article") == 1


def test_a_form_without_its_token_changes_nothing(visitor: Visitor, acme: World) -> None:
    assert acme
    visitor.post("/desk/partners/acme/claims", **claim_form())
    page = visitor.get("/desk/partners/acme").text
    path = f"/desk/partners/acme/claims/{UUID(claim_id(page))}"
    for where, fields in (
        ("/desk/partners/acme/claims", claim_form()),
        (f"{path}/evidence", {"words": "x", "side": "for"}),
        (f"{path}/verdict", {"verdict": "mixed"}),
    ):
        for token in ("", "x"):
            assert visitor.post(where, token=token, **fields).status_code == 403
    assert text(visitor.get("/desk/partners/acme").text).count("not judged yet") == 2


def test_an_account_manager_puts_nothing_down(visitor: Visitor, world: World) -> None:
    world.partner("acme", 40)
    visitor.come_in("account")
    visitor.get("/desk/released")
    refused = visitor.post("/desk/partners/acme/claims", **claim_form())
    assert refused.status_code == 403
    assert "Account managers" in refused.text
