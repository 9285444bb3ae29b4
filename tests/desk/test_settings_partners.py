"""Partners, their contracts, promotions and policies, as the settings keep them."""

import csv
from io import StringIO

import pytest
from sqlalchemy import select

from feedback.partners import queries
from feedback.partners.commands import PolicyTerms
from feedback.partners.models import Policy
from feedback.staff.models import AuditEntry
from tests.desk.conftest import Visitor
from tests.desk.reading import statements, text
from tests.gap.world import World

LIST = "/desk/settings/partners"
ACME = f"{LIST}/acme"
NAUGHTY = "<script>alert('x')</script> مرحبا"
CONTRACT = {"contract_id": "2027", "licences": "40", "starts_on": "2027-01-01", "renews_on": "2028-01-01"}
FORMS = {
    LIST: {"name": "Bolt", "slug": "bolt"},
    f"{ACME}/name": {"name": "Other"},
    f"{ACME}/left": {"left": "yes"},
    f"{ACME}/contract": CONTRACT,
    f"{ACME}/promotions": {"day": "2026-11-01", "channel": "mail"},
    f"{ACME}/promotions/remove": {"day": "2026-10-01", "channel": "mail"},
    f"{ACME}/policy": {"may_ask": "yes", "branding": "own"},
}


@pytest.fixture
def acme(visitor: Visitor, world: World) -> World:
    """A partner with a contract and a promotion, and an admin at its page."""
    world.partner("acme", 20, name="Acme", yearly_value_minor_units=12_000_00, currency="EUR")
    world.promoted("acme", "2026-10-01")
    visitor.come_in("admin")
    visitor.get(ACME)
    return world


def audited(world: World) -> list[str]:
    """What the log says was done in the desk, oldest first."""
    with world.services.database.reading() as session:
        wanted = select(AuditEntry.action).where(
            AuditEntry.actor == "staff:ann@example.com", AuditEntry.target == "acme"
        )
        return list(session.scalars(wanted.order_by(AuditEntry.at, AuditEntry.id)))


def terms(world: World) -> PolicyTerms:
    """What holds for the partner."""
    with world.services.database.reading() as session:
        return queries.terms_of(session, world.ids["acme"])


@pytest.mark.usefixtures("acme")
def test_a_partner_is_added_and_its_slug_is_taken_then(visitor: Visitor) -> None:
    done = visitor.post(LIST, name="Bolt & Söhne", slug="bolt")
    assert done.headers["Location"] == f"{LIST}/bolt"
    assert "Bolt & Söhne" in text(visitor.get(done.headers["Location"]).text)
    again = visitor.post(LIST, name="Another", slug="bolt")
    assert again.status_code == 409
    assert 'value="Another"' in again.text
    assert "There is a partner 'bolt' already." in text(again.text)


@pytest.mark.parametrize("fields", [{"name": "", "slug": "bolt"}, {"name": "Bolt", "slug": "Bolt Inc"}])
@pytest.mark.usefixtures("acme")
def test_a_partner_that_does_not_fit_is_refused_beside_its_field(visitor: Visitor, fields: dict[str, str]) -> None:
    done = visitor.post(LIST, **fields)
    assert done.status_code == 422
    assert 'aria-invalid="true"' in done.text
    assert all(f'value="{value}"' in done.text for value in fields.values())


def test_the_list_is_searched_filtered_ordered_and_paged_by_its_address(visitor: Visitor, world: World) -> None:
    visitor.come_in("admin")
    assert "There are no partners yet" in text(visitor.get(LIST).text)
    for number in range(103):
        world.partner(f"p{number:03}", 10 if number == 7 else None, name=f"Partner {number:03}")
    world.left("p009")
    first = text(visitor.get(LIST).text)
    assert "1 to 100 of 103" in first
    assert "Partner 102" in text(visitor.get(f"{LIST}?page=2").text)
    assert "Partner 102" in text(visitor.get(f"{LIST}?sort=-name").text)
    only = text(visitor.get(f"{LIST}?only=left").text)
    assert "1 partner of 103" in only
    assert "Partner 009" in only
    assert "Partner 007" in text(visitor.get(f"{LIST}?q=partner+007").text)
    assert "No partner fits" in text(visitor.get(f"{LIST}?q=nobody").text)
    lines = list(csv.reader(StringIO(visitor.get(f"{LIST}.csv?only=left").text)))
    assert [line[:2] for line in lines] == [["slug", "name"], ["p009", "Partner 009"]]


