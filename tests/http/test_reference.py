import re
from dataclasses import replace

from flask.testing import FlaskClient
from sqlalchemy import event

from feedback.app import create_app
from feedback.core.db import Database
from feedback.core.errors import Code
from feedback.core.services import Services


def test_the_page_shows_every_operation_and_every_error(services: Services) -> None:
    client = create_app(services.settings, services).test_client()
    page, document = client.get("/docs").text, client.get("/openapi.json").json
    shown = re.sub(r"<wbr>", "", page)
    for path, operations in document["paths"].items():
        for method in set(operations) - {"parameters"}:
            assert f'<b class="{method}">{method.upper()}</b> <code>{path}</code>' in shown
    for code in Code:
        assert f"<code>{code.name.lower().replace('_', '-')}</code>" in page


def test_every_link_on_the_page_leads_somewhere(services: Services) -> None:
    client = create_app(services.settings, services).test_client()
    page = client.get("/docs").text
    anchors = re.findall(r'id="([^"]+)"', page)
    assert len(anchors) == len(set(anchors))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(anchors)
    for address in set(re.findall(r'href="(/[^"]*)"', page)):
        with client.get(address) as response:
            assert response.status_code == 200, address


def test_the_page_needs_no_script_and_nothing_from_elsewhere(client: FlaskClient) -> None:
    response = client.get("/docs")
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self';")
    assert "<script" not in response.text
    assert "style=" not in response.text
    assert not re.search(r'(?:src|href)="(?:https?:)?//', response.text)


def test_the_app_opens_no_connection_before_its_first_request(services: Services) -> None:
    opened: list[object] = []
    services.database.close()
    event.listen(services.database.engine, "connect", lambda *_: opened.append(1))
    app = create_app(services.settings, services)
    assert opened == []
    assert app.test_client().get("/healthz").json == {"status": "ok"}
    assert opened


def test_health_says_when_the_database_is_gone(services: Services) -> None:
    gone = Database("postgresql+psycopg://nobody@127.0.0.1:9/none?connect_timeout=1")
    response = create_app(services.settings, replace(services, database=gone)).test_client().get("/healthz")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "2")
    assert response.get_json(force=True)["code"] == "busy"


def test_the_root_leads_to_the_desk(services: Services) -> None:
    response = create_app(services.settings, services).test_client().get("/")
    assert (response.status_code, response.headers["Location"]) == (302, "/desk")
