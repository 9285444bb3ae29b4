"""What reaches a partner of comments: a researcher's words for what many wrote, and never for a few, or for all."""

from datetime import date

import flask
import pytest

from feedback.core.errors import Problem
from feedback.core.months import month_of
from feedback.core.services import Services
from feedback.partners.queries import partner_by_slug
from feedback.privacy import paraphrases
from feedback.privacy.models import Paraphrase
from feedback.privacy.paraphrases import NewParaphrase
from tests.desk.conftest import Visitor
from tests.desk.reading import text
from tests.desk.speaking import audited, say
from tests.gap.world import World, people
from tests.trust.handing import Hand, label, release

OURS = "Many find that swapping shifts takes too long."
FIRST = month_of(date(2025, 11, 1))


@pytest.fixture
def world(services: Services) -> World:
    """Thirty people answered in October; eleven of them wrote about shifts, one of these in confidence."""
    world = World(services)
    world.at("2026-11-15")
    world.partner("acme", 60)
    world.policy("acme", may_share_back=True)
    world.seats("acme", people(60))
    scores = {person: (3, 8, 10)[place % 3] for place, person in enumerate(people(30))}
    wrote = world.answers("acme", "end_user", dict(list(scores.items())[:12]), on="2026-10-17", comment="Shifts, slow!")
    world.answers("acme", "end_user", dict(list(scores.items())[12:]), on="2026-10-17")
    label(world, "acme", list(wrote.values())[:10], "shifts")
    label(world, "acme", list(wrote.values())[10:11], "shifts", restricted="health")
    release(world)
    return world


@pytest.fixture
def hand(app: flask.Flask, services: Services) -> Hand:
    """Somebody at the partner."""
    return Hand(app.test_client(), services)


@pytest.fixture
def visitor(app: flask.Flask, services: Services) -> Visitor:
    """A fresh browser at the desk, nobody signed in."""
    return Visitor(app.test_client(), services)


def write(world: World, words: str = OURS, *, about: str = "shifts", month: int = FIRST) -> Paraphrase:
    services = world.services
    with services.database.transaction() as session:
        partner, new = partner_by_slug(session, "acme"), NewParaphrase(month, about, words)
        return paraphrases.write(session, services.settings, partner, new, actor="staff:r", now=services.clock())


def approve(world: World, one: Paraphrase) -> None:
    services = world.services
    with services.database.transaction() as session:
        partner = partner_by_slug(session, "acme")
        paraphrases.approve(session, services.settings, partner, one.id, actor="staff:a", now=services.clock())


@pytest.mark.requirement("TRUST blind-buyer-6: comments never verbatim, only a paraphrase that a researcher approved")
def test_a_paraphrase_is_read_by_the_partner_once_it_is_approved(hand: Hand, world: World) -> None:
    link = hand.link()
    one = write(world)
    assert OURS not in text(hand.get(link).text)
    approve(world, one)
    said = text(hand.get(link).text)
    assert (
        f"{OURS} November 2025 to October 2026" in said and "Shifts, slow!" not in said and "shifts " not in said[:400]
    )
    assert [entry.actor for entry in audited(world.services, "paraphrase.written")] == ["staff:r"]
    assert [entry.actor for entry in audited(world.services, "paraphrase.approved")] == ["staff:a"]
    services = world.services
    with services.database.transaction() as session:
        partner = partner_by_slug(session, "acme")
        paraphrases.take_back(session, partner, one.id, actor="staff:a", now=services.clock())
    assert OURS not in text(hand.get(link).text)


def test_it_stands_for_ten_people_or_it_is_refused(world: World) -> None:
    label(world, "acme", [say(world, "acme", "x")], "lonely")
    with pytest.raises(Problem, match="Fewer than 10 people wrote"):
        write(world, about="lonely")
    with pytest.raises(Problem, match="Nothing was released about these months"):
        write(world, month=FIRST + 1)
    one = write(world)
    # Of the ten one is erased before it is approved; whoever wrote in confidence does not stand in.
    world.forget("acme", "end_user", "p3")
    with pytest.raises(Problem, match="Fewer than 10 people wrote"):
        approve(world, one)


