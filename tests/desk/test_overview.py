"""The overview says what the report says, in every state that data can be in."""

import re
from html import unescape

import pytest

from feedback import charts
from feedback.desk import overview
from feedback.gap import sentences
from tests.conftest import FakeClock
from tests.desk.conftest import Visitor
from tests.desk.reading import drawn, statements
from tests.gap.world import World


def text(html: str) -> str:
    """What a reader sees, on one line."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


def table_names(html: str) -> list[str]:
    """The partners in the table, in its order."""
    return [text(cell) for cell in re.findall(r'<th scope="row">(<bdi.*?)</th>', html)]


def picture_names(html: str) -> list[str]:
    """The partners in the gap chart, in its order."""
    found = drawn(html)
    return [row["name"] for row in found["gaps"]["datasets"]["rows"]] if "gaps" in found else []


@pytest.fixture
def four(world: World) -> World:
    """Two partners below, one above, one with buyers only."""
    world.partner("acme", 400, name="Acme")
    world.partner("bolt", 1200, name="Bolt & <b>Söhne</b>")
    world.partner("nakhil", 90, name="مجموعة النخيل")
    world.partner("silent", 30, name="Silent")
    world.answers("acme", "end_user", [0, 3, 9, 7, 6, 10])
    world.answers("acme", "buyer", [9, 10, 9])
    world.answers("bolt", "end_user", [2, 1, 4, 9])
    world.answers("bolt", "buyer", [10, 10])
    world.answers("nakhil", "end_user", [9, 10, 10, 8])
    world.answers("nakhil", "buyer", [6])
    world.answers("silent", "buyer", [7])
    return world


def test_without_partners_it_says_what_to_do_first(visitor: Visitor) -> None:
    page = text(visitor.sign_in("admin").text)
    for command in ("feedback import contracts", "feedback import buyer-scores", "feedback keys add-embed"):
        assert command in page
    assert "feedback demo" in page


def test_with_partners_but_no_answers_it_leads_to_what_is_missing(visitor: Visitor, world: World) -> None:
    world.partner("acme", 40)
    page = visitor.sign_in().text
    assert "Nobody answered in September to November 2026" in text(page)
    assert '<a href="/desk/first-steps">bring answers in</a>' in page


def test_it_opens_with_the_report_in_one_sentence(visitor: Visitor, four: World) -> None:
    page = visitor.sign_in().text
    assert f">{four.values().sentence}</h1>" in unescape(page)


def test_the_headline_numbers_are_the_reports(visitor: Visitor, four: World) -> None:
    page = text(visitor.sign_in().text)
    headline = four.values().headline
    assert headline.gap is not None
    for score, people in ((headline.end_user, "14 people"), (headline.buyer, "6 buyers")):
        low, high = sentences.points_text(score.low), sentences.points_text(score.high)
        assert f"{sentences.points_text(score.score)} between {low} and {high} {people}" in page
    assert f"Gap {abs(round(headline.gap.points))} below between" in page
    assert "4 partners, 3 with both sides and licences" in page


def test_the_picture_goes_from_most_to_least_at_stake(visitor: Visitor, four: World) -> None:
    assert four
    assert picture_names(visitor.sign_in().text) == ["Bolt & <b>Söhne</b>", "Acme", "مجموعة النخيل"]


def test_every_partner_stands_in_the_table_with_its_people(visitor: Visitor, four: World) -> None:
    page = visitor.sign_in().text
    rows = {name: row for row in re.findall(r"<tr><th scope=\"row\"><bdi.*?</tr>", page) for name in table_names(row)}
    assert list(rows) == ["Bolt & <b>Söhne</b>", "Acme", "مجموعة النخيل", "Silent"]
    for partner in four.values().partners:
        row = text(rows[partner.name])
        assert f"{partner.licences:,} {sentences.points_text(partner.end_user.score)}" in row
        assert f" {partner.end_user.people} " in row
        assert f" {partner.buyer.people} " in row
    assert "150 below" in text(rows["Bolt & <b>Söhne</b>"])
    assert "one buyer only" in text(rows["مجموعة النخيل"])
    assert "no end user answered" in text(rows["Silent"])


def test_the_address_sorts_the_table(visitor: Visitor, four: World) -> None:
    assert four
    visitor.come_in()
    page = visitor.get("/desk?sort=-licences").text
    assert table_names(page) == ["Silent", "مجموعة النخيل", "Acme", "Bolt & <b>Söhne</b>"]
    assert 'aria-sort="ascending"' in page
    assert "/desk?sort=licences#partners" in page


def test_the_table_finds_partners_by_a_part_of_the_name(visitor: Visitor, four: World) -> None:
    assert four
    visitor.come_in()
    page = visitor.get("/desk?q=SÖHNE&sort=name").text
    assert table_names(page) == ["Bolt & <b>Söhne</b>"]
    assert "1 partner of 4" in text(page)
    assert len(picture_names(page)) == 3
    nobody = visitor.get("/desk?q=<script>alert(1)</script>").text
    assert "No partner has this in its name" in nobody
    assert "<script>" not in nobody


def test_many_partners_come_in_pages_and_the_chart_shows_where_most_is_at_stake(
    visitor: Visitor, four: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert four
    monkeypatch.setattr(overview, "ROWS_PER_PAGE", 3)
    monkeypatch.setattr(charts, "MOST_LINES", 2)
    page = visitor.sign_in().text
    assert picture_names(page) == ["Bolt & <b>Söhne</b>", "Acme"]
    assert "The 2 with most at stake of 3, by licences, most first" in text(page)
    assert 'href="/desk/charts/gaps"' in page
    assert "1 to 3 of 4 further" in text(page)
    last = visitor.get("/desk?page=2").text
    assert "back 4 to 4 of 4" in text(last)
    assert table_names(last) == ["Silent"]


def test_the_period_is_chosen_in_the_address_and_stays_in_every_link(visitor: Visitor, four: World) -> None:
    four.answers("acme", "end_user", [1, 1], on="2026-05-10")
    visitor.come_in()
    page = visitor.get("/desk?from=2026-05-20&to=2026-05").text
    assert "May 2026 ·" in text(page)
    assert "Acme" in text(page)
    assert "End users score" not in text(page)
    links = [unescape(link) for link in re.findall(r'href="(/desk\?[^"]*sort=[^"]*)"', page)]
    assert links
    assert all("from=2026-05&to=2026-05" in link for link in links)
    assert '<option value="2026-05" selected>' in page


def test_months_that_cannot_be_are_refused_with_words(visitor: Visitor) -> None:
    visitor.come_in()
    for query in ("from=2030-01", "from=x", "from=2026-11&to=2026-01", "to=2026-13"):
        refused = visitor.get(f"/desk?{query}")
        assert (refused.status_code, refused.mimetype) == (422, "text/html")


def test_one_partner_has_a_headline_without_interval(visitor: Visitor, world: World) -> None:
    world.partner("acme", 40, name="Acme")
    world.answers("acme", "end_user", [0, 3, 9])
    world.answers("acme", "buyer", [9, 10])
    page = text(visitor.sign_in().text)
    assert "End users score −33, buyers 100: 133 points below (one partner is too few to prove a gap)" in page
    assert "The headline rests on one partner" in page


def test_one_side_alone_has_no_gap_and_says_so(visitor: Visitor, world: World) -> None:
    world.partner("acme", 40, name="Acme")
    world.answers("acme", "end_user", [0, 3, 9])
    page = visitor.sign_in().text
    assert picture_names(page) == []
    assert "no buyer answered" in text(page)
    assert "Nothing counts in the headline yet" in text(page)
    assert "end users −33" in text(page)


def test_the_foot_tells_who_vouches_and_what_was_left_out(visitor: Visitor, four: World, clock: FakeClock) -> None:
    four.answers("acme", "end_user", [0, 1], trust="none")
    four.answers("acme", "end_user", [5], trust="partner")
    clock.forward(minutes=5)
    page = text(visitor.sign_in().text)
    assert "you, the vendor 14 82 % 7 100 %" in page
    assert "their partner 1 6 % 0 0 %" in page
    assert "nobody not counted 2 12 % 0 0 %" in page
    assert "Counting only those you vouch for yourself:" in page
    for note in four.values().quality.notes:
        assert note in page
    assert "As of 15 November 2026, 12:05 UTC; answers last counted 15 November 2026, 12:00 UTC" in page


def test_an_account_manager_sees_nothing_that_was_not_released(visitor: Visitor, four: World) -> None:
    assert four
    page = visitor.sign_in("account")
    assert page.headers["Location"] == "/desk/released"
    assert "Acme" not in page.text


def test_a_page_is_read_from_one_snapshot_in_few_queries(visitor: Visitor, four: World) -> None:
    assert four
    visitor.sign_in()
    few = statements(visitor, "/desk")
    for number in range(20):
        four.partner(f"more{number}", 10)
        four.answers(f"more{number}", "end_user", [5])
    visitor.get("/desk")  # what is counted is read anew once after a fold
    assert statements(visitor, "/desk") == few
