"""A world of any size for the benches: answers by set-based SQL straight into the raw rows, counted by a rebuild.

Respondents answer three times in twelve months, in patterns that repeat: a world ten times as large fills the same
cells with ten times the people.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from bench import world_facts
from bench.world_facts import BUYERS, MONTHS, NOW, SEGMENTS
from feedback.core.db import Database
from feedback.core.months import first_day
from feedback.migrations.run import migrate
from feedback.responses.models import REASONS
from feedback.settings import Settings
from feedback.tallies.commands import rebuild

_MOST_PATTERNS = 60
_AT_ONCE = 20
"""Partners per statement: few enough to sort in memory, and to say how far it is."""
_FIRST_END_USER = 1000
"""Respondents of a partner are numbered; buyers come first."""

_CYCLE = """
    CREATE TABLE cycle (audience varchar(8), combination int, place int, month int, day date, days int,
                        segment_id bigint, trust varchar(7), reason varchar(6))
"""
_INTO_CYCLE = """
    INSERT INTO cycle VALUES (:audience, :combination, :place, :month, :day, :days, :segment_id, :trust, :reason)
"""
_ANSWERS = """
    INSERT INTO responses (partner_id, id, survey_id, survey_version_id, audience, metric, respondent_id, revision,
                           score, comment, reason, complete, segment_id, trust, live, answered_at, month, received_at,
                           known_at)
    WITH RECURSIVE partner (number) AS (
        SELECT CAST(:first_partner AS bigint)
        UNION ALL SELECT number + 1 FROM partner WHERE number < :last_partner
    ), person (number) AS (
        SELECT CAST(:first_person AS bigint)
        UNION ALL SELECT number + 1 FROM person WHERE number < :last_person
    ), answer AS (
        SELECT partner.number AS partner, person.number AS person, cycle.*,
               (partner.number * 7919 + person.number * 104729 + cycle.place * 1299709 + 1)
                   * 48271 % 2147483647 AS chance
        FROM partner CROSS JOIN person
        JOIN cycle ON cycle.audience = :audience
                  AND cycle.combination = (person.number - :first_person) % :combinations
    ), dated AS (
        SELECT answer.*, chance / 1000 % 100 + partner * 37 % 41 - 20 AS mood, {moment} AS at FROM answer
    )
    SELECT {partner}, {answer}, {survey}, {survey}, audience, 'nps', {respondent}, 1,
           CASE WHEN mood < 5 THEN 0 WHEN mood < 12 THEN 3 WHEN mood < 22 THEN 5 WHEN mood < 30 THEN 6
                WHEN mood < 50 THEN 7 WHEN mood < 65 THEN 8 WHEN mood < 85 THEN 9 ELSE 10 END,
           CASE WHEN chance % 5 = 0 THEN 'Slow.' END, reason, true, segment_id, trust, true, at, month, at, at
    FROM dated ORDER BY partner, person, place
"""
_SQLITE = {
    "uuid": "printf('%08x%024x', {0}, {1})",
    "moment": "date(day, '+' || (chance % days) || ' days') || ' 12:00:00.000000'",
}
_POSTGRESQL = {
    "uuid": "CAST(lpad(to_hex({0}), 8, '0') || lpad(to_hex({1}), 24, '0') AS uuid)",
    "moment": "day + chance % days * interval '1 day' + interval '12 hours'",
}


@dataclass(frozen=True, slots=True)
class Size:
    """About so many responses, in the cells of a world of `cells_of` responses."""

    responses: int
    cells_of: int
    partners: int

    @property
    def people(self) -> int:
        """End users at each partner."""
        return self._people(self.responses)

    @property
    def patterns(self) -> list[tuple[int, ...]]:
        """In which of the twelve months somebody answers; people take them in turn, in each segment."""
        every = list(combinations(range(len(MONTHS)), 3))
        wanted = max(1, min(_MOST_PATTERNS, self._people(self.cells_of) // len(SEGMENTS)))
        return [every[place * len(every) // wanted] for place in range(wanted)]

    def _people(self, responses: int) -> int:
        return max(1, (responses // self.partners - 3 * BUYERS) // 3)


def build(database: Database, settings: Settings, size: Size, say: Callable[[str], None]) -> None:
    """Fill an empty database; `say` is told how far it is."""
    migrate(database)
    with database.transaction() as session:
        say("facts and seats")
        world_facts.add(session, settings, size.partners)
        session.execute(text(_CYCLE))
        session.execute(text(_INTO_CYCLE), [*_of_end_users(size), *_of_buyers()])
    for first in range(0, size.partners, _AT_ONCE):
        say(f"answers of partner {first:,} of {size.partners:,}")
        with database.transaction() as session:
            _answers(session, size, first, min(size.partners, first + _AT_ONCE) - 1)
    say("voices and tallies")
    with database.transaction() as session:
        session.execute(text("DROP TABLE cycle"))
        if not database.is_sqlite:
            session.execute(text("ANALYZE responses"))
        rebuild(session, now=NOW)
    if not database.is_sqlite:  # as its autovacuum would
        say("vacuum and analyze")
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM (ANALYZE)"))


def _answers(session: Session, size: Size, first_partner: int, last_partner: int) -> None:
    """The answers of some partners, in the order of the primary key."""
    dialect = _SQLITE if session.get_bind().dialect.name == "sqlite" else _POSTGRESQL
    uuid = dialect["uuid"].format
    statement = _ANSWERS.format(
        partner=uuid("partner + 1", "0"),
        respondent=uuid("partner + 1", "person"),
        answer=uuid("partner + 1", "4 * person + place"),
        survey=uuid("0", "1"),
        moment=dialect["moment"],
    )
    own = {"first_partner": first_partner, "last_partner": last_partner}
    buyers = {"audience": "buyer", "first_person": 1, "last_person": BUYERS, "combinations": BUYERS}
    end_users = {
        "audience": "end_user",
        "first_person": _FIRST_END_USER,
        "last_person": _FIRST_END_USER + size.people - 1,
        "combinations": len(size.patterns) * len(SEGMENTS),
    }
    for side in (buyers, end_users):
        session.execute(text(statement), {**own, **side})


def _of_end_users(size: Size) -> Iterator[dict[str, Any]]:
    for number, pattern in enumerate(size.patterns):
        for segment, segment_id in enumerate(SEGMENTS):
            for place, month in enumerate(pattern):
                trust = "partner" if (number + place) % 10 == 0 else "vendor"
                yield _one("end_user", number * len(SEGMENTS) + segment, place, month, segment_id, trust, None)


def _of_buyers() -> Iterator[dict[str, Any]]:
    for number in range(BUYERS):
        for place, month in enumerate((number, number + 4, number + 7)):
            reason = REASONS[(number + place) % len(REASONS)] if place else None
            yield _one("buyer", number, place, month, 0, "vendor", reason)


def _one(
    audience: str, combination: int, place: int, month: int, segment_id: int, trust: str, reason: str | None
) -> dict[str, Any]:
    return {
        "audience": audience,
        "combination": combination,
        "place": place,
        "month": MONTHS[month],
        "day": first_day(MONTHS[month]).isoformat(),
        "days": NOW.day if MONTHS[month] == MONTHS[-1] else 28,
        "segment_id": segment_id,
        "trust": trust,
        "reason": reason,
    }
