import pytest
from sqlalchemy import select, text

from feedback.core.services import Services
from feedback.seats.commands import seat_id
from feedback.seats.models import Seat, SeatAttributes
from tests.conftest import FakeClock
from tests.doors.conftest import Doors


def test_a_seat_is_deployed_and_learns_its_attributes(doors: Doors, clock: FakeClock) -> None:
    doors.partner()
    first = {"deployed_on": "2026-03-01", "attributes": {"department": "Nursing", "country": "CH"}}
    assert doors("PUT", "/v1/partners/acme/seats/anna%40acme.example", first).json == {**first, "left_on": None}
    clock.forward(days=1)
    left = doors("PUT", "/v1/partners/acme/seats/anna%40acme.example", {"left_on": "2026-11-01"}).json
    assert left == {**first, "left_on": "2026-11-01"}
    declared = doors("GET", "/v1/attributes", key="read").json["attributes"]
    assert {one["name"]: one["values"] for one in declared} == {"country": ["CH"], "department": ["Nursing"]}


@pytest.mark.requirement("ASVS 2.3.3")
def test_a_seventh_attribute_is_a_conflict_and_changes_nothing(doors: Doors, services: Services) -> None:
    doors.partner()
    six = {f"a{number}": "x" for number in range(6)}
    assert doors("PUT", "/v1/partners/acme/seats/anna", {"attributes": six}).status_code == 200
    response = doors("PUT", "/v1/partners/acme/seats/bert", {"attributes": {"a6": "x"}})
    assert (response.status_code, response.get_json(force=True)["code"]) == (409, "conflict")
    with services.database.reading() as session:
        assert len(session.scalars(select(Seat)).all()) == 1


def test_the_twenty_first_value_is_other(doors: Doors) -> None:
    values = [f"v{number}" for number in range(20)]
    assert doors("POST", "/v1/attributes", {"name": "team", "values": values}).status_code == 201
    doors.partner()
    put = doors("PUT", "/v1/partners/acme/seats/anna", {"attributes": {"team": "v20"}})
    assert put.json["attributes"] == {"team": "other"}


def test_attributes_have_a_form(doors: Doors) -> None:
    for name in ("", "a b", "a" * 41, "a\n"):
        assert doors("POST", "/v1/attributes", {"name": name}).status_code == 422
    assert doors("POST", "/v1/attributes", {"name": "a", "values": ["x"] * 21}).status_code == 422
    doors.partner()
    for attributes in ({"a b": "x"}, {"a": ""}, {"a": 1}, {"a": "x" * 81}, ["a"]):
        assert doors("PUT", "/v1/partners/acme/seats/anna", {"attributes": attributes}).status_code == 422


@pytest.mark.requirement("ASVS 8.2.3")
def test_who_a_seat_is_stands_nowhere_in_the_database(doors: Doors, services: Services) -> None:
    doors.partner()
    doors.survey()
    doors("PUT", "/v1/partners/acme/seats/anna-the-secret", {"deployed_on": "2026-03-01"})
    doors("POST", "/v1/partners/acme/activity", {"days": [{"seat": "anna-the-secret", "day": "2026-11-01"}]})
    answer = {"survey": "end-user-nps", "respondent": "anna-the-secret", "score": 9}
    doors("PUT", "/v1/partners/acme/responses/0190b0a0-0000-7000-8000-000000000001", answer)
    with services.database.reading() as session:
        for table in Seat.metadata.sorted_tables:
            for row in session.execute(text(f"SELECT * FROM {table.name}")):  # names of our own tables
                assert "anna-the-secret" not in repr(row)


def test_a_seat_at_two_partners_is_two_seats(doors: Doors, services: Services) -> None:
    doors.partner()
    doors.partner("other")
    doors("PUT", "/v1/partners/acme/seats/anna", {"attributes": {"team": "a"}})
    there = doors("PUT", "/v1/partners/other/seats/anna", {})
    assert there.json["attributes"] == {}
    with services.database.reading() as session:
        assert len(session.scalars(select(Seat)).all()) == 2
        assert len(session.scalars(select(SeatAttributes)).all()) == 1


def test_a_seat_cannot_leave_before_it_came(doors: Doors) -> None:
    doors.partner()
    response = doors("PUT", "/v1/partners/acme/seats/anna", {"deployed_on": "2026-03-02", "left_on": "2026-03-01"})
    assert list(response.get_json(force=True)["errors"]) == ["left_on"]


def test_a_thousand_days_of_activity_come_at_once_and_twice_changes_nothing(doors: Doors, services: Services) -> None:
    partner = doors.partner()
    days = [
        {
            "seat": f"someone-{number % 100:04d}@acme.example",
            "day": f"2026-11-{number % 14 + 1:02d}",
            "meaningful": True,
        }
        for number in range(1000)
    ]
    for _ in range(2):
        taken = doors("POST", "/v1/partners/acme/activity", {"days": days})
        assert (taken.status_code, taken.json) == (200, {"days": 1000}), taken.text
    assert doors("POST", "/v1/partners/acme/activity", {"days": [*days, days[0]]}).status_code == 422
    with services.database.reading() as session:
        seats = session.scalars(select(Seat)).all()
        assert len(seats) == 100
        own = seat_id(services.secrets.pepper, seats[0].partner_id, "someone-0000@acme.example")
        first = session.get_one(Seat, (seats[0].partner_id, own))
        assert (first.first_active_on.day, first.last_active_on.day) == (1, 13)
    assert ("activity.recorded", partner) in {(action, target) for _, action, target in doors.audit()}


def test_nobody_was_active_in_the_future(doors: Doors) -> None:
    doors.partner()
    days = [{"seat": "anna", "day": "2026-11-16"}, {"seat": "anna", "day": "2026-11-17"}]
    assert doors("POST", "/v1/partners/acme/activity", {"days": days[:1]}).status_code == 200
    response = doors("POST", "/v1/partners/acme/activity", {"days": days})
    assert list(response.get_json(force=True)["errors"]["days"]) == ["1"]


def test_a_buyer_is_named_and_named_again(doors: Doors) -> None:
    doors.partner()
    put = doors("PUT", "/v1/partners/acme/buyers/cfo%40acme.example", {"role": "decision_maker", "name": "Kim"})
    assert put.json == {"buyer": "cfo@acme.example", "role": "decision_maker", "name": "Kim"}
    again = doors("PUT", "/v1/partners/acme/buyers/cfo%40acme.example", {"role": "champion"})
    assert again.json == {"buyer": "cfo@acme.example", "role": "champion", "name": "Kim"}
    assert doors("PUT", "/v1/partners/acme/buyers/x", {"role": "king"}).status_code == 422
