"""A partner whose people answer, month after month, and the rule that looks at it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from feedback.core.services import Services
from feedback.privacy import commands, queries
from feedback.privacy.commands import Held
from feedback.privacy.models import Release
from feedback.privacy.queries import Released
from feedback.privacy.shown import Shown
from tests.gap.world import World, people


@dataclass
class Partner:
    """One partner of a world, by its slug."""

    world: World
    slug: str

    @property
    def id(self) -> UUID:
        """Of the partner."""
        return self.world.ids[self.slug]

    def release(self) -> Shown | Held:
        """Let the rule look now."""
        services = self.world.services
        with services.database.transaction() as session:
            return commands.release_due(session, services.settings, self.id, now=services.clock())

    @property
    def releases(self) -> list[Released]:
        """What was released, newest first."""
        with self.world.services.database.reading() as session:
            return queries.releases(session, self.id)

    @property
    def stored(self) -> list[dict[str, Any]]:
        """What stands in the database to be shown."""
        with self.world.services.database.reading() as session:
            return list(session.scalars(select(Release.shown)))

    def answer(self, scores: dict[str, int], on: str, **about: object) -> None:
        """These people answer."""
        self.world.answers(self.slug, "end_user", scores, on=on, **about)  # type: ignore[arg-type]


@pytest.fixture
def world(services: Services) -> World:
    """Nobody yet."""
    return World(services)


@pytest.fixture
def acme(world: World) -> Partner:
    """Sixty seats, half of them active, and a policy that lets numbers go back. It is November."""
    world.at("2026-11-15")
    world.partner("acme", 60, name="Acme")
    world.policy("acme", may_share_back=True)
    world.seats("acme", people(60))
    world.active("acme", people(30), "2026-08-03")
    return Partner(world, "acme")


def mixed(number: int, first: int = 0) -> dict[str, int]:
    """So many people, of whom a third each answers 3, 8 and 10."""
    return {person: (3, 8, 10)[place % 3] for place, person in enumerate(people(number, first))}