def test_a_contract_is_added_and_changed_whole(visitor: Visitor, acme: World) -> None:
    new = {**CONTRACT, "yearly_value": "1200.50", "currency": "eur", "outcome": "open"}
    assert visitor.post(f"{ACME}/contract", **new).headers["Location"] == f"{ACME}#contracts"
    shown = visitor.get(f"{ACME}?contract=2027").text
    assert 'name="yearly_value" type="text" value="1200.50"' in shown
    change = {**new, "standing": "2027", "outcome": "churned", "decided_on": "2026-12-01", "currency": "EUR"}
    assert visitor.post(f"{ACME}/contract", **change).status_code == 303
    with acme.services.database.reading() as session:
        (_, one) = queries.contracts(session, acme.ids["acme"])
    assert (one.contract_id, one.outcome, one.yearly_value_minor_units, one.currency) == (
        "2027",
        "churned",
        120050,
        "EUR",
    )
    assert audited(acme) == ["contract.recorded", "contract.recorded"]


@pytest.mark.parametrize(
    ("fields", "wrong", "said"),
    [
        ({"contract_id": "one"}, "contract_id", "There is a contract with this id already"),
        ({"contract_id": ""}, "contract_id", "An id has 1 to 200 characters"),
        ({"licences": "many"}, "licences", "Must be a whole number."),
        ({"renews_on": "2026-01-01"}, "renews_on", "Must be after starts_on."),
        ({"starts_on": ""}, "starts_on", "Must be filled in."),
        ({"yearly_value": "12"}, "currency", "An amount needs its currency."),
        ({"yearly_value": "1.234,50", "currency": "EUR"}, "yearly_value", "Must be an amount like 1200.50"),
        ({"yearly_value": "1.5", "currency": "JPY"}, "yearly_value", "JPY has 0 decimals"),
        ({"currency": "XXQ"}, "currency", "Must be an ISO 4217 code"),
        ({"outcome": "lost"}, "outcome", "Must be one of"),
    ],
)
def test_a_contract_that_does_not_fit_says_so_beside_the_field_and_keeps_the_rest(
    visitor: Visitor, acme: World, fields: dict[str, str], wrong: str, said: str
) -> None:
    sent = {**CONTRACT, "outcome": "open", "notice_on": "2027-06-01", **fields}
    done = visitor.post(f"{ACME}/contract", **sent)
    assert done.status_code == 422
    told = done.text.split(f'id="contract-{wrong}-wrong">')[1].split("</small>")[0]
    assert said in told
    assert 'name="notice_on" type="date" value="2027-06-01"' in done.text
    assert audited(acme) == []


def test_a_promotion_is_recorded_and_taken_back(visitor: Visitor, acme: World) -> None:
    told = {"day": "2026-11-02", "channel": NAUGHTY, "reach": "120", "note": "two lines\r\nof it"}
    assert visitor.post(f"{ACME}/promotions", **told).status_code == 303
    page = visitor.get(ACME).text
    assert NAUGHTY not in page
    assert NAUGHTY in text(page)
    assert visitor.post(f"{ACME}/promotions/remove", day="2026-11-02", channel=NAUGHTY).status_code == 303
    assert visitor.post(f"{ACME}/promotions/remove", day="2026-11-02", channel=NAUGHTY).status_code == 404
    with acme.services.database.reading() as session:
        assert [one.day.isoformat() for one in queries.promotions(session, acme.ids["acme"])] == ["2026-10-01"]
    refused = visitor.post(f"{ACME}/promotions", **{**told, "reach": "-3"})
    assert refused.status_code == 422
    assert "two lines" in refused.text
    assert audited(acme) == ["promotion.recorded", "promotion.removed"]


