"""People's rights at the desk: admins look somebody up, take the file, erase; nobody else, and by our forms only."""

# ruff: noqa: F811 - fixtures of other rooms

import json

import pytest
from flask import Flask
from sqlalchemy import select

from feedback.core.services import Services
from feedback.staff.models import AuditEntry
from tests.desk.conftest import Visitor, visitor  # noqa: F401 - a fixture
from tests.trust.somebody import ADDRESS, WROTE, Town, left_of, make_town

DATABASES = ("sqlite",)

PAGE = "/desk/settings/people"
ANNA = {"partner": "northwind", "subject": "anna"}


@pytest.fixture
def town(app: Flask, services: Services, visitor: Visitor) -> Town:
    """Anna, of whom all is held, and an admin at the page."""
    made = make_town(services, app.test_client())
    made.live("anna")
    visitor.come_in("admin")
    visitor.get(PAGE)
    return made


def audited(town: Town) -> list[str]:
    with town.services.database.reading() as session:
        wanted = select(AuditEntry.action).where(AuditEntry.action.startswith("respondent."))
        return list(session.scalars(wanted.order_by(AuditEntry.id)))


@pytest.mark.requirement("TRUST rights-17: the desk shows, hands out and erases what is held on a person")
def test_an_admin_looks_somebody_up_takes_the_file_and_erases(visitor: Visitor, town: Town) -> None:
    looked = visitor.post(PAGE, **ANNA)
    assert looked.status_code == 200 and "What is held" in looked.text and "Answers, with comments" in looked.text
    assert WROTE not in looked.text and ADDRESS not in looked.text and audited(town) == []
    file = visitor.post(f"{PAGE}/export", **ANNA)
    assert file.headers["Content-Disposition"] == 'attachment; filename="person-at-northwind.json"'
    assert file.headers["Cache-Control"] == "no-store"
    assert json.loads(file.text)["held"]["addresses"][0]["address"] == ADDRESS
    unsure = visitor.post(f"{PAGE}/erase", **ANNA)
    assert unsure.status_code == 422 and "cannot be taken back" in unsure.text
    assert "responses" in left_of(town.services.database, *town.whom("anna").respondents)
    erased = visitor.post(f"{PAGE}/erase", **ANNA, sure="yes")
    assert erased.status_code == 200 and "was taken out" in erased.text
    assert set(left_of(town.services.database, *town.whom("anna").respondents)) == {"erasures", "audit_log"}
    assert (town.services.settings.home / "erasures.journal").exists()
    assert audited(town) == ["respondent.exported", "respondent.erased"]


@pytest.mark.requirement("ASVS 3.5.1: a person is erased by a form of ours only")
def test_a_forged_form_and_other_roles_reach_nobody(visitor: Visitor, town: Town) -> None:
    for path in ("", "/export", "/erase"):
        assert visitor.post(PAGE + path, **ANNA, sure="yes", token="forged").status_code == 403
    for role in ("researcher", "analyst", "account"):
        other = visitor.elsewhere()
        other.get(link := other.staff(f"{role}@example.com", role))
        assert other.post(link).status_code == 303
        other.get("/desk/settings/account")
        assert other.get(PAGE).status_code == 403
        for path in ("", "/export", "/erase"):
            assert other.post(PAGE + path, **ANNA, sure="yes").status_code == 403
    assert visitor.elsewhere().post(PAGE, **ANNA).status_code in (303, 403)
    assert "responses" in left_of(town.services.database, *town.whom("anna").respondents)


def test_what_does_not_fit_is_said_beside_the_field_and_nobody_is_told_apart(
    visitor: Visitor,
    town: Town,
) -> None:
    assert town
    for fields, wrong in (
        ({"partner": "nowhere", "subject": "anna"}, "There is no partner"),
        ({"partner": "northwind", "subject": ""}, "1 to 200 characters"),
        ({"partner": "northwind", "subject": "a" * 201}, "1 to 200 characters"),
    ):
        refused = visitor.post(PAGE, **fields)
        assert refused.status_code == 422 and wrong in refused.text
    naughty = visitor.post(PAGE, partner="northwind", subject="<b>'\"&\u202eanna")
    assert "Nothing is held" in naughty.text and "<b>'" not in naughty.text
