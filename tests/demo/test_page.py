"""The page at /demo: there with the demo world only, at another origin, under a policy as strict as a partner's."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from feedback.app import create_app
from feedback.core.services import Services
from feedback.demo.world import Recipe, make_world
from feedback.partners.models import EmbedKey
from feedback.seats import tokens

HERE = "http://127.0.0.1:8000"
VENDOR = "http://localhost:8000"
TINY = Recipe(scale=0.002)


@pytest.fixture(scope="module")
def services(make_place: Callable[[], Services]) -> Services:
    """A place with a very small demo world, for all tests here; none takes anything out of it."""
    place = make_place()
    make_world(place, TINY, now=place.clock())
    return place


@pytest.fixture(scope="module")
def client(services: Services) -> FlaskClient:
    """A browser in the place with the demo world."""
    return create_app(services.settings, services).test_client()


def _attribute(page: str, name: str) -> str:
    found = re.search(rf'{name}="([^"]*)"', page)
    assert found
    return unescape(found[1])


def test_without_the_demo_world_there_is_no_demo_page(make_place: Callable[[], Services]) -> None:
    place = make_place()
    answer = create_app(place.settings, place).test_client().get("/demo", base_url=HERE)
    assert answer.status_code == 404
    assert "feedback demo" in answer.json["detail"]


def test_the_page_carries_the_embed_under_a_strict_policy(client: FlaskClient) -> None:
    answer = client.get("/demo", base_url=HERE)
    assert answer.status_code == 200
    assert f'src="{VENDOR}/embed.js"' in answer.text
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == f"'self' {VENDOR}"
    assert policy["connect-src"] == policy["frame-src"] == VENDOR
    assert policy["style-src"] == "'self'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert "<style" not in answer.text
    assert ' style="' not in answer.text
    for asset in re.findall(r'(?:href|src)="(/demo/static/[^"]+)"', answer.text):
        with client.get(asset, base_url=HERE) as file:
            assert file.status_code == 200


def test_on_the_vendors_own_origin_it_sends_to_the_other_one(client: FlaskClient) -> None:
    answer = client.get("/demo?partner=suhail&lang=ar", base_url=VENDOR)
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"{HERE}/demo?partner=suhail&lang=ar"


def test_the_vendor_vouches_for_the_person_on_the_page(client: FlaskClient, services: Services) -> None:
    first, second = (client.get("/demo?partner=suhail", base_url=HERE).text for _ in range(2))
    one, other = (
        tokens.verify(services.database, _attribute(page, "data-token"), services.secrets.vault, now=services.clock())
        for page in (first, second)
    )
    assert (one.partner.slug, one.audience, one.trust) == ("suhail", "end_user", "vendor")
    assert set(one.attributes) == {"department", "site", "tenure"}
    assert one.subject != other.subject


def test_a_person_who_is_named_stays_the_same(client: FlaskClient, services: Services) -> None:
    subjects = set()
    for _ in range(2):
        page = client.get("/demo", query_string={"person": "Zoë <3"}, base_url=HERE).text
        assert "Zoë &lt;3" in page
        token = _attribute(page, "data-token")
        subjects.add(tokens.verify(services.database, token, services.secrets.vault, now=services.clock()).subject)
    assert len(subjects) == 1


def test_somebody_new_on_the_page_is_asked_at_once(client: FlaskClient) -> None:
    page = client.get("/demo", base_url=HERE).text
    config = client.get(f"/v1/embed/{_attribute(page, 'data-key')}/config", base_url=VENDOR).json
    survey = next(one for one in config["surveys"] if one["name"] == _attribute(page, "data-survey"))
    headers = {"Authorization": f"Bearer {_attribute(page, 'data-token')}", "Origin": HERE}
    body = {"survey": survey["name"], "version": survey["version"], "locales": ["de"]}
    path = f"/v1/embed/{_attribute(page, 'data-key')}/impressions"
    assert client.post(path, json=body, headers=headers, base_url=VENDOR).status_code == 201
    assert client.post(path, json=body, headers=headers, base_url=VENDOR).json["due"] is False


def test_language_and_direction_follow_the_address(client: FlaskClient) -> None:
    for query, attributes in (
        ("?lang=ar", 'lang="ar" dir="rtl"'),
        ("?lang=de", 'lang="de" dir="ltr"'),
        ("?partner=vallombreuse", 'lang="fr" dir="ltr"'),
        ("?partner=minagumo", 'lang="en" dir="ltr"'),
    ):
        assert f"<html {attributes}>" in client.get(f"/demo{query}", base_url=HERE).text


def test_what_the_page_cannot_show_is_refused(client: FlaskClient) -> None:
    assert client.get("/demo?partner=nobody", base_url=HERE).status_code == 404
    assert client.get("/demo", query_string={"person": "x" * 61}, base_url=HERE).status_code == 400
    assert client.get("/demo", base_url="http://127.0.0.1:8999").status_code == 404


def test_it_says_when_a_partner_does_not_allow_asking(client: FlaskClient) -> None:
    for slug, told in (("eschenland", True), ("pemberwick", False)):
        page = client.get(f"/demo?partner={slug}", base_url=HERE).text
        assert ("does not allow its people to be asked" in page) is told


def test_the_page_is_gone_while_its_key_is_revoked(make_place: Callable[[], Services]) -> None:
    place = make_place()
    make_world(place, TINY, now=place.clock())
    client = create_app(place.settings, place).test_client()
    with place.database.transaction() as session:
        session.scalars(select(EmbedKey)).one().revoked_at = place.clock()
    assert client.get("/demo", base_url=HERE).status_code == 404
    make_world(place, TINY, now=place.clock())
    assert client.get("/demo", base_url=HERE).status_code == 200
