"""Somebody of whom everything is held that can be held of a person, and a look for what is left of them."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from flask.testing import FlaskClient
from sqlalchemy import select

from feedback.comments.commands import Remarks, remark
from feedback.core.db import Base, Database
from feedback.core.services import Services
from feedback.decisions.commands import add_claim, add_evidence
from feedback.decisions.values import NewClaim, NewEvidence
from feedback.partners.commands import PolicyTerms, record_policy
from feedback.privacy.held import Person, person
from feedback.responses import second
from feedback.responses.invitations import NewInvitation, expiry, invite
from feedback.responses.second import Second
from feedback.seats.attributes import Declared
from feedback.seats.commands import ActiveDay, NewSeat, put_seats, record_activity, seat_id
from feedback.surveys.commands import create_survey, publish
from feedback.surveys.definition import Definition, Quiet
from feedback.surveys.queries import survey_by_name
from feedback.tallies import adoption
from feedback.tallies.commands import fold_all
from feedback.tallies.verify import verify
from tests.embed import World, make_world

WROTE, ADDRESS = "the words of anna alone", "anna@example.com"


@dataclass
class Town:
    """A partner with a survey that may ask at any time, a vendor's backend, and browsers of its people."""

    world: World
    client: FlaskClient
    services: Services
    answers: dict[str, UUID] = field(default_factory=dict)

    @property
    def partner_id(self) -> UUID:
        return self.world.partner.id

    def whom(self, subject: str) -> Person:
        """What somebody is kept under."""
        return person(self.services.secrets.pepper, self.partner_id, subject)

    def ask(self, subject: str, **claims: Any) -> Any:
        """Their page asks whether they may be asked."""
        headers = self.world.headers(self.world.token(subject, **claims))
        survey = "asks-buyers" if claims.get("role") == "buyer" else "asks"
        body = {"survey": survey, "version": 1}
        return self.client.post(f"/v1/embed/{self.world.key}/impressions", json=body, headers=headers)

    def answer(self, subject: str, score: int, *, comment: str | None = None, **said: Any) -> UUID:
        """They answer in their page, as it is asked."""
        claims = {"role": said.pop("role")} if "role" in said else {}
        granted = self.ask(subject, **claims).json
        assert granted["due"], granted
        response = uuid4()
        body = {
            "survey": "asks-buyers" if claims else "asks",
            "version": 1,
            "impression": granted["impression"],
            "score": score,
            "revision": 1,
            "complete": True,
            "answered_at": self.services.clock().isoformat(),
            **({"comment": comment} if comment else {}),
            **said,
        }
        headers = self.world.headers(self.world.token(subject, **claims))
        kept = self.client.put(f"/v1/embed/{self.world.key}/responses/{response}", json=body, headers=headers)
        assert kept.status_code == 201, kept.json
        self.answers[subject] = response
        return response

    def seen(self, subject: str) -> None:
        """Their page says that they are there."""
        headers = self.world.headers(self.world.token(subject))
        assert self.client.post(f"/v1/embed/{self.world.key}/activity", json={}, headers=headers).status_code == 202

    def live(self, subject: str) -> None:
        """All that can be held of somebody: as a seat and as a buyer, by every way, with what staff made of it."""
        now = self.services.clock()
        seat = seat_id(self.services.secrets.pepper, self.partner_id, subject)
        with self.services.database.transaction() as session:
            declared = Declared(session)
            declared.declare(["team"], now=now)
            declared.learn({"team": "blue"})
            one = NewSeat(self.partner_id, seat, date(2026, 1, 1), None, {"team": "blue"})
            put_seats(session, [one], declared, now=now)
            days = [ActiveDay(self.partner_id, seat, date(2026, 2, 3), meaningful=True)]
            record_activity(session, days, "vendor", now=now)
        self.seen(subject)
        self.answer(subject, 7, role="buyer")
        response = self.answer(subject, 2, comment=WROTE, contact=ADDRESS)
        with self.services.database.transaction() as session:
            remarks = Remarks("slow", "a note", None)
            remark(session, self.partner_id, response, remarks, actor="staff:ann@example.com", now=now)
            claim = add_claim(
                session, self.partner_id, NewClaim("Bo", date(2026, 11, 1), "All love it"), actor="cli", now=now
            )
            evidence = NewEvidence(f"No: {WROTE}", supports=False, response_id=response)
            add_evidence(session, self.partner_id, claim.id, evidence, actor="cli", now=now)
            pepper = self.services.secrets.pepper
            survey, whom = survey_by_name(session, "asks"), [NewInvitation("northwind", subject)]
            until = expiry(14, now=now)
            again = Second(self.partner_id, response, uuid4(), seat, "nps", 10, None, "vendor")
            second.keep(session, [again], now=now)
            invite(session, survey, whom, expires_at=until, live=True, pepper=pepper, now=now)
        self.count()

    def count(self) -> None:
        """What workers and schedule do within a second."""
        fold_all(self.services.database, now=self.services.clock())
        adoption.recount_all(self.services.database, self.services.settings, now=self.services.clock())

    def differences(self) -> list[Any]:
        """What `feedback tallies verify` finds."""
        now = self.services.clock()
        with self.services.database.transaction() as session:
            counted = verify(session, now=now).differences
            return [*counted, *adoption.verify(session, self.services.settings, now=now)]


def make_town(services: Services, client: FlaskClient) -> Town:
    """A town where everybody may be asked again at once, and contacted."""
    world = make_world(services)
    now = services.clock()
    with services.database.transaction() as session:
        for name, audience in (("asks", "end_user"), ("asks-buyers", "buyer")):
            asked = Definition(delay_s=0, contact=audience == "end_user", quiet=Quiet(0, answered_days=0))
            publish(session, create_survey(session, name, audience, "nps", asked, now=now), now=now)
        terms = PolicyTerms(may_contact=True, notice_version="2026-10", lawful_basis="legitimate interest")
        record_policy(session, world.partner.id, terms, now=now)
    return Town(world, client, services)


def rows(database: Database) -> dict[str, list[str]]:
    """Every row of every table as one text, ids without hyphens."""
    found: dict[str, list[str]] = {}
    with database.reading() as session:
        for table in Base.metadata.sorted_tables:
            for row in session.execute(select(table)):
                text = " ".join(value.decode("latin-1") if isinstance(value, bytes) else str(value) for value in row)
                found.setdefault(table.name, []).append(text.replace("-", ""))
    return found


def left_of(database: Database, *ids: UUID, words: tuple[str, ...] = ()) -> dict[str, int]:
    """Tables in which one of these ids or words still stands, and in how many rows."""
    wanted = [*(one.hex for one in ids), *(word.replace("-", "") for word in words)]
    found = {}
    for name, texts in rows(database).items():
        if hits := sum(any(one in text for one in wanted) for text in texts):
            found[name] = hits
    return found
