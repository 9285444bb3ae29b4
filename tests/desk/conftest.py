"""The whole app, and a browser's worth of cookies to visit the desk with."""

import re
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from feedback.core.services import Services
from feedback.staff import commands
from tests.gap.world import World

PASSWORD = "correct horse battery"


@dataclass
class Visitor:
    """Somebody at a browser. Forms are filled with the token of the page that was seen last."""

    client: FlaskClient
    services: Services
    token: str = ""

    def elsewhere(self) -> "Visitor":
        """Another browser at the same desk, nobody signed in."""
        return Visitor(self.client.application.test_client(), self.services)

    def get(self, path: str) -> TestResponse:
        """Open a page."""
        response = self.client.get(path)
        found = re.search(r'name="token" value="([^"]*)"', response.text)
        self.token = found[1] if found else self.token
        return response

    def post(self, path: str, **fields: str) -> TestResponse:
        """Send a form from that page; `token` may be given to forge it."""
        return self.client.post(path, data={"token": self.token, **fields})

    def staff(self, email: str = "ann@example.com", role: str = "analyst", password: str = "") -> str:
        """Somebody who may sign in; returns a sign-in link's path."""
        now = self.services.clock()
        with self.services.database.transaction() as session:
            commands.add(session, email, name="Ann", role=role, now=now)
            if password:
                commands.set_password(session, email, password, now=now)
            return f"/login/{commands.create_sign_in_link(session, email, now=now)}"

    def come_in(self, role: str = "analyst") -> None:
        """A new member of staff signs in by a link, and opens the page that costs least."""
        link = self.staff(role=role)
        self.get(link)
        assert self.post(link).status_code == 303
        assert self.get("/desk/settings/account").status_code == 200

    def sign_in(self, role: str = "analyst") -> TestResponse:
        """A new member of staff signs in by a link and opens the desk."""
        self.come_in(role)
        return self.get("/desk")


@pytest.fixture
def visitor(app: Flask, services: Services) -> Visitor:
    """A fresh browser, nobody signed in."""
    return Visitor(app.test_client(), services)


@pytest.fixture
def world(services: Services) -> World:
    """Partners and answers for the desk to show."""
    return World(services)
