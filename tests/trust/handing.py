"""A partner with a release, a link to its own page, and everything around it that must never be on it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from feedback.comments.commands import Remarks, remark
from feedback.core.services import Services
from feedback.decisions import commands as decisions
from feedback.decisions.product_releases import NewProductRelease, add_product_release
from feedback.decisions.values import NewDecision, Review
from feedback.partners.queries import partner_by_slug
from feedback.privacy import links
from feedback.privacy.commands import release_all
from feedback.seats.commands import seat_id
from tests.gap.world import PEPPER, World, people

MARKED = "MARKED-COMMENT of somebody"


@dataclass
class Hand:
    """Who was handed links: asks for pages as a browser without a login does."""

    client: FlaskClient
    services: Services

    def link(self, slug: str = "acme", days: int = 90) -> str:
        """A new link to the partner's page: its path."""
        with self.services.database.transaction() as session:
            partner = partner_by_slug(session, slug)
            secret, now = self.services.secrets.cookie, self.services.clock()
            return f"/p/{links.make_link(session, partner, days=days, secret=secret, actor='cli', now=now)[1]}"

    def revoke(self, slug: str = "acme") -> int:
        """End the partner's links; how many there were."""
        with self.services.database.transaction() as session:
            return links.revoke_links(session, partner_by_slug(session, slug), actor="cli", now=self.services.clock())

    def get(self, path: str) -> TestResponse:
        """Open it."""
        return self.client.get(path)


def partner(world: World, slug: str, *, seats: int = 77, answered: int = 33, name: str = "") -> None:
    """One whose people answered in October and wrote, and of whom everything is shared back."""
    world.partner(slug, seats, name=name)
    world.policy(slug, may_share_back=True)
    world.seats(slug, people(seats))
    world.active(slug, people(seats * 6 // 11), "2026-08-03")
    scores = {person: (3, 8, 10)[place % 3] for place, person in enumerate(people(answered))}
    world.answers(slug, "end_user", scores, on="2026-10-17", comment=f"{MARKED} at {slug}")
    world.answers(slug, "buyer", {"MARKED-BUYER": 9}, on="2026-10-20", comment=f"{MARKED} who decides at {slug}")
    world.know_buyers(slug, "MARKED-BUYER")


def release(world: World) -> None:
    """Let the rule look at all partners."""
    release_all(world.services.database, world.services.settings, now=world.services.clock())


def tell(world: World, slug: str, words: str) -> None:
    """Something is decided about a partner, reviewed and told."""
    services = world.services
    now = services.clock()
    new = NewDecision("MARKED-TITLE", "MARKED-FINDING", "MARKED-OWNER", "end_user", "MARKED-EXPECTED", now.date())
    with services.database.transaction() as session:
        settings = services.settings
        one = decisions.add_decision(session, settings, new, partner_id=world.ids[slug], actor="cli", now=now)
        decisions.review_decision(session, settings, one.id, Review("MARKED-OUTCOME", words), actor="cli", now=now)


def product(world: World, day: str, name: str, told: str) -> None:
    """A release of the product."""
    with world.services.database.transaction() as session:
        new = NewProductRelease(date.fromisoformat(day), name, told)
        add_product_release(session, new, actor="cli", now=world.services.clock())


def label(world: World, slug: str, responses: Iterable[UUID], label: str, restricted: str | None = None) -> None:
    """Somebody of the team labels comments."""
    with world.services.database.transaction() as session:
        for response_id in responses:
            remarks = Remarks(label, None, restricted)
            remark(session, world.ids[slug], response_id, remarks, actor="cli", now=world.services.clock())


def pseudonyms(world: World, slug: str, number: int = 77) -> list[str]:
    """What the people of a partner are kept under."""
    return [str(seat_id(PEPPER, world.ids[slug], person)) for person in people(number)]
