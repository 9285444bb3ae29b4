"""The list of partners and one partner's page say what the report says."""

import re
from html import unescape
from io import BytesIO
from zipfile import ZipFile

import pytest

from feedback.comments.commands import Remarks, remark
from feedback.desk import partner_list
from tests.desk.conftest import Visitor
from tests.desk.reading import statements, text
from tests.desk.speaking import audited, say
from tests.gap.world import World, days, people


def names(html: str) -> list[str]:
    """The partners of the list, in its order."""
    return [text(cell) for cell in re.findall(r'<th scope="row"><a [^>]*>(<bdi.*?)</a></th>', html)]


@pytest.fixture
def three(world: World) -> World:
    """One with everything, one with a long name in another direction, one that is silent."""
    world.partner("acme", 40, name="Acme & <i>Söhne</i>", renews_on=_day("2027-01-20"))
    world.partner("nakhil", 90, name="مجموعة النخيل " * 9)
    world.partner("silent", 30, name="Silent")
    world.seats("acme", people(20), attributes={"team": "sales"})
    world.active("acme", people(8), *days("2026-10-01", "2026-11-14", 7))
    world.answers("acme", "end_user", {"p0": 2, "p1": 3, "p2": 9, "p3": 4}, attributes={"team": "sales"})
    world.know_buyers("acme", "ada", role="decision_maker")
    world.know_buyers("acme", "bob", role="champion")
    world.answers("acme", "buyer", {"ada": 9, "bob": 10}, on="2026-10-20", reason="price")
    world.answers("nakhil", "end_user", [9, 10, 10])
    world.promoted("acme", "2026-10-05", reach=15)
    return world


def _day(value: str) -> object:
    from datetime import date

    return date.fromisoformat(value)


def test_every_partner_stands_in_the_list_with_its_numbers(visitor: Visitor, three: World) -> None:
    visitor.come_in()
    page = visitor.get("/desk/partners?sort=name").text
    assert names(page) == ["Acme & <i>Söhne</i>", "Silent", ("مجموعة النخيل " * 9).strip()]
    row = text(re.search(r"<tr><th scope=\"row\"><a [^>]*/acme.*?</tr>", page)[0])  # type: ignore[index]
    acme = three.row("acme")
    assert acme.adoption.activation is not None
    assert f"{round(100 * acme.adoption.activation)} %" in row
    assert "20 Jan 2027" in row and " 40 " in row
    assert "<i>Söhne" not in page


def test_the_list_is_filtered_and_sorted_by_its_address(visitor: Visitor, three: World) -> None:
    assert three
    visitor.come_in()
    assert names(visitor.get("/desk/partners?q=SÖHNE").text) == ["Acme & <i>Söhne</i>"]
    assert names(visitor.get("/desk/partners?sort=-licences").text)[0] == "Silent"
    assert names(visitor.get("/desk/partners?sort=licences").text)[-1] == "Silent"
    states = {row.partner: row.state.state for row in three.values().partners}
    page = visitor.get("/desk/partners?state=undetermined").text
    assert len(names(page)) == list(states.values()).count("undetermined")
    nobody = visitor.get("/desk/partners?q=<script>alert(1)</script>").text
    assert "No partner fits" in nobody and "<script" not in nobody
    for odd in ("sort=x", "page=0", "page=99999", "page=-1", "state=x&side=y", "page=²"):
        assert len(names(visitor.get(f"/desk/partners?{odd}").text)) == 3


