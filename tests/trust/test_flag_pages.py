"""Flags in the desk: seen where they matter, decided by those who may, written down, and taken back."""

import re

import pytest
from sqlalchemy import insert, select

from feedback.core.ids import new_id
from feedback.flags.models import Flag
from feedback.flags.queries import MOST
from feedback.responses.models import SetAside
from feedback.staff.models import AuditEntry
from feedback.tallies.verify import verify
from tests.desk.conftest import Visitor
from tests.desk.reading import text
from tests.gap.world import World, people

DATABASES = ("sqlite",)


@pytest.fixture
def crowd(world: World) -> World:
    """A partner with a name that is hard to bear, at which 60 answered whom nobody knows; and an honest one."""
    world.counts_at_once = False
    world.partner("acme", 40, name="Acme & <i>Söhne</i> " + "S" * 150)
    world.partner("bolt", 40)
    for slug in ("acme", "bolt"):
        world.seats(slug, people(30))
        for number in range(12):
            world.answers(slug, "end_user", {f"p{number}": number % 9}, on=f"2026-09-{number + 1:02}")
        world.answers(slug, "buyer", {"cfo": 9}, on="2026-10-02")
    ghosts = {f"ghost-{number}": 7 + number % 4 for number in range(60)}
    world.answers("acme", "end_user", ghosts, on="2026-11-12", trust="partner")
    world.daily()
    return world


def a_flag(world: World, kind: str = "unknown") -> Flag:
    with world.services.database.reading() as session:
        return session.scalars(select(Flag).where(Flag.kind == kind)).one()


def section(html: str) -> str:
    found = re.search(r'<section aria-labelledby="flags">.*?</section>', html, re.S)
    return text(found[0]) if found else ""


@pytest.mark.requirement("TRUST nobody-invented-3: flags stand on the desk's pages and in the report's notes")
def test_a_flag_is_seen_where_it_matters(visitor: Visitor, crowd: World) -> None:
    assert a_flag(crowd).p_value is not None
    visitor.come_in("analyst")
    html = visitor.get("/desk/quality").text
    (block,) = re.findall(r'<section id="flags" class="check (\w+)".*?</section>', html, re.S)
    assert block == "problem" and "<i>Söhne" not in html
    page = visitor.get("/desk/partners/acme").text
    assert "60 of 72 answers came from people whom your files and backend do not know" in section(page)
    assert "no decision stands; the answers count" in section(page)
    assert "<form" not in re.search(r'<section aria-labelledby="flags">.*?</section>', page, re.S)[0]  # type: ignore[index]
    assert section(visitor.get("/desk/partners/bolt").text) == ""
    assert "raised against answers at Acme" in text(visitor.get("/desk").text)


def test_what_does_not_fit_on_a_page_is_not_said_to_be_all(visitor: Visitor, crowd: World) -> None:
    visitor.come_in("analyst")
    kept = a_flag(crowd)
    same = {column.name: getattr(kept, column.name) for column in Flag.__table__.columns}
    assert "At least" not in visitor.get("/desk/quality").text
    assert "There may be more" not in section(visitor.get("/desk/partners/acme").text)
    with crowd.services.database.transaction() as session:
        session.execute(insert(Flag), [{**same, "id": new_id()} for _ in range(MOST)])
    assert f"At least {MOST} flags wait for a decision" in text(visitor.get("/desk/quality").text)
    assert "There may be more: feedback flags list --partner acme" in section(visitor.get("/desk/partners/acme").text)


@pytest.mark.requirement("ASVS 8.2.2")
@pytest.mark.parametrize("role", ["analyst", "account"])
def test_only_admins_and_researchers_decide(visitor: Visitor, crowd: World, role: str) -> None:
    visitor.come_in(role)
    visitor.get("/desk/settings/account")
    flag = a_flag(crowd)
    for decision in ("aside", "honest"):
        path = f"/desk/partners/acme/flags/{flag.id}"
        assert visitor.post(path, decision=decision, reason="because").status_code == 403
    assert a_flag(crowd).settled_at is None
    with crowd.services.database.reading() as session:
        assert session.scalars(select(SetAside)).all() == []


@pytest.mark.requirement("TRUST nobody-invented-2: setting aside is reversible, has a reason and is in the audit log")
def test_answers_are_set_aside_and_counted_again(visitor: Visitor, crowd: World) -> None:
    visitor.come_in("researcher")
    flag = a_flag(crowd)
    path = f"/desk/partners/acme/flags/{flag.id}"
    before = text(visitor.get("/desk/partners/acme").text)
    assert visitor.post(path, decision="aside", reason=" ", whose="unknown").status_code == 422
    assert visitor.post(path, decision="aside", reason="x", whose="somebody").status_code == 422
    assert visitor.post("/desk/partners/bolt/flags/" + str(flag.id), decision="aside", reason="x").status_code == 404
    done = visitor.post(path, decision="aside", reason="nobody <b>knows</b> them", whose="unknown")
    assert (done.status_code, done.headers["Location"]) == (303, "/desk/partners/acme#flags")
    assert visitor.services.ring.rung[-1] == "fold"  # type: ignore[attr-defined]
    crowd.catch_up()
    after = visitor.get("/desk/partners/acme").text
    assert "60 answers set aside by ann@example.com : nobody <b>knows</b> them" in section(after)
    assert "With what was set aside:" in section(after)
    assert "60 people were set aside" in text(visitor.get("/desk").text)
    quality = text(visitor.get("/desk/quality").text)
    assert "set aside by staff not counted 60 71 %" in quality and "Counting what was set aside as well" in quality
    assert visitor.post(path, decision="aside", reason="again", whose="unknown").status_code == 409
    with crowd.services.database.transaction() as session:
        assert verify(session, now=crowd.services.clock()).clean
        identifier = session.scalars(select(SetAside.id)).one()
    back = f"/desk/partners/acme/asides/{identifier}/back"
    assert visitor.post(back, reason="").status_code == 422
    assert visitor.post(back, reason="they are from the new site").status_code == 303
    crowd.catch_up()
    assert text(visitor.get("/desk/partners/acme").text) == before
    with crowd.services.database.reading() as session:
        logged = [(one.actor, one.action, one.detail["reason"]) for one in session.scalars(select(AuditEntry))
                  if one.action.startswith("answers.")]  # fmt: skip
    assert logged == [
        ("staff:ann@example.com", "answers.set_aside", "nobody <b>knows</b> them"),
        ("staff:ann@example.com", "answers.counted_again", "they are from the new site"),
    ]


def test_a_flag_that_is_held_to_be_honest_is_no_more_a_problem(visitor: Visitor, crowd: World) -> None:
    visitor.come_in("admin")
    visitor.get("/desk/partners/acme")
    with crowd.services.database.reading() as session:
        identifiers = session.scalars(select(Flag.id)).all()
    for identifier in identifiers:
        path = f"/desk/partners/acme/flags/{identifier}"
        assert visitor.post(path, decision="honest", reason="a new site").status_code == 303
    assert "held to be honest by ann@example.com : a new site" in section(visitor.get("/desk/partners/acme").text)
    html = visitor.get("/desk/quality").text
    assert re.findall(r'<section id="flags" class="check (\w+)"', html) == ["fine"]
    assert "raised against answers" not in text(visitor.get("/desk").text)
