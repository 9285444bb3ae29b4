"""The whole app, keys of every kind, and a caller that knows how to use them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import flask
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from feedback.core.services import Services
from feedback.partners import keys
from feedback.staff.models import AuditEntry
from tests.said import said  # noqa: F401 - a fixture


@dataclass
class Doors:
    """Calls the doors with keys; `texts`: the text of each key by what it may do."""

    client: FlaskClient
    services: Services
    texts: dict[str, str]
    ids: dict[str, str]

    def __call__(self, method: str, path: str, json: Any = None, *, key: str | None = "all") -> TestResponse:
        """One request. `key`: read, write, admin, all, test, revoked, or None."""
        headers = {} if key is None else {"Authorization": f"Bearer {self.texts[key]}"}
        body = {} if json is None else {"json": json}
        return self.client.open(path, method=method, headers=headers, **body)

    def audit(self) -> list[tuple[str, str, str]]:
        """Actor, action and target of every entry, oldest first."""
        with self.services.database.reading() as session:
            rows = session.scalars(select(AuditEntry).order_by(AuditEntry.id))
            return [(row.actor, row.action, row.target) for row in rows]

    def partner(self, slug: str = "acme", name: str = "Acme") -> str:
        """A partner; its slug."""
        assert self("POST", "/v1/partners", {"slug": slug, "name": name}).status_code == 201
        return slug

    def survey(self, name: str = "end-user-nps", audience: str = "end_user", metric: str = "nps") -> str:
        """A live survey; its name."""
        assert self("POST", "/v1/surveys", {"name": name, "audience": audience, "metric": metric}).status_code == 201
        assert self("POST", f"/v1/surveys/{name}/publish").status_code == 200
        return name


_SCOPES = {
    "read": ["read"],
    "write": ["write"],
    "admin": ["admin"],
    "all": ["read", "write", "admin"],
    "test": ["read", "write", "admin"],
    "revoked": ["read", "write", "admin"],
}


@pytest.fixture
def doors(app: flask.Flask, services: Services) -> Iterator[Doors]:
    """A caller with keys of every kind."""
    texts, ids = {}, {}
    with services.database.transaction() as session:
        for name, scopes in _SCOPES.items():
            row, texts[name] = keys.create_secret_key(session, name, scopes, live=name != "test", now=services.clock())
            ids[name] = row.id
            if name == "revoked":
                row.revoked_at = services.clock()
    with app.test_client() as client:
        yield Doors(client, services, texts, ids)
