"""`feedback demo` on the command line."""

from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from feedback.cli import feedback
from feedback.core.errors import Problem
from feedback.core.services import Services
from feedback.demo.world import Recipe, make_world
from feedback.partners.commands import create_partner
from feedback.partners.models import Partner
from tests.demo.world import total


def _run(place: Services, *arguments: str) -> Result:
    environment = {"FEEDBACK_HOME": str(place.settings.home), "DATABASE_URL": "", "REDIS_URL": "", "PORT": "8000"}
    return CliRunner().invoke(feedback, ["demo", *arguments], env=environment)


@pytest.fixture
def real(make_place: Callable[[], Services]) -> Services:
    """A place with a real partner."""
    place = make_place()
    with place.database.transaction() as session:
        create_partner(session, "real-customer", "Real Customer", now=place.clock())
    return place


def test_it_says_when_the_world_is_already_there(make_place: Callable[[], Services]) -> None:
    place = make_place()
    make_world(place, Recipe(scale=0.002), now=place.clock())
    answer = _run(place)
    assert answer.exit_code == 0
    assert "already there" in answer.output


def test_it_refuses_a_place_with_real_partners(real: Services) -> None:
    refused = _run(real).exception
    assert isinstance(refused, Problem)
    assert "--force" in str(refused)
    assert total(real, Partner) == 1


def test_if_empty_leaves_a_place_with_real_partners_alone(real: Services) -> None:
    answer = _run(real, "--if-empty")
    assert answer.exit_code == 0
    assert "No demo" in answer.output
    assert total(real, Partner) == 1
