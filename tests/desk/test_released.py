"""What account managers and buyers see: what was released, and not a byte of anything else."""

import re

import pytest
from sqlalchemy import event

from feedback.core.services import Services
from feedback.decisions import commands as decisions
from feedback.decisions.values import NewDecision, Review
from feedback.partners.models import Partner
from feedback.privacy import commands
from feedback.seats.commands import seat_id
from tests.conftest import FakeClock
from tests.desk.conftest import Visitor
from tests.desk.reading import text
from tests.gap.world import PEPPER, World, people

MARKED = "MARKED-COMMENT"
OPEN_TO_ACCOUNTS = ("/desk/released", "/desk/settings/account", "/desk/settings/notices", "/login", "/logout")


def release(world: World) -> None:
    """Let the rule look at all partners."""
    commands.release_all(world.services.database, world.services.settings, now=world.services.clock())


def tell(world: World, slug: str | None, words: str) -> None:
    """Something is decided, reviewed and told."""
    now = world.services.clock()
    new = NewDecision("MARKED-TITLE", "MARKED-FINDING", "MARKED-OWNER", "end_user", "MARKED-EXPECTED", now.date())
    with world.services.database.transaction() as session:
        partner_id = None if slug is None else world.ids[slug]
        settings = world.services.settings
        one = decisions.add_decision(session, settings, new, partner_id=partner_id, actor="cli", now=now)
        decisions.review_decision(session, settings, one.id, Review("MARKED-OUTCOME", words), actor="cli", now=now)


@pytest.fixture
def released(world: World) -> World:
    """A partner with a release, full of what must never be seen; another that has none yet."""
    world.at("2026-11-15")
    world.partner("acme", 77, name="Acme & <i>Söhne</i>")
    world.policy("acme", may_share_back=True)
    world.seats("acme", people(77))
    world.active("acme", people(41), "2026-08-03")
    scores = {person: (3, 8, 10)[place % 3] for place, person in enumerate(people(33))}
    world.answers("acme", "end_user", scores, on="2026-10-17", comment=MARKED)
    world.answers("acme", "buyer", {"MARKED-BUYER": 9, "ben": 10}, on="2026-10-20")
    world.know_buyers("acme", "MARKED-BUYER", "ben")
    world.partner("secret", 20, name="Secret Partner")
    tell(world, "acme", "You get <b>answers</b> within a day.")
    tell(world, None, "Everybody can log in by phone.")
    tell(world, "secret", "MARKED-OTHER")
    release(world)
    return world


def test_the_released_view_shows_what_was_released(visitor: Visitor, released: World) -> None:
    assert released
    visitor.come_in("account")
    page = visitor.get("/desk/released/acme")
    said = text(page.text)
    assert "Acme & <i>Söhne</i>" in said and "<i>Söhne" not in page.text
    assert "November 2025 to October 2026" in said
    assert "Would they recommend it? 0 " in said
    assert "about 30 about 40 % of about 80 with access" in said
    assert "about 50 % of those with access, at the end of October 2026" in said
    assert "9 or 10: very about 30 %" in said
    assert "You get <b>answers</b> within a day." in said and "<b>answers" not in page.text
    assert "Everybody can log in by phone." in said
    assert "Before" not in said


def test_the_released_view_says_nothing_else(visitor: Visitor, released: World) -> None:
    visitor.come_in("admin")
    page = visitor.get("/desk/released/acme").text
    for never in ("MARKED", "Secret", "ann@example.com", "Ann", "<nav", "<form", "<script", " style=", "buyer"):
        assert never not in page, never
    for small in ("33", "77", "41", "44", "36", "2026-10", "17 Oct"):
        assert small not in text(page), small
    for person in people(77):
        assert str(seat_id(PEPPER, released.ids["acme"], person)) not in page
    assert re.findall(r"<title>(.*?)</title>", page) == ["Acme &amp; &lt;i&gt;Söhne&lt;/i&gt; · what your people say"]


