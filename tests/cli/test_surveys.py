"""`feedback surveys`: from nothing to a question that is asked, and back."""

from dataclasses import replace

from feedback.core.services import Services
from feedback.surveys.definition import load
from feedback.surveys.queries import live_surveys
from feedback.surveys.templates import TEMPLATES, template
from tests.cli.conftest import Run


def live(services: Services) -> list[tuple[str, int]]:
    with services.database.reading() as session:
        return [(survey.name, version.version) for survey, version in live_surveys(session)]


def test_publish_makes_the_survey_and_pause_ends_the_asking(feedback: Run, services: Services) -> None:
    assert "surveys publish end-user-nps" in feedback("surveys", "list")[1]
    assert "version 1" in feedback("surveys", "publish", "end-user-nps", "--delay", "3")[1]
    assert live(services) == [("end-user-nps", 1)]
    assert "end-user-nps: nps of end_user, live, 1 published" in feedback("surveys", "list")[1]
    feedback("surveys", "pause", "end-user-nps")
    assert live(services) == []
    again = feedback("surveys", "publish", "end-user-nps")
    assert "version 1" in again[1]
    assert live(services) == [("end-user-nps", 1)]


def test_a_buyers_survey_may_be_asked_by_hand_only(feedback: Run, services: Services) -> None:
    feedback("surveys", "publish", "buyer-nps", "--audience", "buyer", "--by-hand")
    with services.database.reading() as session:
        ((survey, version),) = live_surveys(session)
        assert survey.audience == "buyer"
        assert version.definition["delay_s"] is None


def test_every_template_is_published_as_it_is(feedback: Run, services: Services) -> None:
    listed = feedback("surveys", "templates")[1]
    for one in TEMPLATES:
        assert one.name in listed
        feedback("surveys", "publish", one.name)
    feedback("surveys", "publish", "autumn-effort", "--template", "first-week-effort", "--delay", "3")
    with services.database.reading() as session:
        found = {survey.name: (survey.metric, load(version.definition)) for survey, version in live_surveys(session)}
    for one in TEMPLATES:
        assert found[one.name] == (one.metric, one.definition)
    assert found["autumn-effort"] == ("ces", replace(template("first-week-effort").definition, delay_s=3))
    code, _, error = feedback("surveys", "publish", "x", "--template", "y")
    assert (code, "there are: end-user-nps" in error) == (1, True)


def test_results_of_a_survey_nobody_answered_say_so(feedback: Run) -> None:
    feedback("surveys", "publish", "why-stopped")
    shown = feedback("surveys", "results", "why-stopped")[1]
    assert "0 asked, 0 answered, 0 people" in shown
    assert "no_time" in shown
