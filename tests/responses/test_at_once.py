"""The same thing at once, from many sides."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from feedback.app import create_app
from feedback.core.inbox import InboxRow
from feedback.core.services import Services
from feedback.responses.models import Impression, Response
from tests.embed import World, make_world


@pytest.fixture
def world(services: Services) -> World:
    return make_world(services)


@pytest.mark.requirement("ASVS 2.3.4")
def test_the_same_response_fifty_times_at_once_is_one_row(services: Services, world: World) -> None:
    app, token, response = create_app(services.settings, services), world.token(), uuid4()
    asked = {"survey": "end-user-nps", "version": 1}
    granted = app.test_client().post(f"/v1/embed/{world.key}/impressions", json=asked, headers=world.headers(token))
    body = {
        **asked,
        "impression": granted.json["impression"],
        "score": 9,
        "revision": 1,
        "complete": True,
        "answered_at": services.clock().isoformat(),
    }

    def send(_: int) -> int:
        url = f"/v1/embed/{world.key}/responses/{response}"
        return app.test_client().put(url, json=body, headers=world.headers(token)).status_code

    with ThreadPoolExecutor(10) as pool:
        assert Counter(pool.map(send, range(50))) == {201: 1, 200: 49}
    with services.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Response)) == 1
        assert session.scalar(select(func.count()).select_from(InboxRow)) == 1


@pytest.mark.requirement("ASVS 2.3.4")
def test_ten_tabs_at_once_get_one_impression_between_them(services: Services, world: World) -> None:
    app, token = create_app(services.settings, services), world.token()

    def ask(_: int) -> int:
        return (
            app.test_client()
            .post(
                f"/v1/embed/{world.key}/impressions",
                json={"survey": "end-user-nps", "version": 1},
                headers=world.headers(token),
            )
            .status_code
        )

    with ThreadPoolExecutor(10) as pool:
        assert Counter(pool.map(ask, range(10))) == {201: 1, 200: 9}
    with services.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Impression)) == 1