def test_the_released_view_asks_for_what_was_frozen_and_for_nothing_else(visitor: Visitor, released: World) -> None:
    visitor.come_in("account")
    asked: list[str] = []
    database = released.services.database

    def note(_connection, _cursor, statement, *_rest) -> None:
        asked.append(statement)

    def trace(connection, *_rest) -> None:
        connection.set_trace_callback(asked.append)  # also what is asked past SQLAlchemy

    kind, listener = ("checkout", trace) if database.is_sqlite else ("before_cursor_execute", note)
    event.listen(database.engine, kind, listener)
    visitor.get("/desk/released/acme")
    event.remove(database.engine, kind, listener)
    tables = {name for one in asked for name in re.findall(r"(?:FROM|JOIN|INTO|UPDATE) (\w+)", one)}
    # The session of whoever looks, and the vendor's name.
    assert tables - {"staff", "staff_sessions", "second_factors", "preferences"} == {
        "partners",
        "policies",
        "releases",
        "decisions",
        "paraphrases",
        "product_releases",
    }
    columns = {name for one in asked for name in re.findall(r"(?:releases|decisions|partners)\.(\w+)", one)}
    assert not columns & {"kept", "finding", "outcome", "title", "owner", "expected", "before", "after", "made_at"}


def test_what_people_do_after_a_release_does_not_change_the_page(
    visitor: Visitor, released: World, clock: FakeClock
) -> None:
    visitor.come_in("analyst")
    before = visitor.get("/desk/released/acme").text
    released.answers("acme", "end_user", dict.fromkeys(people(30), 0), on="2026-10-18", comment=MARKED)
    released.forget("acme", "end_user", "p3")
    clock.forward(minutes=5)
    release(released)
    assert visitor.get("/desk/released/acme").text == before


def test_a_second_release_stands_before_the_first(visitor: Visitor, released: World) -> None:
    released.at("2026-12-02")
    released.answers("acme", "end_user", dict.fromkeys(people(40, 30), 10), on="2026-11-18")
    release(released)
    visitor.come_in("account")
    said = text(visitor.get("/desk/released/acme").text)
    assert said.index("Would they recommend it? +80 or more") < said.index("Before") < said.index("November 2025 to")


def test_without_a_release_the_page_says_when_there_will_be_one(visitor: Visitor, released: World) -> None:
    released.policy("secret", may_share_back=True)
    visitor.come_in("account")
    said = text(visitor.get("/desk/released/secret").text)
    assert "Nothing has been released yet" in said and "MARKED-OTHER" in said
    assert "You get" not in said
    for unknown in ("nobody", "%3Cb%3E"):
        refused = visitor.get(f"/desk/released/{unknown}")
        assert refused.status_code == 404 and "<b>" not in refused.text


def test_nothing_is_shown_while_the_policy_forbids_it_or_to_a_partner_that_left(
    visitor: Visitor, released: World
) -> None:
    visitor.come_in("account")
    before = visitor.get("/desk/released/acme").text
    released.policy("acme", may_share_back=False)
    hidden = text(visitor.get("/desk/released/acme").text)
    assert "Nothing is shared back at present" in hidden and "Would they" not in hidden and "%" not in hidden
    released.policy("acme", may_share_back=True)
    assert visitor.get("/desk/released/acme").text == before
    with released.services.database.transaction() as session:
        session.get_one(Partner, released.ids["acme"]).left_at = released.services.clock()
    assert "Nothing is shared back at present" in visitor.get("/desk/released/acme").text


def test_the_list_says_which_months_were_released_and_no_number_of_people(visitor: Visitor, released: World) -> None:
    released.partner("almost", 60)
    released.policy("almost", may_share_back=True)
    released.seats("almost", people(60))
    released.answers("almost", "end_user", dict.fromkeys(people(9), 5), on="2026-10-10")
    release(released)
    visitor.come_in("account")
    page = visitor.get("/desk").headers["Location"]
    assert page == "/desk/released"
    said = text(visitor.get(page).text)
    assert "November 2025 to October 2026 when enough more people have answered" in said
    assert "Almost nothing yet when enough more people have answered" in said
    assert "Secret Partner nothing yet not while the policy keeps numbers back" in said
    assert not re.search(r"\b9\b", said)