def test_a_policy_is_recorded_as_a_new_version_and_the_history_says_what_changed(visitor: Visitor, acme: World) -> None:
    assert "the vendor’s default policy holds" in text(visitor.get(ACME).text)
    first = {"may_ask": "yes", "may_contact": "yes", "lawful_basis": "consent", "branding": "co_branded"}
    assert visitor.post(f"{ACME}/policy", **first).status_code == 303
    assert terms(acme) == PolicyTerms(may_contact=True, lawful_basis="consent", branding="co_branded")
    acme.services.clock.forward(minutes=5)  # type: ignore[attr-defined]
    second = {"lawful_basis": "consent", "branding": "co_branded", "valid_until": "2027-01-01", "role_of_data": ""}
    assert visitor.post(f"{ACME}/policy", **second).status_code == 303
    page = text(visitor.get(ACME).text)
    assert "May ask: no ; May contact people who say yes: no ; Valid until: 1 Jan 2027" in page
    assert "Lawful basis: consent ; Branding of the widget: both names" in page
    assert visitor.post(f"{ACME}/policy", **second).status_code == 303
    with acme.services.database.reading() as session:
        assert len(session.scalars(select(Policy)).all()) == 2, "the same once more is no new version"
    refused = visitor.post(f"{ACME}/policy", **{**second, "valid_until": "soon", "lawful_basis": NAUGHTY})
    assert refused.status_code == 422
    assert "&lt;script&gt;" in refused.text
    assert audited(acme) == ["partner.changed", "partner.changed"]


def test_a_partner_is_renamed_leaves_and_comes_back(visitor: Visitor, acme: World) -> None:
    assert visitor.post(f"{ACME}/name", name=NAUGHTY).status_code == 303
    assert NAUGHTY not in visitor.get(ACME).text
    visitor.post(f"{ACME}/left", left="yes")
    assert "left 15 Nov 2026" in text(visitor.get(ACME).text)
    visitor.post(f"{ACME}/left", left="no")
    assert "left 15 Nov 2026" not in text(visitor.get(ACME).text)
    assert visitor.post(f"{ACME}/name", name=" ").status_code == 422
    assert audited(acme) == ["partner.changed"] * 3


@pytest.mark.parametrize("role", ["researcher", "analyst"])
def test_others_read_without_forms_and_change_nothing(visitor: Visitor, world: World, role: str) -> None:
    world.partner("acme", 20, name="Acme")
    visitor.come_in(role)
    for path in (LIST, ACME):
        page = visitor.get(path)
        assert page.status_code == 200
        assert page.text.count('method="post"') == 1, "to sign out, and no other"
    for path, fields in FORMS.items():
        assert visitor.post(path, **fields).status_code == 403
    assert visitor.get(f"{LIST}.csv").status_code == 200


def test_account_managers_see_nothing_of_it(visitor: Visitor, world: World) -> None:
    world.partner("acme", 20)
    visitor.come_in("account")
    assert [visitor.get(path).status_code for path in (LIST, f"{LIST}.csv", ACME)] == [403] * 3


@pytest.mark.parametrize("path", FORMS)
def test_a_forged_form_changes_nothing(visitor: Visitor, acme: World, path: str) -> None:
    assert visitor.post(path, **{**FORMS[path], "token": "forged"}).status_code == 403
    assert audited(acme) == []


@pytest.mark.parametrize("path", [path.replace("acme", "nobody") for path in FORMS if path != LIST])
@pytest.mark.usefixtures("acme")
def test_a_partner_that_is_not_there_is_not_found(visitor: Visitor, path: str) -> None:
    assert visitor.post(path, **FORMS[path.replace("nobody", "acme")]).status_code == 404


def test_the_pages_take_few_statements_however_many_there_are(visitor: Visitor, acme: World) -> None:
    few = statements(visitor, LIST), statements(visitor, ACME)
    for number in range(20):
        acme.partner(f"p{number}", 10)
        acme.contract("acme", f"c{number}", 10, "2026-01-01", "2027-01-01")
    assert (statements(visitor, LIST), statements(visitor, ACME)) == few
    assert max(few) <= 12
