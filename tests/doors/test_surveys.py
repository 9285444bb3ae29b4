import pytest

from tests.doors.conftest import Doors

NEW = {"name": "end-user-nps", "audience": "end_user", "metric": "nps"}


def test_a_survey_goes_from_draft_to_live_to_paused_and_back(doors: Doors) -> None:
    created = doors("POST", "/v1/surveys", {**NEW, "definition": {"delay_s": 5, "texts": {"de": {"question": "Wie?"}}}})
    assert (created.status_code, created.json["state"], created.json["version"]) == (201, "draft", None)
    published = doors("POST", "/v1/surveys/end-user-nps/publish").json
    assert (published["state"], published["version"]) == ("live", 1)
    assert published["versions"][0]["definition"] == created.json["definition"]
    assert doors("POST", "/v1/surveys/end-user-nps/publish").json["version"] == 1
    changed = doors("PATCH", "/v1/surveys/end-user-nps", {"definition": {"quiet": {"answered_days": 30}}}).json
    assert (changed["definition"]["delay_s"], changed["definition"]["quiet"]["answered_days"]) == (None, 30)
    assert changed["versions"][0]["definition"]["delay_s"] == 5
    assert doors("POST", "/v1/surveys/end-user-nps/publish").json["version"] == 2
    assert doors("POST", "/v1/surveys/end-user-nps/pause").json["state"] == "paused"
    assert doors("POST", "/v1/surveys/end-user-nps/resume").json["state"] == "live"
    (listed,) = doors("GET", "/v1/surveys", key="read").json["surveys"]
    assert (listed["name"], listed["version"]) == ("end-user-nps", 2)
    actions = [action for _, action, _ in doors.audit()]
    assert actions == [
        "survey.created",
        *["survey.published"] * 2,
        "survey.changed",
        "survey.published",
        "survey.paused",
        "survey.resumed",
    ]


@pytest.mark.parametrize("step", ["pause", "resume"])
def test_a_draft_is_neither_paused_nor_resumed(doors: Doors, step: str) -> None:
    doors("POST", "/v1/surveys", NEW)
    response = doors("POST", f"/v1/surveys/end-user-nps/{step}")
    assert (response.status_code, response.get_json(force=True)["code"]) == (409, "conflict")


@pytest.mark.parametrize(
    "change",
    [
        {"name": "imported-x"},
        {"name": "A b"},
        {"audience": "everybody"},
        {"metric": "stars"},
        {"definition": {"delay_s": -1}},
        {"definition": {"texts": {"xx": {"question": "?"}}}},
        {"definition": {"texts": {"en": {"nonsense": "?"}}}},
        {"definition": {"texts": {"en": {"question": "x" * 1001}}}},
        {"definition": []},
    ],
)
def test_a_survey_that_cannot_be_is_refused(doors: Doors, change: dict[str, object]) -> None:
    response = doors("POST", "/v1/surveys", {**NEW, **change})
    assert (response.status_code, response.get_json(force=True)["code"]) == (422, "invalid")


def test_a_name_is_taken_once_and_an_unknown_one_is_404(doors: Doors) -> None:
    doors("POST", "/v1/surveys", NEW)
    assert doors("POST", "/v1/surveys", NEW).get_json(force=True)["code"] == "survey-exists"
    for method, path in (("GET", ""), ("PATCH", ""), ("POST", "/publish"), ("POST", "/pause"), ("POST", "/resume")):
        body = {"definition": {}} if method == "PATCH" else None
        response = doors(method, f"/v1/surveys/nobody{path}", body)
        assert (response.status_code, response.get_json(force=True)["code"]) == (404, "survey-unknown")
