from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid4

import flask
import pytest
from sqlalchemy import func, select

from feedback.app import create_app
from feedback.buyers.models import Buyer
from feedback.core.clock import system_clock
from feedback.core.inbox import InboxRow
from feedback.core.services import Services
from feedback.responses.models import Response
from feedback.seats.models import Seat
from tests.conftest import Bell, FakeClock
from tests.doors.conftest import Doors

ONE = "0190b0a0-0000-7000-8000-000000000001"
ADDRESS = f"/v1/partners/acme/responses/{ONE}"
ANSWER = {"survey": "end-user-nps", "respondent": "anna", "score": 9, "comment": "Good, but slow."}


@pytest.fixture
def asked(doors: Doors) -> Doors:
    """A partner and a live survey for end users."""
    doors.partner()
    doors.survey()
    return doors


def _count(services: Services, model: type) -> int:
    with services.database.reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_an_answer_is_kept_with_its_inbox_row_and_the_bell_rings(asked: Doors, services: Services, bell: Bell) -> None:
    response = asked("PUT", ADDRESS, ANSWER, key="write")
    assert (response.status_code, response.json) == (201, {"response": ONE, "revision": 1})
    assert bell.rung == ["fold"]
    with services.database.reading() as session:
        (row,) = session.scalars(select(Response))
        (waiting,) = session.scalars(select(InboxRow))
        assert session.get(Seat, (row.partner_id, row.respondent_id)) is not None
    assert (row.trust, row.live, row.audience, row.metric, row.complete) == ("vendor", True, "end_user", "nps", True)
    assert row.answered_at == row.received_at == services.clock()
    assert (waiting.partner_id, waiting.respondent_id) == (row.partner_id, row.respondent_id)


def test_the_same_again_is_a_repeat_also_later_and_after_a_new_version(
    asked: Doors, clock: FakeClock, bell: Bell
) -> None:
    asked("PUT", ADDRESS, ANSWER)
    clock.forward(hours=3)
    asked("PATCH", "/v1/surveys/end-user-nps", {"definition": {"delay_s": 5}})
    assert asked("POST", "/v1/surveys/end-user-nps/publish").json["version"] == 2
    response = asked("PUT", ADDRESS, ANSWER)
    assert (response.status_code, response.json) == (200, {"response": ONE, "revision": 1})
    assert bell.rung == ["fold"]


def test_a_higher_revision_wins_and_a_lower_one_learns_which_stands(asked: Doors, services: Services) -> None:
    asked("PUT", ADDRESS, {"survey": "end-user-nps", "respondent": "anna", "score": 9, "complete": False})
    assert asked("PUT", ADDRESS, {**ANSWER, "revision": 3}).json == {"response": ONE, "revision": 3}
    late = asked("PUT", ADDRESS, {**ANSWER, "score": 1, "revision": 2})
    assert (late.status_code, late.json) == (200, {"response": ONE, "revision": 3})
    with services.database.reading() as session:
        (row,) = session.scalars(select(Response))
    assert (row.revision, row.score, row.comment) == (3, 9, "Good, but slow.")


def test_who_says_no_time_of_answering_means_the_standing_one(asked: Doors, services: Services) -> None:
    asked("PUT", ADDRESS, {**ANSWER, "answered_at": "2026-10-01T08:00:00Z"})
    assert asked("PUT", ADDRESS, ANSWER).status_code == 200
    assert asked("PUT", ADDRESS, {**ANSWER, "comment": "More.", "revision": 2}).json["revision"] == 2
    with services.database.reading() as session:
        (row,) = session.scalars(select(Response))
    assert (row.answered_at.month, row.comment) == (10, "More.")


@pytest.mark.parametrize(
    "change", [{"score": 8}, {"comment": "Bad."}, {"complete": False}, {"answered_at": "2026-11-01T00:00:00Z"}]
)
def test_the_same_revision_with_other_content_is_a_conflict(asked: Doors, change: dict[str, object]) -> None:
    asked("PUT", ADDRESS, ANSWER)
    response = asked("PUT", ADDRESS, {**ANSWER, **change})
    assert (response.status_code, response.get_json(force=True)["code"]) == (409, "revision-conflict")


def test_an_id_of_somebody_elses_answer_is_refused(asked: Doors) -> None:
    asked("PUT", ADDRESS, ANSWER)
    response = asked("PUT", ADDRESS, {**ANSWER, "respondent": "bert", "revision": 2})
    assert (response.status_code, response.get_json(force=True)["code"]) == (409, "response-of-another")


