"""The door that makes personal links."""

from sqlalchemy import func, select

from feedback.responses.models import Invitation
from feedback.staff.models import AuditEntry
from tests.doors.conftest import Doors

ADDRESS = "/v1/surveys/end-user-nps/invitations"


def test_a_backend_gets_a_link_for_each_person_and_hears_who_has_none(doors: Doors) -> None:
    doors.partner()
    doors.survey()
    people = [{"partner": "acme", "respondent": one} for one in ("anna", "ben")]
    made = doors("POST", ADDRESS, {"respondents": [people[0], {"partner": "nobody", "respondent": "x"}, people[1]]})
    assert made.status_code == 201
    assert made.json["refused"] == [{"place": 1, "reason": "There is no such partner."}]
    assert [one["respondent"] for one in made.json["invitations"]] == ["anna", "ben"]
    for one in made.json["invitations"]:
        assert (one["partner"], one["expires_at"]) == ("acme", "2026-11-29T12:00:00Z")
        assert one["link"].startswith("http://localhost:8000/s/")
        assert doors("GET", one["link"].removeprefix("http://localhost:8000"), key=None).status_code == 200


def test_the_audit_log_says_how_many_links_were_made_and_holds_none(doors: Doors) -> None:
    doors.partner()
    doors.survey()
    body = {"respondents": [{"partner": "acme", "respondent": "anna@acme"}], "days": 3}
    (made,) = doors("POST", ADDRESS, body, key="write").json["invitations"]
    assert doors.audit()[-1] == (f"key:{doors.ids['write']}", "invitations.made", "end-user-nps")
    with doors.services.database.reading() as session:
        detail = session.scalars(select(AuditEntry.detail).order_by(AuditEntry.id.desc()).limit(1)).one()
    assert detail == {"links": 1, "refused": 0, "days": 3, "live": True}
    assert made["expires_at"] == "2026-11-18T12:00:00Z"


def test_links_of_a_test_key_are_test_links(doors: Doors) -> None:
    doors.partner()
    doors.survey()
    body = {"respondents": [{"partner": "acme", "respondent": "anna"}]}
    assert doors("POST", ADDRESS, body, key="test").status_code == 201
    with doors.services.database.reading() as session:
        assert session.scalars(select(Invitation.live)).all() == [False]


def test_links_to_what_asks_nobody_are_not_made(doors: Doors) -> None:
    doors.partner()
    body = {"respondents": [{"partner": "acme", "respondent": "anna"}]}
    assert doors("POST", ADDRESS, body).get_json(force=True)["code"] == "survey-unknown"
    doors("POST", "/v1/surveys", {"name": "end-user-nps", "audience": "end_user", "metric": "nps"})
    assert doors("POST", ADDRESS, body).get_json(force=True)["code"] == "survey-closed"
    doors("POST", "/v1/surveys/end-user-nps/publish")
    assert doors("POST", ADDRESS, body).status_code == 201
    doors("POST", "/v1/surveys/end-user-nps/pause")
    assert doors("POST", ADDRESS, body).get_json(force=True)["code"] == "survey-closed"


def test_a_thousand_people_fit_and_one_more_does_not(doors: Doors) -> None:
    doors.partner()
    doors.survey()
    people = [{"partner": "acme", "respondent": f"{'person ' * 20}{number}"} for number in range(1001)]
    assert doors("POST", ADDRESS, {"respondents": people}).status_code == 422
    made = doors("POST", ADDRESS, {"respondents": people[1:]})
    assert len({one["link"] for one in made.json["invitations"]}) == 1000
    with doors.services.database.reading() as session:
        assert session.scalar(select(func.count(Invitation.respondent_id.distinct()))) == 1000
    for days in (0, 91, None):
        assert doors("POST", ADDRESS, {"respondents": people[:1], "days": days}).status_code == 422
