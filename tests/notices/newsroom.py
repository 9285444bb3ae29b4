"""Where things happen that are told."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from feedback.core import outbox
from feedback.core.ids import new_id
from feedback.core.services import Services
from feedback.notices import choices, endpoints, rounds
from feedback.notices.courier import Courier
from feedback.notices.models import Delivery
from feedback.partners.commands import create_partner
from feedback.staff import commands as staff


def on_loopback(services: Services) -> Services:
    """The same, but webhooks may be on this machine."""
    return replace(services, settings=replace(services.settings, webhook_private_addresses=True))


@dataclass
class Newsroom:
    """Things happen through `happens`, people and endpoints are made, `send` does what the schedule does."""

    services: Services

    def person(self, email: str = "ann@example.com", role: str = "analyst", **wish: Any) -> str:
        now, here = self.services.clock(), self.services
        with here.database.transaction() as session:
            staff.add(session, email, role=role, now=now)
            if wish:
                wanted = replace(choices.DEFAULT, **wish)
                vault = here.secrets.vault
                choices.put(session, email, wanted, vault=vault, private=True, actor="staff:x", now=now)
        return email

    def endpoint(self, address: str, *events: str, kind: str = "signed") -> tuple[UUID, str | None]:
        here = self.services
        new = endpoints.NewEndpoint(kind, "Ours", address, events or ("state.changed",))
        with here.database.transaction() as session:
            row, secret = endpoints.add(
                session, new, vault=here.secrets.vault, private=True, actor="staff:x", now=here.clock()
            )
        return row.id, secret

    def partner(self, slug: str = "acme", name: str = "") -> UUID:
        with self.services.database.transaction() as session:
            return create_partner(session, slug, name or slug.title(), now=self.services.clock()).id

    def enters(self, partner_id: UUID, state: str = "pre_churn", *, thing: str = "") -> None:
        """This partner entered a state; said again under the same `thing`."""
        subject = {"month": 2026 * 12 + 9, "state": state, "came_from": "compounding"}
        self.happens(
            "unclear" if state == "undetermined" else "state",
            partner_id,
            subject,
            thing or f"state {partner_id} {new_id()}"[:80],
        )

    def renews(self, partner_id: UUID, days: int = 30) -> None:
        """A contract of this partner comes due soon in a bad state."""
        values = {"contract_id": "c-1", "renews_on": "2026-12-15", "state": "pre_churn", "days": days}
        self.happens("renewal_near", partner_id, {"audience": None, "metric": None, "values": values})

    def happens(self, kind: str, partner_id: UUID, subject: dict[str, Any], thing: str = "") -> None:
        now = self.services.clock()
        with self.services.database.transaction() as session:
            outbox.put(session, kind, partner_id, thing or f"event {new_id()}", subject, now=now)

    def promise(self) -> int:
        return rounds.promise(self.services)

    def send(self, **options: Any) -> int:
        """Promise, let alerts gather, send."""
        self.promise()
        self.services.clock.forward(minutes=1)  # type: ignore[attr-defined]
        return Courier(self.services, timeout_s=options.pop("timeout_s", 5.0), **options).send_due()

    def deliveries(self) -> list[Delivery]:
        with self.services.database.reading() as session:
            return list(session.scalars(select(Delivery).order_by(Delivery.made_at, Delivery.id)))

    def at(self, moment: str) -> None:
        self.services.clock.now = datetime.fromisoformat(moment + "+00:00")  # type: ignore[attr-defined]
