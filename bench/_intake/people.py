"""The world of the bench: partners, keys and a survey through the domain's commands, many people straight in tables.

Each person has one token, as the page of a browser has. What people may answer was shown to them a minute ago.
"""

import base64
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from feedback.core import secrets
from feedback.core.db import Database
from feedback.core.ids import new_id, pseudonym
from feedback.migrations.run import migrate
from feedback.partners.commands import create_partner
from feedback.partners.keys import create_embed_key, create_signing_key
from feedback.partners.models import Partner
from feedback.responses.models import Impression
from feedback.seats.attributes import Declared
from feedback.seats.commands import declare_attribute
from feedback.seats.models import Seat
from feedback.settings import Settings
from feedback.surveys.commands import create_survey, publish
from feedback.surveys.definition import Definition

PARTNERS = 50
SURVEY = "end-user-nps"
PAGE = "https://portal.example"
OURS = "https://feedback.example"
"""Where the frame comes from, and so the origin of answers; FEEDBACK_PUBLIC_URL of the service."""
ATTRIBUTES = {"department": ["sales", "support", "care", "office"], "site": ["north", "south", "west"]}
_SEGMENTS = [dict(zip(ATTRIBUTES, values, strict=True)) for values in product(*ATTRIBUTES.values())]
_WATCHED = 400
_LIFE_S = 3_600
_SLICE = 20_000


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody at one of the partners, with the impression that waits for their answer."""

    partner_id: UUID
    respondent_id: UUID
    segment_id: int
    token: str
    impression_id: UUID


@dataclass(frozen=True, slots=True)
class World:
    """The first `asked` of the people have an impression, the others may be granted one.

    `watched` have an impression too, and are the only people of the partner `watched_id`.
    """

    key: str
    people: Sequence[Person]
    asked: int
    watched: Sequence[Person]
    watched_id: UUID
    made_at: datetime


def build(database: Database, settings: Settings, *, asked: int, others: int) -> World:
    """Fill an empty database."""
    now = datetime.now(UTC)
    opened = secrets.load(settings)
    migrate(database)
    with database.transaction() as session:
        partners = [create_partner(session, f"partner-{one}", f"Partner {one}", now=now) for one in range(PARTNERS + 1)]
        survey = create_survey(session, SURVEY, "end_user", "nps", Definition(delay_s=5), now=now)
        version = publish(session, survey, now=now)
        key = create_embed_key(session, "app", [PAGE], partner_id=None, live=True, now=now).key
        signing = create_signing_key(
            session, "vendor", "HS256", partner_id=None, public_key_pem=None, vault=opened.vault, now=now
        )
        for name, values in ATTRIBUTES.items():
            declare_attribute(session, name, values, now=now)
        declared, seats = Declared(session), [_json(values) for values in _SEGMENTS]
        segments = [declared.segment(values) for values in _SEGMENTS]
        head = _text(_json({"alg": "HS256", "kid": signing.row.kid}).encode())
        secret, issued = (signing.secret or "").encode(), int(now.timestamp())

        def person(partner: Partner, number: int) -> Person:
            subject, which = f"person-{number}", number // PARTNERS % len(segments)
            token = _token(head, secret, partner.slug, subject, seats[which], issued)
            respondent = pseudonym(opened.pepper, partner.id, "end_user", subject)
            return Person(partner.id, respondent, segments[which], token, new_id())

        people = [person(partners[number % PARTNERS], number) for number in range(asked + others)]
        watched = [person(partners[-1], number) for number in range(_WATCHED)]
        _insert(session, people, asked, survey.id, version.id, now)
        _insert(session, watched, _WATCHED, survey.id, version.id, now)
    if not database.is_sqlite:  # as its autovacuum would
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM (ANALYZE)")
    return World(key, people, asked, watched, partners[-1].id, now)


def _insert(
    session: Session, people: Sequence[Person], asked: int, survey_id: UUID, version_id: UUID, now: datetime
) -> None:
    deployed_on, shown_at = (now - timedelta(days=100)).date(), now - timedelta(minutes=1)
    for start in range(0, len(people), _SLICE):
        some = people[start : start + _SLICE]
        session.execute(
            insert(Seat.__table__),  # type: ignore[arg-type]
            [
                {
                    "partner_id": one.partner_id,
                    "id": one.respondent_id,
                    "deployed_on": deployed_on,
                    "seen_on": deployed_on,
                    "segment_id": one.segment_id,
                    "changed_at": shown_at,
                }
                for one in some
            ],
        )
        if waiting := some[: max(0, asked - start)]:
            session.execute(
                insert(Impression.__table__),  # type: ignore[arg-type]
                [
                    {
                        "partner_id": one.partner_id,
                        "id": one.impression_id,
                        "survey_id": survey_id,
                        "survey_version_id": version_id,
                        "audience": "end_user",
                        "respondent_id": one.respondent_id,
                        "trust": "vendor",
                        "live": True,
                        "state": "shown",
                        "granted_at": shown_at,
                        "changed_at": shown_at,
                    }
                    for one in waiting
                ],
            )


def _token(head: str, secret: bytes, partner: str, subject: str, seat: str, issued: int) -> str:
    # Written out: hundred thousands of people are waiting for theirs.
    claims = (
        f'{{"aud":"feedback","sub":"{subject}","partner":"{partner}","iat":{issued},"exp":{issued + _LIFE_S},'
        f'"seat":{seat}}}'
    )
    signed = f"{head}.{_text(claims.encode())}"
    return f"{signed}.{_text(hmac.digest(secret, signed.encode(), 'sha256'))}"


def _json(value: dict[str, str]) -> str:
    return json.dumps(value, separators=(",", ":"))


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
