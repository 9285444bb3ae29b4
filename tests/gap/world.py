"""A world made by hand for gap reports, and the recount of it from raw rows that the reports are held to."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from feedback.buyers.commands import NewBuyer, buyer_id, put_buyers
from feedback.core.ids import new_id
from feedback.core.months import month_of
from feedback.core.services import Services
from feedback.gap import queries, schemas
from feedback.gap.values import GapReport
from feedback.partners.commands import ContractTerms, create_partner, put_contracts
from feedback.partners.queries import partner_by_slug
from feedback.responses.commands import NewResponse, put_imported
from feedback.responses.models import Response
from feedback.seats.attributes import Declared
from feedback.seats.commands import seat_id
from feedback.surveys.commands import builtin_version
from feedback.tallies.commands import fold_all

PEPPER = b"a pepper for tests"
NOBODY = {"score": None, "low": None, "high": None, "people": 0, "histogram": [0] * 11}


@dataclass
class World:
    """Partners, contracts and answers go in through the commands; a report comes out."""

    services: Services
    ids: dict[str, UUID] = field(default_factory=dict)

    def partner(self, slug: str, licences: int | None = None, *, name: str = "", **terms: Any) -> UUID:
        """A partner and, with `licences`, a contract over 2026 and 2027."""
        now = self.services.clock()
        with self.services.database.transaction() as session:
            partner = create_partner(session, slug, name or slug.title(), now=now)
            self.ids[slug] = partner.id
            if licences is not None:
                dates = {"starts_on": date(2026, 1, 1), "renews_on": date(2028, 1, 1), **terms}
                put_contracts(session, [ContractTerms(partner.id, "one", licences, **dates)], now=now)
        return partner.id

    def portfolio(self) -> dict[str, tuple[int, list[int], list[int]]]:
        """Three partners with both sides: licences, end users' scores, buyers' scores."""
        partners = {
            "acme": (40, [2, 5, 7, 8, 8, 9, 9, 10, 10, 10], [9, 10]),
            "bolt": (25, [0, 1, 3, 4, 6, 6, 7, 8, 9, 10], [10, 9, 7]),
            "cargo": (400, [1, 8, 9, 9, 10], [6]),
        }
        for slug, (licences, end_users, buyers) in partners.items():
            self.partner(slug, licences)
            self.answers(slug, "end_user", end_users)
            self.answers(slug, "buyer", buyers)
        return partners

    def know_buyers(self, slug: str, *people: str) -> None:
        """Buyers that are known whether or not they answer."""
        with self.services.database.transaction() as session:
            buyers = [NewBuyer(self.ids[slug], person) for person in people]
            put_buyers(session, buyers, pepper=PEPPER, now=self.services.clock())

    def answers(
        self,
        slug: str,
        audience: str,
        scores: dict[str, int] | list[int],
        *,
        on: str = "2026-11-10",
        trust: str = "vendor",
        metric: str = "nps",
        attributes: dict[str, str] | None = None,
    ) -> None:
        """Somebody's scores, by person or by nobody in particular; folded."""
        now = self.services.clock()
        named = scores if isinstance(scores, dict) else {str(new_id()): score for score in scores}
        with self.services.database.transaction() as session:
            version = builtin_version(session, audience, metric, now=now)
            segment = 0
            if attributes:
                declared = Declared(session)
                declared.declare(attributes, now=now)
                declared.learn(attributes)
                segment = declared.segment(attributes)
            batch = [
                self._answer(slug, audience, person, score, on, trust, metric, segment, version)
                for person, score in named.items()
            ]
            put_imported(session, batch, now=now)
        fold_all(self.services.database, now=now)

    def _answer(self, slug, audience, person, score, on, trust, metric, segment, version) -> NewResponse:
        identity = buyer_id if audience == "buyer" else seat_id
        identifier = new_id()
        return NewResponse(
            partner_id=self.ids[slug],
            id=identifier,
            survey_id=version.survey_id,
            survey_version_id=version.id,
            audience=audience,
            metric=metric,
            respondent_id=identifier if trust == "none" else identity(PEPPER, self.ids[slug], person),
            score=score,
            revision=1,
            complete=True,
            answered_at=datetime.combine(date.fromisoformat(on), datetime.min.time(), UTC),
            trust=trust,
            live=True,
            segment_id=segment,
        )

    def values(self, *, settings=None, **query: Any) -> GapReport:
        """The report as values."""
        with self.services.database.reading() as session:
            return queries.report(session, settings or self.services.settings, now=self.services.clock(), **query)

    def report(self, **query: Any) -> dict[str, Any]:
        """The report as JSON has it."""
        return schemas.as_dict(self.values(**query))

    def recount(
        self,
        slug: str,
        audience: str,
        first: str,
        last: str,
        *,
        trusts: tuple[str, ...] = ("vendor", "partner"),
        metric: str = "nps",
    ) -> list[int]:
        """The histogram from raw rows: each respondent's latest voice in the months, by the definition of a voice."""
        window = range(_month(first), _month(last) + 1)
        order = {"vendor": 2, "partner": 1, "none": 0}
        with self.services.database.reading() as session:
            partner = partner_by_slug(session, slug)
            rows = session.scalars(select(Response).where(Response.partner_id == partner.id)).all()
        latest: dict[UUID, tuple[Any, int]] = {}
        for row in rows:
            month = month_of(row.answered_at)
            if row.audience != audience or row.metric != metric or row.trust not in trusts or month not in window:
                continue
            rank = (month, order[row.trust], row.answered_at, row.received_at, row.id)
            if row.respondent_id not in latest or rank > latest[row.respondent_id][0]:
                latest[row.respondent_id] = (rank, row.score)
        histogram = [0] * 11
        for _, score in latest.values():
            histogram[score] += 1
        return histogram


def _month(label: str) -> int:
    return month_of(date.fromisoformat(f"{label}-01"))
