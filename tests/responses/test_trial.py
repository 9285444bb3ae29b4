"""A card on trial: the real document, which sends nothing anywhere, and a link to it that works for a day."""

import json
import re
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from feedback.core.services import Services
from feedback.partners.commands import PolicyTerms, create_partner, record_policy
from feedback.responses import trial, trial_links
from feedback.responses.models import Impression, Response
from feedback.surveys import assets
from feedback.surveys.commands import change_draft, create_survey, publish
from feedback.surveys.definition import Definition, Theme, load
from feedback.surveys.models import Survey


class Seen(NamedTuple):
    """What a browser gets."""

    text: str
    headers: dict[str, str]


NAUGHTY = '</script><script>alert(1)</script><main data-at="x">{{7*7}}'


@pytest.fixture
def survey(services: Services) -> Survey:
    """A live survey whose draft asks something else."""
    with services.database.transaction() as session:
        made = create_survey(session, "asks", "end_user", "nps", Definition(contact=True), now=services.clock())
        publish(session, made, now=services.clock())
        change_draft(made, Definition(contact=True, texts={"en": {"question": NAUGHTY}, "de": {"question": "Warum?"}}))
        return made


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def plan(html: str) -> dict[str, Any]:
    """What the card is led through."""
    found = re.search(r'<script type="application/json" id="plan">(.*?)</script>', html)
    assert found
    return dict(json.loads(found[1]))


def framed(services: Services, app: Any, survey: Survey, view: trial.View, **changes: Any) -> Seen:
    """The card as a page of ours frames it."""
    definition = load(survey.draft | changes)
    with app.test_request_context(), services.database.reading() as session:
        response = trial.framed(session, survey, definition, None, view)
        return Seen(response.get_data(as_text=True), dict(response.headers))


def link(app: Any, services: Services, survey: Survey, version: int | None = None, **changes: Any) -> str:
    """The path of a test link."""
    given = {"partner_id": None, "until": services.clock() + trial_links.LASTS} | changes
    with app.app_context():
        address = trial_links.address(trial_links.TestLink(survey.id, version, **given))
    return address.removeprefix(services.settings.public_url)


def test_the_card_may_send_nothing_and_be_framed_by_us_alone(services: Services, app: Any, survey: Survey) -> None:
    response = framed(services, app, survey, trial.View("de"))
    policy = dict(one.partition(" ")[::2] for one in response.headers["Content-Security-Policy"].split("; "))
    assert policy["sandbox"] == "allow-scripts" and policy["default-src"] == "'none'"
    assert "connect-src" not in policy and policy["form-action"] == "'none'"
    assert policy["frame-ancestors"] == "'self'"
    # The script of the real card, to the byte, after ours.
    assert policy["script-src"].split()[1] == assets._source(assets.frame_document().script)
    assert "Warum?" in response.text and response.text.count("<main") == 1


@pytest.mark.parametrize(
    ("state", "press"),
    [
        ("asking", []),
        ("low", ["0"]),
        ("middle", ["7"]),
        ("high", ["9"]),
        ("contact", ["9", "#contact"]),
        ("low-thanks", ["0", "#send"]),
        ("high-thanks", ["9", "#send"]),
        ("about", ["#details"]),
        ("offline", ["9"]),
        ("refused", ["9"]),
        ("deleted", ["9", "#delete"]),
        ("never", ["#never"]),
    ],
)
def test_a_state_is_reached_by_pressing_what_a_person_presses(
    services: Services, app: Any, survey: Survey, state: str, press: list[str]
) -> None:
    led = plan(framed(services, app, survey, trial.View("en", state)).text)
    assert led["press"] == [one if one.startswith("#") else f'[name=score][value="{one}"]' for one in press]
    assert led["reply"] == (state if state in ("offline", "refused") else "kept")


def test_a_survey_has_the_states_that_it_can_be_in() -> None:
    assert set(trial.states_of("nps", Definition(contact=True), "end_user")) == set(trial.STATES)
    without = set(trial.STATES) - {"contact"}
    assert set(trial.states_of("nps", Definition(), "end_user")) == without
    assert set(trial.states_of("nps", Definition(contact=True), "buyer")) == without
    options = trial.states_of("recognition", Definition(), "end_user")
    assert options["middle"] == "after an answer" and not {"low", "high", "high-thanks"} & set(options)


def test_a_theme_with_both_modes_is_shown_in_the_one_asked_for(services: Services, app: Any, survey: Survey) -> None:
    dark = '<meta name=color-scheme content="dark">'
    assert dark in framed(services, app, survey, trial.View("en", mode="dark")).text
    always = {"theme": load({"theme": {"mode": "light"}}).as_json()["theme"]}
    assert dark not in framed(services, app, survey, trial.View("en", mode="dark"), **always).text
    assert Theme().mode == "auto"


def test_a_test_link_shows_the_draft_or_a_version_and_says_that_it_is_a_test(
    services: Services, app: Any, client: FlaskClient, survey: Survey
) -> None:
    draft = client.get(link(app, services, survey))
    assert draft.status_code == 200 and "Test: nothing that is answered here" in draft.text
    assert "<script>alert(1)" not in draft.text and "&lt;script&gt;alert(1)" in draft.text and "{{7*7}}" in draft.text
    assert "frame-ancestors 'none'" in draft.headers["Content-Security-Policy"]
    assert draft.headers["X-Robots-Tag"] == "noindex, nofollow" and 'id="close"' not in draft.text
    published = client.get(link(app, services, survey, 1)).text
    assert "How likely are you to recommend" in published and "alert" not in published
    german = client.get(link(app, services, survey), headers={"Accept-Language": "de-CH, en;q=0.5"}).text
    assert "Warum?" in german and 'lang="de"' in german
    assert 'dir="rtl"' in client.get(f"{link(app, services, survey)}?lang=ar").text


def test_a_test_link_is_to_a_partner_as_its_policy_has_it(
    services: Services, app: Any, client: FlaskClient, survey: Survey
) -> None:
    with services.database.transaction() as session:
        partner = create_partner(session, "acme", "Acme & Söhne", now=services.clock())
        record_policy(session, partner.id, PolicyTerms(branding="white_label"), now=services.clock())
    page = client.get(link(app, services, survey, 1, partner_id=partner.id)).text
    assert "Acme &amp; Söhne" in page and "recommend this product" in page and 'id="contact"' not in page


def test_a_test_link_ends_after_a_day_and_cannot_be_made_up(
    services: Services, app: Any, client: FlaskClient, survey: Survey, clock: Any
) -> None:
    path = link(app, services, survey)
    assert client.get(f"{path[:-1]}x").status_code == 404
    assert client.get(path.replace("-0-", "-1-")).status_code == 404
    assert client.get("/s/test/x").status_code == 404
    assert client.get("/s/test/é").status_code == 404
    assert client.get(link(app, services, survey, 9)).status_code == 410
    clock.now += timedelta(hours=23, minutes=59)
    assert client.get(path).status_code == 200
    clock.now += timedelta(minutes=1)
    late = client.get(path)
    assert late.status_code == 410 and "<form" not in late.text


def test_nothing_comes_of_looking(services: Services, app: Any, client: FlaskClient, survey: Survey) -> None:
    assert client.get(link(app, services, survey)).status_code == 200
    with services.database.reading() as session:
        assert [session.scalar(select(func.count()).select_from(one)) for one in (Impression, Response)] == [0, 0]
