"""A world made by hand for gap reports, and the recount of it from raw rows that the reports are held to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from feedback.buyers.commands import NewBuyer, buyer_id, put_buyers
from feedback.core.ids import new_id
from feedback.core.months import month_of
from feedback.core.services import Services
from feedback.gap import backtest, daily, queries, schemas
from feedback.gap.values import GapReport, PartnerRow
from feedback.partners.commands import (
    ContractTerms,
    NewPromotion,
    PolicyTerms,
    create_partner,
    put_contracts,
    put_promotions,
    record_policy,
)
from feedback.partners.queries import partner_by_slug
from feedback.privacy.erasing import erase
from feedback.privacy.held import Person
from feedback.responses.commands import NewResponse, put_imported, put_response
from feedback.responses.models import Response
from feedback.seats.attributes import Declared
from feedback.seats.commands import ActiveDay, NewSeat, put_seats, record_activity, record_shown, seat_id
from feedback.surveys.commands import builtin_version
from feedback.tallies.adoption import recount_all
from feedback.tallies.commands import fold_all

PEPPER = b"a pepper for tests"
NOBODY = {"score": None, "low": None, "high": None, "people": 0, "histogram": [0] * 11}


@dataclass
class World:
    """Partners, contracts and answers go in through the commands; a report comes out."""

    services: Services
    ids: dict[str, UUID] = field(default_factory=dict)
    counts_at_once: bool = True
    """Fold and count after every step; else what waits is counted by `daily` or `catch_up`."""

    def at(self, day: str, hour: int = 12) -> None:
        """Set the clock."""
        self.services.clock.now = datetime.combine(date.fromisoformat(day), time(hour), UTC)  # type: ignore[attr-defined]

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

    def contract(
        self, slug: str, contract_id: str, licences: int, starts_on: str, renews_on: str, **terms: Any
    ) -> None:
        """A contract; days as text."""
        days = {name: date.fromisoformat(terms.pop(name)) for name in ("notice_on", "decided_on") if name in terms}
        dates = {"starts_on": date.fromisoformat(starts_on), "renews_on": date.fromisoformat(renews_on), **days}
        with self.services.database.transaction() as session:
            one = ContractTerms(self.ids[slug], contract_id, licences, **dates, **terms)
            put_contracts(session, [one], now=self.services.clock())

    def seats(
        self,
        slug: str,
        people: Iterable[str],
        *,
        on: str | None = "2026-01-01",
        left_on: str | None = None,
        attributes: dict[str, str] | None = None,
    ) -> None:
        """People deployed, as a seats file says it; counted."""
        now, day = self.services.clock(), lambda text: date.fromisoformat(text) if text else None
        with self.services.database.transaction() as session:
            declared = Declared(session)
            if attributes:
                declared.declare(attributes, now=now)
                declared.learn(attributes)
            found = [
                NewSeat(self.ids[slug], seat_id(PEPPER, self.ids[slug], person), day(on), day(left_on), attributes)
                for person in people
            ]
            put_seats(session, found, declared, now=now)
        self.count()

    def active(
        self, slug: str, people: Iterable[str], *days: str, onboarding: bool = False, meaningful: bool = False
    ) -> None:
        """These people were active on these days, as the vendor's backend says; counted."""
        with self.services.database.transaction() as session:
            found = [
                ActiveDay(
                    self.ids[slug],
                    seat_id(PEPPER, self.ids[slug], person),
                    date.fromisoformat(day),
                    onboarding=onboarding,
                    meaningful=meaningful,
                )
                for person in people
                for day in days
            ]
            record_activity(session, found, "vendor", now=self.services.clock())
        self.count()

    def shown(self, slug: str, people: Iterable[str], day: str) -> None:
        """A survey was shown to these people; counted."""
        with self.services.database.transaction() as session:
            seats = [seat_id(PEPPER, self.ids[slug], person) for person in people]
            record_shown(session, [(self.ids[slug], seat, date.fromisoformat(day)) for seat in seats])
        self.count()

    def promoted(self, slug: str, *days: str, reach: int | None = None) -> None:
        """The partner told its people."""
        with self.services.database.transaction() as session:
            found = [NewPromotion(self.ids[slug], date.fromisoformat(day), "mail", reach) for day in days]
            put_promotions(session, found)

    def policy(self, slug: str, **terms: Any) -> None:
        """What the partner allows from now on."""
        with self.services.database.transaction() as session:
            record_policy(session, self.ids[slug], PolicyTerms(**terms), now=self.services.clock())

    def left(self, slug: str) -> None:
        """The partner leaves now."""
        with self.services.database.transaction() as session:
            partner_by_slug(session, slug).left_at = self.services.clock()

    def forget(self, slug: str, audience: str, person: str) -> None:
        """Erase a person's answers; folded."""
        identity = buyer_id if audience == "buyer" else seat_id
        with self.services.database.transaction() as session:
            one = Person(self.ids[slug], (identity(PEPPER, self.ids[slug], person),))
            erase(session, one, now=self.services.clock())
        fold_all(self.services.database, now=self.services.clock())

    def count(self) -> None:
        """Count the seats that wait for it."""
        if self.counts_at_once:
            recount_all(self.services.database, self.services.settings, now=self.services.clock())

    def catch_up(self) -> None:
        """Count what waits, at once."""
        fold_all(self.services.database, now=self.services.clock())
        recount_all(self.services.database, self.services.settings, now=self.services.clock())

    def daily(self, *, history_changed: bool = False) -> None:
        """What the service does once a day, and after an import."""
        daily.catch_up(
            self.services.database,
            self.services.settings,
            now=self.services.clock(),
            history_changed=history_changed,
        )

    def every_month(self, *months: str) -> None:
        """Live through the first days of these months, the service at work."""
        for month in months:
            self.at(f"{month}-01")
            self.daily()

    def backtest(self) -> backtest.Backtest:
        """The replay."""
        with self.services.database.reading() as session:
            return backtest.run(session, self.services.settings, now=self.services.clock())

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

    def know_buyers(self, slug: str, *people: str, role: str | None = None) -> None:
        """Buyers that are known whether or not they answer."""
        with self.services.database.transaction() as session:
            buyers = [NewBuyer(self.ids[slug], person, role, person.title()) for person in people]
            put_buyers(session, buyers, pepper=PEPPER, now=self.services.clock())

    def answers(
        self,
        slug: str,
        audience: str,
        scores: dict[str, int] | list[int],
        *,
        on: str | Sequence[str] = "2026-11-10",
        trust: str = "vendor",
        metric: str = "nps",
        attributes: dict[str, str] | None = None,
        comment: str | None = None,
        reason: str | None = None,
        at_the_door: bool = False,
        ids: dict[str, UUID] | None = None,
        revision: int = 1,
    ) -> dict[str, UUID]:
        """Somebody's scores on one day or on each of many, by person or by nobody in particular; folded.

        Returns the response ids by person, of the last day. `at_the_door`: received by the clock one by one, instead of
        imported. With `ids`: those responses, revised.
        """
        now = self.services.clock()
        named = scores if isinstance(scores, dict) else {str(new_id()): score for score in scores}
        each_day = [on] if isinstance(on, str) else on
        given = [ids or {person: new_id() for person in named} for _day in each_day]
        with self.services.database.transaction() as session:
            version = builtin_version(session, audience, metric, now=now)
            segment = 0
            if attributes:
                declared = Declared(session)
                declared.declare(attributes, now=now)
                declared.learn(attributes)
                segment = declared.segment(attributes)
            about = {"comment": comment, "reason": reason, "revision": revision}
            batch = [
                self._answer(slug, audience, person, score, day, trust, metric, segment, version, own[person], **about)
                for day, own in zip(each_day, given, strict=True)
                for person, score in named.items()
            ]
            if at_the_door:
                for one in batch:
                    put_response(session, one, now=now)
            else:
                put_imported(session, batch, now=now)
        if self.counts_at_once:
            fold_all(self.services.database, now=now)
        return given[-1] if given else {}

    def _answer(
        self, slug, audience, person, score, on, trust, metric, segment, version, identifier, **about
    ) -> NewResponse:
        identity = buyer_id if audience == "buyer" else seat_id
        return NewResponse(
            partner_id=self.ids[slug],
            id=identifier,
            survey_id=version.survey_id,
            survey_version_id=version.id,
            audience=audience,
            metric=metric,
            respondent_id=identifier if trust == "none" else identity(PEPPER, self.ids[slug], person),
            score=score,
            complete=True,
            answered_at=datetime.combine(date.fromisoformat(on), datetime.min.time(), UTC),
            trust=trust,
            live=True,
            segment_id=segment,
            **about,
        )

    def values(self, *, settings=None, **query: Any) -> GapReport:
        """The report as values."""
        with self.services.database.reading() as session:
            return queries.report(session, settings or self.services.settings, now=self.services.clock(), **query)

    def row(self, slug: str, **query: Any) -> PartnerRow:
        """One partner's row in the portfolio."""
        return next(row for row in self.values(**query).partners if row.partner == slug)

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


def people(number: int, first: int = 0) -> list[str]:
    """So many people's names."""
    return [f"p{place}" for place in range(first, first + number)]


def days(first: str, last: str, step: int = 1) -> list[str]:
    """Days as text, both ends included where they fall on a step."""
    begin, end = date.fromisoformat(first), date.fromisoformat(last)
    return [(begin + timedelta(days=number)).isoformat() for number in range(0, (end - begin).days + 1, step)]


def mids(*months: str) -> Sequence[str]:
    """The fifteenth of these months."""
    return [f"{month}-15" for month in months]


def _month(label: str) -> int:
    return month_of(date.fromisoformat(f"{label}-01"))
