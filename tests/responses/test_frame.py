"""The frame's document as the doors hand it out, with the headers that a browser holds it to."""

import json
import re
from typing import Any
from uuid import UUID

import flask
import pytest
from flask.testing import FlaskClient

from feedback.core.services import Services
from feedback.partners.commands import PolicyTerms, record_policy
from feedback.partners.keys import create_embed_key
from feedback.responses.frame import document, link_page
from feedback.responses.grants import SHOWABLE
from feedback.responses.models import Impression
from feedback.surveys.commands import create_survey, publish
from feedback.surveys.definition import Definition
from feedback.tallies.preferences import change
from tests.embed import ORIGIN, World, make_world


@pytest.fixture
def world(services: Services) -> World:
    return make_world(services)


@pytest.fixture
def client(app: flask.Flask) -> FlaskClient:
    return app.test_client()


def granted(client: FlaskClient, world: World, key: str | None = None, survey: str = "end-user-nps") -> dict[str, Any]:
    """Permission to ask Anna."""
    body = {"survey": survey, "version": 1, "locales": ["en"]}
    headers = world.headers(world.token())
    found: dict[str, Any] = client.post(f"/v1/embed/{key or world.key}/impressions", json=body, headers=headers).json
    assert found["due"], found
    return found


def directives(response: Any) -> dict[str, str]:
    """The policy by directive."""
    parts = (one.strip().partition(" ") for one in response.headers["Content-Security-Policy"].split(";"))
    return {name: value for name, _, value in parts}


def test_the_card_promises_what_the_desk_set(client, world) -> None:
    grant = granted(client, world)
    wanted = {"vendor_name": "Nordwind", "minimum_group": 25}
    with world.services.database.transaction() as session:
        change(session, world.services.settings, wanted, actor="cli", now=world.services.clock())
    page = client.get(grant["frame"]).text
    assert "Nordwind" in page
    assert "25" in re.sub(r"<script.*?</script>|<style.*?</style>|<[^>]*>", "", page, flags=re.DOTALL)


def test_the_document_names_its_doors_and_an_answer_that_is_new_each_time(client, world) -> None:
    grant = granted(client, world)
    first, second = (
        json.loads(re.findall(r'id="data">(.*?)</script>', client.get(grant["frame"]).text)[0]) for _ in range(2)
    )
    assert first["impression"] == grant["impression"]
    assert first["api"] == f"/v1/embed/{world.key}"
    assert (first["survey"], first["version"], first["metric"]) == ("end-user-nps", 1, "nps")
    assert (first["locale"], first["dir"]) == ("en", "ltr")
    assert first["messages"].keys() == {"sent", "failed", "refused", "deleted", "never_done", "question"}
    assert first["response"] != second["response"]


def test_the_policy_lets_the_document_do_what_it_does_and_nothing_else(client, world) -> None:
    response = client.get(granted(client, world)["frame"])
    found = directives(response)
    assert found["default-src"] == found["base-uri"] == found["form-action"] == "'none'"
    assert re.fullmatch(r"'sha256-\S+'", found["script-src"])
    assert re.fullmatch(r"'sha256-\S+' 'sha256-\S+'", found["style-src"])
    assert (found["connect-src"], found["frame-ancestors"]) == ("'self'", ORIGIN)
    assert (found["require-trusted-types-for"], found["trusted-types"]) == ("'script'", "'none'")
    headers = response.headers
    assert headers["Cross-Origin-Embedder-Policy"] == "credentialless"
    assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert (headers["Cache-Control"], headers["Referrer-Policy"]) == ("no-store", "no-referrer")


def test_a_page_without_an_origin_can_frame_it_only_where_the_key_says_so(client, world, services, clock) -> None:
    with services.database.transaction() as session:
        key = create_embed_key(session, "boxed", [ORIGIN], partner_id=None, live=True, now=clock.now)
        key.origins = [ORIGIN, "null"]
    response = client.get(granted(client, world, key.key)["frame"])
    assert "frame-ancestors" not in directives(response)


def test_what_cannot_be_shown_any_more_asks_nothing(client, world, clock) -> None:
    grant = granted(client, world)
    clock.forward(seconds=SHOWABLE.total_seconds() + 1)
    for address in (grant["frame"], f"/v1/embed/{world.key}/frame", grant["frame"].replace("northwind", "contoso")):
        assert 'id="data">null<' in client.get(address).text


def test_a_survey_asks_for_an_address_only_where_the_partner_allows_it(client, world, services, clock) -> None:
    with services.database.transaction() as session:
        definition = Definition(delay_s=0, contact=True, choices=("price", "other"))
        survey = create_survey(session, "talk-to-us", "end_user", "csat", definition, now=clock.now)
        publish(session, survey, now=clock.now)
    frame = granted(client, world, survey="talk-to-us")["frame"]
    refused = client.get(frame).text
    assert ("type=email" in refused, refused.count("name=reason")) == (False, 2)
    with services.database.transaction() as session:
        terms = PolicyTerms(may_contact=True, branding="white_label")
        record_policy(session, world.partner.id, terms, now=clock.forward(seconds=1))
    allowed = client.get(frame).text
    assert "type=email" in allowed
    assert "How satisfied are you with this product?" in allowed


def test_a_page_of_our_own_is_framed_by_nobody_and_speaks_to_its_own_doors(app, client, world, services) -> None:
    grant = granted(client, world)
    with app.test_request_context(), services.database.reading() as session:
        impression = session.get_one(Impression, (world.partner.id, UUID(grant["impression"])))
        made = document(session, world.partner, impression, locale="de", api="/v1/invited/abc", origins=None)
    response = made.response
    text = response.get_data(as_text=True)
    assert directives(response)["frame-ancestors"] == "'none'"
    assert "Cross-Origin-Embedder-Policy" not in response.headers
    assert (response.headers["Referrer-Policy"], response.headers["Cache-Control"]) == ("no-referrer", "no-store")
    assert '"api":"/v1/invited/abc"' in text
    assert "Sie können diese Seite jetzt schließen." in text
    assert "id=close" not in text


@pytest.mark.parametrize(
    ("reason", "says"),
    [
        ("answered", "It has been answered already."),
        ("expired", "It is too old."),
        ("unknown", "Please check that the whole address was copied."),
        ("closed", "There are no questions at the moment."),
    ],
)
def test_a_link_that_does_not_work_says_why_on_a_page_without_a_script(app, reason, says) -> None:
    with app.test_request_context():
        response = link_page(reason, "en")
    text = response.get_data(as_text=True)
    assert says in text
    assert "<script" not in text
    found = directives(response)
    assert (found["script-src"], found["frame-ancestors"]) == ("'none'", "'none'")
    assert (response.headers["Referrer-Policy"], response.headers["Cache-Control"]) == ("no-referrer", "no-store")