def test_a_long_list_comes_in_pages(visitor: Visitor, three: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert three
    monkeypatch.setattr(partner_list, "ROWS_PER_PAGE", 2)
    visitor.come_in()
    page = visitor.get("/desk/partners?sort=name").text
    assert len(names(page)) == 2 and "1 to 2 of 3" in text(page)
    assert "page=2" in page
    assert names(visitor.get("/desk/partners?sort=name&page=2").text) == [("مجموعة النخيل " * 9).strip()]


def test_without_partners_the_list_says_what_brings_them(visitor: Visitor) -> None:
    visitor.come_in()
    assert "feedback import contracts" in visitor.get("/desk/partners").text


def test_the_list_leaves_as_a_file_with_the_partners_that_were_found(visitor: Visitor, three: World) -> None:
    assert three
    visitor.come_in()
    lines = visitor.get("/desk/partners.csv?q=acme")
    assert lines.mimetype == "text/csv" and "attachment" in lines.headers["Content-Disposition"]
    assert [line.split(",")[:2] for line in lines.text.splitlines()[1:]] == [["headline", ""], ["partner", "acme"]]
    for path in ("/desk/partners.xlsx", "/desk/partners/acme/report.xlsx?from=2026-10"):
        book = ZipFile(BytesIO(visitor.client.get(path).data))
        assert "acme" in book.read("xl/sharedStrings.xml").decode().lower()


def test_a_partners_page_says_what_its_report_says(visitor: Visitor, three: World) -> None:
    visitor.come_in()
    page = visitor.get("/desk/partners/acme").text
    said = text(page)
    report = three.values(partner="acme")
    row = report.partners[0]
    assert f"<h1>{report.sentence}</h1>" in unescape(page)
    for sentence in (*row.side_at_risk.facts, *row.adoption.sentences, row.exposure.sentence):
        assert sentence in said
    assert "seats deployed 20" in said and "active once 8" in said and "never active 12" in said
    assert "5 Oct 2026 , mail: 15 people reached" in said.replace(" ,", " ,") or "5 Oct 2026, mail" in said
    assert "Ada decision maker 9 20 Oct 2026 26 price" in said
    assert said.index("Ada decision maker") < said.index("Bob champion")
    assert "team sales" in said
    assert "Nothing is recorded: the default policy holds" in said
    assert "First answer 10 Nov 2026" in said
    assert "No embed key in use serves this partner" in said
    assert "<i>Söhne" not in page


def test_a_partners_rights_are_those_recorded(visitor: Visitor, three: World) -> None:
    until = _day("2026-11-01")
    three.policy(
        "acme", lawful_basis="legitimate interest", notice_version="v3", consulted="works <b>council", valid_until=until
    )
    visitor.come_in()
    page = visitor.get("/desk/partners/acme").text
    said = text(page)
    assert "Lawful basis legitimate interest" in said and "Informed by notice v3" in said
    assert "Valid until 1 Nov 2026 has run out" in said
    assert "works &lt;b&gt;council" in page


def test_the_timeline_shows_what_happened_in_its_month(visitor: Visitor, three: World) -> None:
    three.answers("acme", "end_user", {"p0": 7}, on="2026-03-04")
    visitor.come_in()
    said = text(visitor.get("/desk/partners/acme").text)
    october = said[said.index("2026-10 ") : said.index("2026-09 ")]
    assert "5 Oct 2026: People were told by mail (15 people reached)" in october
    assert "2026-03 " in said


def test_a_silent_partner_has_a_page_too(visitor: Visitor, three: World) -> None:
    assert three
    visitor.come_in()
    page = visitor.get("/desk/partners/silent")
    assert page.status_code == 200
    assert "nobody answered yet" in text(page.text)


def test_the_period_is_chosen_in_the_address(visitor: Visitor, three: World) -> None:
    three.answers("acme", "end_user", {"p9": 0}, on="2026-03-04")
    visitor.come_in()
    for path in ("/desk/partners", "/desk/partners/acme"):
        assert 'href="?from=2025-12&amp;to=2026-11"' in visitor.get(path).text.replace("/desk/partners?", "?")
        assert 'from=2025-12&amp;to=2026-11" aria-current' in visitor.get(f"{path}?from=2025-12&to=2026-11").text
    assert "5 people" in text(visitor.get("/desk/partners/acme?from=2025-12").text)
    assert "4 people" in text(visitor.get("/desk/partners/acme").text)


@pytest.mark.parametrize(("role", "links"), [("admin", True), ("researcher", True), ("analyst", False)])
def test_who_may_read_comments_is_led_to_them(visitor: Visitor, three: World, role: str, links: bool) -> None:
    assert three
    visitor.come_in(role)
    page = visitor.get("/desk/partners/acme").text
    link = "/desk/comments?partner=acme&amp;audience=end_user"
    assert (link in page) is links
    if links:
        assert visitor.get(link.replace("&amp;", "&")).status_code == 200


def test_what_people_wrote_stands_beside_what_buyers_wrote_for_those_who_read_comments(
    visitor: Visitor, three: World
) -> None:
    say(three, "acme", "<i>Too</i> slow", score=2)
    say(three, "acme", "We like it", audience="buyer", score=9)
    say(three, "silent", "Somebody else's")
    marked = say(three, "acme", "About my health")
    with three.services.database.transaction() as session:
        remarks = Remarks(None, None, "health")
        remark(session, three.ids["acme"], marked, remarks, actor="cli", now=three.services.clock())
    visitor.come_in("researcher")
    page = visitor.get("/desk/partners/acme").text
    assert re.search(r"End users NPS 2 <i>Too</i> slow .* Buyers NPS 9 We like it", text(page))
    assert "Somebody else" not in page and "About my health" not in page
    (read,) = audited(three.services, "comment.read")
    assert (read.target, read.detail) == ("comments", {"partner": "acme", "count": 2})
    visitor.post("/logout")
    link = visitor.staff("ben@example.com", role="analyst")
    visitor.get(link)
    visitor.post(link)
    assert "slow" not in visitor.get("/desk/partners/acme").text


def test_an_unknown_partner_is_not_found(visitor: Visitor, three: World) -> None:
    assert three
    visitor.come_in()
    for path in ("/desk/partners/nobody", "/desk/partners/nobody/report.xlsx", "/desk/partners/%3Cb%3E"):
        refused = visitor.get(path)
        assert (refused.status_code, refused.mimetype) == (404, "text/html")
        assert "<b>" not in refused.text


def test_months_that_cannot_be_are_refused(visitor: Visitor, three: World) -> None:
    assert three
    visitor.come_in()
    for path in ("/desk/partners?from=2030-01", "/desk/partners/acme?from=x"):
        assert visitor.get(path).status_code == 422


@pytest.mark.parametrize("role", ["admin", "researcher", "analyst"])
def test_who_reads_numbers_sees_partners(visitor: Visitor, three: World, role: str) -> None:
    assert three
    visitor.come_in(role)
    for path in ("/desk/partners", "/desk/partners/acme"):
        page = visitor.get(path)
        assert page.status_code == 200 and "Acme" in page.text
        assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert " style=" not in page.text and "<script>" not in page.text


def test_an_account_manager_sees_no_partner_and_gets_no_file(visitor: Visitor, three: World) -> None:
    assert three
    visitor.come_in("account")
    for path in (
        *("/desk/partners", "/desk/partners/acme", "/desk/partners.csv", "/desk/partners.xlsx"),
        *("/desk/partners/acme/report.xlsx", "/desk/decisions"),
    ):
        page = visitor.get(path)
        assert page.headers["Location"] == "/desk/released"
        assert "Acme" not in page.text


def test_nobody_comes_in_without_signing_in(visitor: Visitor, three: World) -> None:
    assert three
    for path in ("/desk/partners", "/desk/partners.csv", "/desk/partners/acme", "/desk/decisions"):
        assert visitor.get(path).status_code == 303


def test_a_page_asks_the_same_few_questions_however_many_partners_and_claims(visitor: Visitor, three: World) -> None:
    from tests.desk.test_claims import claim_form

    visitor.sign_in()
    paths = ("/desk/partners", "/desk/partners/acme", "/desk/decisions")
    few = [statements(visitor, path) for path in paths]
    for number in range(5):
        three.partner(f"more{number}", 10)
        three.answers(f"more{number}", "end_user", [5])
        visitor.post("/desk/partners/acme/claims", **claim_form())
    for path in paths:
        visitor.get(path)  # what is counted is read anew once after a fold
    assert [statements(visitor, path) for path in paths] == few
    assert max(few) < 60