def test_what_nearly_everybody_wrote_is_refused(world: World) -> None:
    rest = world.answers("acme", "end_user", dict.fromkeys(people(12, 12), 8), on="2026-10-18", comment="Me too")
    label(world, "acme", rest.values(), "shifts")
    with pytest.raises(Problem, match="All but fewer than 10 people"):
        write(world)


def test_that_somebody_took_a_comment_back_does_not_show(hand: Hand, world: World) -> None:
    approve(world, write(world))
    link = hand.link()
    before = hand.get(link).data
    for person in people(5):
        world.forget("acme", "end_user", person)
    assert hand.get(link).data == before


@pytest.mark.requirement("TRUST blind-buyer-6: comments never verbatim, only a paraphrase that a researcher approved")
@pytest.mark.parametrize(
    ("theirs", "ours", "refused"),
    [
        ("My boss reads ALONG, I fear", "They fear that “my boss, reads along”.", True),
        ("My boss reads along", "Some fear that a boss reads what they say.", False),
        ("Needs offline mode", "Everybody needs offline mode soon", True),
        ("Too slow", "Many find it too slow on the ward", False),
        ("الأداة بطيئة جدا هنا", "قال كثيرون الأداة بطيئة جدا هنا", True),
    ],
)
def test_words_of_somebody_are_refused(world: World, theirs: str, ours: str, refused: bool) -> None:
    say(world, "acme", theirs)
    if refused:
        with pytest.raises(Problem, match="somebody's own"):
            write(world, ours)
    else:
        write(world, ours)


def test_only_who_reads_comments_writes_and_approves(visitor: Visitor, world: World) -> None:
    visitor.come_in("researcher")
    page = visitor.get("/desk/partners/acme/handed")
    assert "There is none yet" in page.text and ">shifts</option>" in page.text
    fields = {"months": str(FIRST), "label": "shifts", "text": OURS}
    for ours in (OURS, "Shifts take long."):
        assert visitor.post("/desk/partners/acme/handed/paraphrases", **{**fields, "text": ours}).status_code == 303
    assert visitor.post("/desk/partners/acme/handed/paraphrases", **{**fields, "text": ""}).status_code == 422
    assert visitor.post("/desk/partners/acme/handed/paraphrases", **{**fields, "label": "none"}).status_code == 409
    said = text(visitor.get("/desk/partners/acme/handed").text)
    assert OURS in said and "waits for approval" in said
    with world.services.database.reading() as session:
        first, second = paraphrases.paraphrases(session, world.ids["acme"])
    address = f"/desk/partners/acme/handed/paraphrases/{second.id}"
    analyst = visitor.elsewhere()
    link = analyst.staff("bob@example.com", "analyst")
    analyst.get(link)
    analyst.post(link)
    assert OURS not in analyst.get("/desk/partners/acme/handed").text
    assert analyst.post(f"{address}/approve").status_code == 403
    assert visitor.post(f"{address}/approve").status_code == 303
    assert visitor.post(f"/desk/partners/acme/handed/paraphrases/{first.id}/take-back").status_code == 303
    assert "approved by ann@example.com" in text(visitor.get("/desk/partners/acme/handed").text)


def test_staff_make_a_link_and_end_them_all(visitor: Visitor, hand: Hand, world: World) -> None:
    assert world
    visitor.come_in("analyst")
    visitor.get("/desk/partners/acme")
    made = visitor.post("/desk/partners/acme/handed/links", days="30")
    assert made.status_code == 200 and made.headers["Cache-Control"] == "no-store"
    address = text(made.text).partition("http://localhost:8000")[2].partition(" ")[0]
    assert hand.get(address).status_code == 200
    shown = visitor.get("/desk/partners/acme/handed").text
    assert address not in shown and "15 Dec 2026" in text(shown) and "first on 15 Nov 2026" in text(shown)
    for days in ("", "0", "x", "9999", "-3"):
        assert visitor.post("/desk/partners/acme/handed/links", days=days).status_code == 422
    assert visitor.post("/desk/partners/acme/handed/links/revoke").status_code == 303
    assert hand.get(address).status_code == 404
    account = visitor.elsewhere()
    link = account.staff("cem@example.com", "account")
    account.get(link)
    account.post(link)
    assert account.post("/desk/partners/acme/handed/links", days="30").status_code == 403
    assert account.get("/desk/partners/acme/handed").status_code == 303
