import pytest

from tests.conftest import FakeClock
from tests.doors.conftest import Doors

CONTRACT = {
    "licences": 200,
    "starts_on": "2026-01-01",
    "renews_on": "2027-01-01",
    "yearly_value": "48000.5",
    "currency": "eur",
}


def test_a_partner_is_created_read_and_changed(doors: Doors, clock: FakeClock) -> None:
    created = doors("POST", "/v1/partners", {"slug": "acme", "name": "Acme", "policy": {"may_contact": True}})
    assert created.status_code == 201
    assert created.json["policy"]["may_contact"] is True
    assert created.json["policy"]["may_ask"] is True
    clock.forward(days=1)
    change = {"name": "Acme AG", "left": True, "policy": {"may_ask": False, "valid_until": "2027-01-01"}}
    changed = doors("PATCH", "/v1/partners/acme", change)
    assert changed.json["left_at"] == "2026-11-16T12:00:00Z"
    read = doors("GET", "/v1/partners/acme", key="read").json
    assert read == changed.json
    assert (read["name"], read["policy"]["may_ask"], read["policy"]["may_contact"]) == ("Acme AG", False, True)
    assert doors("PATCH", "/v1/partners/acme", {"left": False}).json["left_at"] is None
    actor = f"key:{doors.ids['all']}"
    assert doors.audit() == [(actor, "partner.created", "acme"), *[(actor, "partner.changed", "acme")] * 2]


def test_a_slug_is_taken_once(doors: Doors) -> None:
    doors.partner()
    response = doors("POST", "/v1/partners", {"slug": "acme", "name": "Another"})
    assert (response.status_code, response.get_json(force=True)["code"]) == (409, "partner-exists")


@pytest.mark.parametrize("slug", ["", "Acme", "-acme", "acme-", "ac me", "acme\n", "a" * 81])
def test_a_slug_has_a_form(doors: Doors, slug: str) -> None:
    assert doors("POST", "/v1/partners", {"slug": slug, "name": "Acme"}).status_code == 422


def test_partners_come_in_pages_without_a_gap(doors: Doors, clock: FakeClock) -> None:
    names = [doors.partner(f"p{number}") for number in range(7)]
    clock.forward(seconds=1)
    names.append(doors.partner("p7"))
    seen, cursor, pages = [], "", 0
    while cursor is not None:
        page = doors("GET", f"/v1/partners?limit=3&cursor={cursor}" if cursor else "/v1/partners?limit=3").json
        seen += [one["slug"] for one in page["partners"]]
        cursor, pages = page["next_cursor"], pages + 1
    assert (seen, pages) == (names, 3)
    assert doors("GET", "/v1/partners?cursor=abc").status_code == 422


def test_a_contract_is_put_and_replaced(doors: Doors) -> None:
    doors.partner()
    put = doors("PUT", "/v1/partners/acme/contracts/2026%2F17", CONTRACT)
    assert put.status_code == 200, put.text
    assert put.json["contract_id"] == "2026/17"
    assert (put.json["yearly_value"], put.json["currency"]) == ("48000.50", "EUR")
    renewed = {**CONTRACT, "yearly_value": 48000, "outcome": "renewed", "renewed_licences": 250, "renewed_value": "1"}
    doors("PUT", "/v1/partners/acme/contracts/2026%2F17", renewed)
    (standing,) = doors("GET", "/v1/partners/acme/contracts", key="read").json["contracts"]
    assert (standing["yearly_value"], standing["renewed_value"], standing["outcome"]) == ("48000.00", "1.00", "renewed")


def test_a_contract_id_of_another_partner_is_another_contract(doors: Doors) -> None:
    doors.partner()
    doors.partner("other")
    doors("PUT", "/v1/partners/acme/contracts/1", CONTRACT)
    doors("PUT", "/v1/partners/other/contracts/1", {**CONTRACT, "licences": 5})
    (own,) = doors("GET", "/v1/partners/acme/contracts").json["contracts"]
    assert own["licences"] == 200


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"licences": -1}, "licences"),
        ({"licences": 10**12}, "licences"),
        ({"renews_on": "2026-01-01"}, "renews_on"),
        ({"currency": None}, "currency"),
        ({"currency": "XYZ"}, "currency"),
        ({"yearly_value": "1,000"}, "yearly_value"),
        ({"yearly_value": True}, "yearly_value"),
        ({"yearly_value": -1}, "yearly_value"),
        ({"yearly_value": 1e300}, "yearly_value"),
        ({"yearly_value": "1.005"}, "yearly_value"),
        ({"outcome": "lost"}, "outcome"),
    ],
)
def test_a_contract_that_cannot_be_is_refused(doors: Doors, change: dict[str, object], field: str) -> None:
    doors.partner()
    response = doors("PUT", "/v1/partners/acme/contracts/1", {**CONTRACT, **change})
    assert response.status_code == 422, response.text
    assert list(response.get_json(force=True)["errors"]) == [field]
    assert doors("GET", "/v1/partners/acme/contracts").json == {"contracts": []}


def test_a_promotion_is_one_per_day_and_channel(doors: Doors) -> None:
    doors.partner()
    for reach in (100, 250):
        promotion = {"day": "2026-11-02", "channel": "mail", "reach": reach}
        assert doors("POST", "/v1/partners/acme/promotions", promotion).status_code == 201
    doors("POST", "/v1/partners/acme/promotions", {"day": "2026-11-01", "channel": "poster", "note": "canteen"})
    assert doors("GET", "/v1/partners/acme/promotions").json["promotions"] == [
        {"day": "2026-11-01", "channel": "poster", "reach": None, "note": "canteen"},
        {"day": "2026-11-02", "channel": "mail", "reach": 250, "note": None},
    ]


@pytest.mark.requirement("ASVS 2.3.3")
def test_an_entry_about_a_partner_is_kept_with_the_change_or_not_at_all(doors: Doors) -> None:
    doors("PATCH", "/v1/partners/nobody", {"name": "x"})
    assert doors.audit() == []