def test_the_list_is_found_sorted_and_leaves_as_a_file(visitor: Visitor, released: World) -> None:
    assert released
    visitor.come_in("account")
    assert "Secret" not in visitor.get("/desk/released?q=söhne").text
    assert "No partner fits" in visitor.get("/desk/released?q=<script>").text
    for order, first in (("name", "acme"), ("-name", "secret"), ("months", "acme"), ("x", "acme")):
        lines = visitor.get(f"/desk/released.csv?sort={order}").text.splitlines()
        assert [line.split(",")[0] for line in lines[:2]] == ["partner", first]
    assert visitor.client.get("/desk/released.xlsx").status_code == 200


def test_an_account_manager_gets_nowhere_else(visitor: Visitor, released: World) -> None:
    """Every address of the service, each with the ids that there are."""
    visitor.come_in("account")
    rules = visitor.client.application.url_map.iter_rules()
    shown: dict[str, bytes] = {}
    for rule in rules:
        if "GET" not in (rule.methods or ()) or rule.endpoint in {"login.asset", "static"}:
            continue
        path = re.sub(r"<uuid:[^>]*>", str(released.ids["acme"]), rule.rule)
        path = re.sub(r"<[^>]*(slug|partner)[^>]*>", "acme", path)
        path = re.sub(r"<[^>]*>", "1", path)
        with visitor.client.get(path) as response:
            body = response.data.replace(b"MARKED-OTHER", b"")  # told to the other partner, on its page
            assert b"MARKED" not in body, path
            if response.status_code == 200:
                shown[path] = body
    desk = {path for path in shown if path.startswith("/desk")}
    assert {"/desk/released", "/desk/released/acme", "/desk/released.csv"} <= desk
    assert not {path for path in desk if not path.startswith(OPEN_TO_ACCOUNTS)}
    for path, body in shown.items():
        assert b"Secret Partner" not in body or path.startswith("/desk/released"), path


def test_without_partners_the_list_says_so(visitor: Visitor) -> None:
    visitor.come_in("account")
    assert "There are no partners yet" in text(visitor.get("/desk/released").text)


@pytest.mark.parametrize("role", ["admin", "researcher", "analyst", "account"])
def test_everybody_may_show_the_released_view(visitor: Visitor, released: World, role: str) -> None:
    assert released
    visitor.come_in(role)
    page = visitor.get("/desk/released/acme")
    assert page.status_code == 200
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "script-src" not in page.headers["Content-Security-Policy"]


def test_a_partners_page_leads_to_what_its_buyer_may_see(visitor: Visitor, released: World) -> None:
    assert released
    visitor.come_in("analyst")
    assert re.search(r'<a href="/desk/released/acme">Show to buyer</a>', visitor.get("/desk/partners/acme").text)


def test_groups_are_shown_by_name(visitor: Visitor, released: World, services: Services) -> None:
    released.partner("bolt", 60, name="Bolt")
    released.policy("bolt", may_share_back=True)
    released.seats("bolt", people(60))
    for place, team in enumerate(("sales", "<b>care")):
        scores = dict.fromkeys(people(12, 12 * place), 10)
        released.answers("bolt", "end_user", scores, on="2026-10-10", attributes={"team": team})
    with services.database.transaction() as session:
        commands.permit_attribute(session, released.ids["bolt"], "team", actor="cli", now=services.clock())
    release(released)
    visitor.come_in("account")
    page = visitor.get("/desk/released/bolt").text
    assert "<b>care +30 or more about 10" in text(page) and "<b>care" not in page
    assert "Would they recommend it?" not in page
