"""Visitors of the desk and worlds of answers, as the tests of the desk have them."""

import pytest
from flask import Flask

from feedback.core.services import Services
from tests.desk.conftest import Visitor
from tests.gap.world import World


@pytest.fixture
def visitor(app: Flask, services: Services) -> Visitor:
    """A fresh browser, nobody signed in."""
    return Visitor(app.test_client(), services)


@pytest.fixture
def world(services: Services) -> World:
    """Partners and answers."""
    return World(services)
