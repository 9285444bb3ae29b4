"""Renewals on the overview: which need somebody, and who takes care of them."""

import re

import pytest
from sqlalchemy import select

from feedback.desk import renewals
from feedback.staff.models import AuditEntry
from tests.desk.conftest import Visitor
from tests.desk.reading import statements
from tests.desk.test_overview import text
from tests.gap.world import World


@pytest.fixture
def due(world: World) -> World:
    """Acme gave notice and renews in a month, Bolt in three and looks no worse than unknown."""
    world.partner("acme", name="Acme & <b>Söhne</b>")
    world.partner("bolt", name="Bolt")
    money = {"yearly_value_minor_units": 4_200_000, "currency": "EUR"}
    world.contract("acme", "a/1 &", 400, "2026-01-01", "2026-12-10", notice_on="2026-11-01", **money)
    world.contract("bolt", "b-1", 90, "2026-01-01", "2027-02-01")
    for slug in ("acme", "bolt"):
        world.answers(slug, "end_user", [0, 3, 9])
        world.answers(slug, "buyer", [9, 10])
    return world


def section(html: str) -> str:
    """The renewals' part of a page."""
    return html.partition('<h2 id="renewals">')[2].partition("</section>")[0]


def take(visitor: Visitor, **fields: str) -> int:
    """Write a step down for Acme's contract, or as `fields` say; the answer's status."""
    known = {"partner": "acme", "contract": "a/1 &", "owner": "Ben", "next_step": "Call <i>Ida</i>", "back": "/desk"}
    return visitor.post("/desk/renewals", **{**known, **fields}).status_code


def test_a_renewal_at_risk_stands_with_its_reason_and_what_is_due(visitor: Visitor, due: World) -> None:
    shown = section(visitor.sign_in().text)
    (one,) = [one for one in due.values().renewals if one.at_risk]
    assert one.partner == "acme"
    assert "in 30 days EUR 42,000, all of it at risk" in text(shown)
    assert f"10 Dec Acme & <b>Söhne</b> EUR 42,000 {text(one.state)}" in text(shown)
    assert one.why in text(shown)
    assert "nobody yet" in shown
    assert "Bolt" not in shown
    assert "1 other looks safe or cannot be told yet" in text(shown)


def test_all_renewals_have_a_page(visitor: Visitor, due: World) -> None:
    assert due
    visitor.come_in()
    page = visitor.get("/desk/renewals").text
    assert "2 renewals past due or due within 120 days" in text(page)
    assert "90 licences" in text(section(page))
    assert "in 61 to 90 1 contract without a value" in text(section(page))


def test_many_renewals_come_in_pages(visitor: Visitor, due: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert due
    monkeypatch.setattr(renewals, "ROWS_PER_PAGE", 1)
    visitor.come_in()
    first, last = visitor.get("/desk/renewals").text, visitor.get("/desk/renewals?page=9").text
    assert "Acme" in section(first) and "Bolt" not in section(first)
    assert "page 1 of 2 further" in text(first) and "/desk/renewals?page=2" in first
    assert "Bolt" in section(last) and "Acme" not in section(last)
    assert "back page 2 of 2" in text(last)


def test_reading_renewals_takes_few_queries_however_many_there_are(visitor: Visitor, due: World) -> None:
    visitor.sign_in()
    few = statements(visitor, "/desk/renewals")
    for number in range(20):
        due.partner(f"more{number}")
        due.contract(f"more{number}", "c", 30, "2026-01-01", "2026-12-01")
    visitor.get("/desk/renewals")  # what is known of partners is read anew once after a change
    assert statements(visitor, "/desk/renewals") == few
    assert "22 renewals" in visitor.get("/desk/renewals").text


def test_before_there_is_anything_the_pages_say_so(visitor: Visitor) -> None:
    visitor.come_in()
    assert "0 renewals past due" in text(visitor.get("/desk/renewals").text)
    for path in ("/desk/one-page", "/desk/report"):
        assert visitor.get(path).status_code == 200


def test_without_renewals_it_says_so(visitor: Visitor, world: World) -> None:
    world.partner("acme", 40)
    world.answers("acme", "end_user", [0, 3, 9])
    visitor.come_in()
    for path in ("/desk", "/desk/renewals"):
        assert "No contract is past due or comes due within 120 days." in visitor.get(path).text


@pytest.mark.parametrize("role", ["admin", "researcher", "analyst"])
def test_who_takes_care_of_it_is_written_beside_it(visitor: Visitor, due: World, role: str) -> None:
    visitor.come_in(role)
    assert take(visitor) == 303
    assert "Ben : Call <i>Ida</i>" in text(section(visitor.get("/desk").text))
    assert "<i>Ida" not in visitor.get("/desk").text
    assert take(visitor, owner=" Eve ", next_step="") == 303
    shown = text(section(visitor.get("/desk/renewals").text))
    assert "Eve" in shown and "Call" not in shown
    assert take(visitor, owner="", next_step=" ") == 303
    assert "nobody yet" in section(visitor.get("/desk").text)
    with due.services.database.reading() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "renewal.step_put")).all()
    assert [(one.actor, one.target) for one in entries] == [("staff:ann@example.com", "a/1 &")] * 3


