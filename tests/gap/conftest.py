import pytest

from feedback.core.services import Services
from tests.gap.world import World


@pytest.fixture
def world(services: Services) -> World:
    """An empty world on this test's database."""
    return World(services)
