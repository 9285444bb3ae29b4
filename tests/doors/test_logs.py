"""Logs name nobody: not who answered, not what they wrote, not the key that brought it."""

import io
from dataclasses import replace

import pytest
from sqlalchemy import text

from feedback.app import create_app
from feedback.core.services import Services
from feedback.watching_settings import Watching
from tests.doors.conftest import Doors
from tests.said import lines

DATABASES = ("sqlite",)


@pytest.mark.requirement("ASVS 16.2.5")
def test_nothing_that_somebody_wrote_gets_into_the_log(doors: Doors, services: Services, said: io.StringIO) -> None:
    settings = replace(services.settings, watching=Watching(access_log=True))
    app = create_app(settings, replace(services, settings=settings))
    doors.partner("acme-health")
    doors.survey()
    address = "/v1/partners/acme-health/responses/0190b0a0-0000-7000-8000-00000000000"
    answer = {"survey": "end-user-nps", "respondent": "anna-7731", "score": 2, "comment": "My boss reads along."}
    client = app.test_client()
    sent = {"Authorization": f"Bearer {doors.texts['all']}"}
    assert client.put(f"{address}1", json=answer, headers=sent).status_code == 201
    with services.database.transaction() as session:
        session.execute(text("CREATE TRIGGER no BEFORE INSERT ON inbox BEGIN SELECT RAISE(ABORT, 'refused'); END"))
    client.put(f"{address}2", json={**answer, "respondent": "anna-7732"}, headers=sent)
    client.put(f"{address}2", json={**answer, "score": "My boss"}, headers=sent)
    with services.database.transaction() as session:
        session.execute(text("DROP TABLE inbox"))
    assert client.put(f"{address}3", json=answer, headers=sent).status_code in (500, 503)
    log = said.getvalue()
    assert len([line for line in lines(said) if line["event"] == "request"]) == 4
    assert any("failure" in line for line in lines(said))
    for word in ("anna", "boss", "acme", "0190b0a0", doors.texts["all"], doors.texts["all"].split("_")[3]):
        assert word not in log