def test_the_same_id_at_another_partner_is_another_answer(asked: Doors, services: Services) -> None:
    asked.partner("other")
    assert asked("PUT", ADDRESS, ANSWER).status_code == 201
    assert asked("PUT", ADDRESS.replace("acme", "other"), {**ANSWER, "score": 0}).status_code == 201
    (own,) = asked("GET", "/v1/partners/acme/responses").json["responses"]
    assert own["score"] == 9
    assert _count(services, Response) == 2


def test_fifty_at_once_are_one_answer(asked: Doors, services: Services) -> None:
    # Each with a time of its own: what says no time of answering is the same answer all the same.
    app = create_app(services.settings, replace(services, clock=system_clock))
    headers = {"Authorization": f"Bearer {asked.texts['write']}"}

    def put(_: int) -> int:
        with app.test_client() as client:
            return client.put(ADDRESS, json=ANSWER, headers=headers).status_code

    with ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(put, range(50)))
    assert sorted(statuses) == [200] * 49 + [201]
    assert _count(services, Response) == _count(services, InboxRow) == 1


def test_fifty_people_with_new_attributes_at_once_are_all_kept(
    asked: Doors, app: flask.Flask, services: Services
) -> None:
    headers = {"Authorization": f"Bearer {asked.texts['write']}"}

    def put(number: int) -> int:
        answer = {**ANSWER, "respondent": f"p{number}", "attributes": {"team": f"t{number % 5}", "country": "CH"}}
        with app.test_client() as client:
            return client.put(f"/v1/partners/acme/responses/{uuid4()}", json=answer, headers=headers).status_code

    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(put, range(50))) == {201}
    assert _count(services, Seat) == 50


def test_a_buyers_answer_makes_the_buyer_known(asked: Doors, services: Services) -> None:
    asked.survey("buyer-nps", "buyer")
    answer = {"survey": "buyer-nps", "audience": "buyer", "respondent": "cfo", "score": 10, "reason": "price"}
    assert asked("PUT", ADDRESS, answer).status_code == 201
    with services.database.reading() as session:
        (row,) = session.scalars(select(Response))
        assert session.get_one(Buyer, (row.partner_id, row.respondent_id)).external_id == "cfo"
    assert (row.audience, row.reason) == ("buyer", "price")
    assert _count(services, Seat) == 0