def test_the_form_leads_back_to_where_it_stood_and_never_out(visitor: Visitor, due: World) -> None:
    assert due
    visitor.come_in()
    wanted = "/desk?from=2026-05&to=2026-11"
    fields = {"partner": "acme", "contract": "a/1 &", "owner": "Ben"}
    assert visitor.post("/desk/renewals", back=wanted, **fields).headers["Location"] == f"{wanted}#renewals"
    out = visitor.post("/desk/renewals", back="https://evil.example", **fields)
    assert out.headers["Location"] == "/desk#renewals"


def test_a_step_for_what_is_not_there_is_refused(visitor: Visitor, due: World) -> None:
    assert due
    visitor.come_in()
    assert take(visitor, contract="b-1") == 404
    assert take(visitor, partner="nobody") == 404
    assert take(visitor, owner="x" * 201) == 422
    assert take(visitor, next_step="x" * 401) == 422
    assert take(visitor, token="forged") == 403
    assert "nobody yet" in section(visitor.get("/desk").text)


def test_an_account_manager_neither_reads_nor_writes_steps(visitor: Visitor, due: World) -> None:
    assert due
    visitor.come_in("account")
    for path in ("/desk/renewals", "/desk/report", "/desk/one-page"):
        page = visitor.get(path)
        assert page.headers["Location"] == "/desk/released" and "Acme" not in page.text
    assert take(visitor) == 403


def test_the_overview_shows_the_largest_and_counts_the_rest(
    visitor: Visitor, due: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    due.partner("cargo", name="Cargo")
    due.contract("cargo", "c-1", 30, "2026-01-01", "2026-12-01", notice_on="2026-10-01")
    monkeypatch.setattr(renewals, "MOST_ON_OVERVIEW", 1)
    shown = text(section(visitor.sign_in().text))
    assert "Acme" in shown and "Cargo" not in shown
    assert "1 smaller one at risk; 1 other looks safe" in shown


def test_the_report_is_a_page_of_its_own_whose_style_alone_is_allowed(visitor: Visitor, due: World) -> None:
    assert due
    visitor.come_in()
    sheet, whole = visitor.get("/desk/one-page"), visitor.get("/desk/report?from=2026-10&to=2026-10")
    assert "How it was computed" in whole.text and "How it was computed" not in sheet.text
    assert "October 2026" in whole.text
    for page in (sheet, whole):
        assert due.values().headline.end_user.estimand
        policy = page.headers["Content-Security-Policy"]
        assert re.search(r"default-src 'none'; style-src 'self' 'sha256-[A-Za-z0-9+/]{43}='; script-src 'self'", policy)
        assert "unsafe" not in policy and page.headers["Cache-Control"] == "no-store"