def test_attributes_go_with_the_answer_as_they_were_then(asked: Doors) -> None:
    asked("PUT", ADDRESS, {**ANSWER, "attributes": {"team": "a"}})
    asked("PUT", "/v1/partners/acme/seats/anna", {"attributes": {"team": "b"}})
    asked("PUT", f"/v1/partners/acme/responses/{uuid4()}", ANSWER)
    rows = asked("GET", "/v1/partners/acme/responses").json["responses"]
    assert sorted(row["attributes"]["team"] for row in rows) == ["a", "b"]
    assert len({row["respondent"] for row in rows}) == 1


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"score": 11}, 422, "invalid"),
        ({"score": "9"}, 422, "invalid"),
        ({"respondent": ""}, 422, "invalid"),
        ({"comment": "x" * 10_001}, 422, "invalid"),
        ({"reason": "none of these"}, 422, "invalid"),
        ({"revision": 0}, 422, "invalid"),
        ({"audience": "buyer"}, 422, "invalid"),
        ({"locale": "de_CH"}, 422, "invalid"),
        ({"answered_at": "yesterday"}, 422, "invalid"),
        ({"survey": "unknown"}, 404, "survey-unknown"),
        ({"version": 2}, 404, "survey-unknown"),
        ({"impression": ONE}, 422, "invalid"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused_and_not_kept(
    asked: Doors, services: Services, change: dict[str, object], status: int, code: str
) -> None:
    response = asked("PUT", ADDRESS, {**ANSWER, **change})
    assert (response.status_code, response.get_json(force=True)["code"]) == (status, code), response.text
    assert _count(services, Response) == _count(services, Seat) == _count(services, InboxRow) == 0


def test_a_score_fits_its_metric(asked: Doors) -> None:
    asked.survey("ease", metric="ces")
    assert asked("PUT", ADDRESS, {**ANSWER, "survey": "ease", "score": 9}).status_code == 422
    assert asked("PUT", ADDRESS, {**ANSWER, "survey": "ease", "score": 7}).status_code == 201


def test_a_closed_survey_refuses_a_first_answer_and_takes_a_revision(asked: Doors) -> None:
    asked("POST", "/v1/surveys", {"name": "draft", "audience": "end_user", "metric": "nps"})
    assert asked("PUT", ADDRESS, {**ANSWER, "survey": "draft"}).get_json(force=True)["code"] == "survey-closed"
    asked("PUT", ADDRESS, ANSWER)
    asked("POST", "/v1/surveys/end-user-nps/pause")
    assert asked("PUT", ADDRESS, {**ANSWER, "comment": "More.", "revision": 2}).status_code == 200
    refused = asked("PUT", f"/v1/partners/acme/responses/{uuid4()}", ANSWER)
    assert (refused.status_code, refused.get_json(force=True)["code"]) == (409, "survey-closed")


def test_an_answer_from_the_future_counts_from_its_receipt(asked: Doors, services: Services) -> None:
    asked("PUT", ADDRESS, {**ANSWER, "answered_at": "2027-01-01T00:00:00+01:00"})
    with services.database.reading() as session:
        (row,) = session.scalars(select(Response))
    assert row.answered_at == services.clock()


def test_a_person_who_objected_is_not_recorded(asked: Doors, services: Services) -> None:
    asked("PUT", ADDRESS, ANSWER)
    with services.database.transaction() as session:
        session.scalars(select(Seat)).one().objected_at = services.clock()
    response = asked("PUT", ADDRESS, {**ANSWER, "revision": 2, "score": 0})
    assert (response.status_code, response.get_json(force=True)["code"]) == (409, "conflict")


def test_a_test_answer_is_kept_apart_and_leaves_no_seat(asked: Doors, services: Services) -> None:
    assert asked("PUT", ADDRESS, {**ANSWER, "attributes": {"team": "a"}}, key="test").status_code == 201
    assert _count(services, Seat) == 0
    assert asked("GET", "/v1/attributes").json == {"attributes": []}
    assert asked("GET", "/v1/partners/acme/responses").json["responses"] == []
    (row,) = asked("GET", "/v1/partners/acme/responses", key="test").json["responses"]
    assert row["response"] == ONE
    taken = asked("PUT", ADDRESS, {**ANSWER, "revision": 2})
    assert taken.get_json(force=True)["code"] == "response-of-another"


def test_answers_come_in_pages_and_a_revision_moves_to_the_end(asked: Doors, clock: FakeClock) -> None:
    ids = []
    for number in range(5):
        clock.forward(seconds=number % 2)
        ids.append(str(UUID(int=number + 1)))
        asked("PUT", f"/v1/partners/acme/responses/{ids[-1]}", {**ANSWER, "respondent": f"p{number}"})
    clock.forward(seconds=1)
    first = asked("GET", "/v1/partners/acme/responses?limit=2").json
    asked("PUT", f"/v1/partners/acme/responses/{ids[0]}", {**ANSWER, "respondent": "p0", "revision": 2, "score": 3})
    seen, cursor = [row["response"] for row in first["responses"]], first["next_cursor"]
    while cursor is not None:
        page = asked("GET", f"/v1/partners/acme/responses?limit=2&cursor={cursor}").json
        seen += [row["response"] for row in page["responses"]]
        cursor = page["next_cursor"]
    assert seen == [*ids, ids[0]]


@pytest.mark.requirement("ASVS 8.2.3")
def test_what_is_read_says_everything_but_who(asked: Doors, clock: FakeClock) -> None:
    asked("PUT", ADDRESS, {**ANSWER, "locale": "de-CH", "answered_at": "2026-11-14T23:59:59.123456+00:00"})
    page = asked("GET", "/v1/partners/acme/responses", key="read")
    (row,) = page.json["responses"]
    UUID(row.pop("respondent"))
    assert row == {
        "response": ONE,
        "revision": 1,
        "survey": "end-user-nps",
        "version": 1,
        "audience": "end_user",
        "metric": "nps",
        "score": 9,
        "comment": "Good, but slow.",
        "reason": None,
        "complete": True,
        "locale": "de-CH",
        "attributes": {},
        "trust": "vendor",
        "answered_at": "2026-11-14T23:59:59.123456Z",
        "received_at": clock().isoformat().replace("+00:00", "Z"),
    }
    assert "anna" not in page.text
    assert datetime.fromisoformat(row["answered_at"]) < clock()
    assert asked.audit()[-1] == (f"key:{asked.ids['read']}", "responses.read", "acme")
