"""The migrations and the models say the same."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from feedback.core.db import Database
from feedback.core.ids import new_id
from feedback.core.months import NEVER, month_of
from feedback.migrations.models import metadata
from feedback.migrations.run import _config, migrate, versions
from feedback.responses.models import Response
from feedback.seats.models import Seat, SeatChange
from feedback.tallies.models import COUNTS, SegmentTally


def test_migrating_from_nothing_gives_the_schema_of_the_models(empty_url: str) -> None:
    database = Database(empty_url)
    migrate(database)
    migrate(database)
    current, wanted = versions(database)
    assert current == wanted
    with database.reading() as session:
        context = MigrationContext.configure(session.connection(), opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    database.close()


def test_facts_and_tallies_are_led_by_their_partner() -> None:
    led = {"contracts", "promotions", "policies", "seats", "seat_attributes", "activity", "buyers", "impressions"}
    led |= {"responses", "voices", "tallies", "partner_tallies", "daily_tallies", "erasures"}
    for name in led:
        table = metadata.tables[name]
        assert next(iter(table.primary_key)).name == "partner_id", name
        for index in table.indexes:
            assert index.columns[0].name == "partner_id", index.name
        assert not [key for key in table.foreign_keys if key.column.table.name in led], name


def test_what_seats_did_before_they_kept_their_first_meaningful_day_is_found(empty_url: str) -> None:
    database, partner = Database(empty_url), new_id()
    seats = {name: new_id() for name in ("ada", "ben", "cem")}
    march = month_of(date(2026, 3, 1))
    months = {("ada", march): 0b1100, ("ada", march + 1): 1, ("ben", march): 0, ("ben", march + 9): 1 << 30}
    with database.transaction() as session:
        _as_of_0001(session)
        for seat in seats.values():
            now = datetime(2026, 3, 1, tzinfo=UTC)
            row = {"partner_id": partner, "id": seat, "seen_on": now.date(), "segment_id": 0, "changed_at": now}
            session.execute(insert(metadata.tables["seats"]).values(row))
        for (name, month), bits in months.items():
            row = {"partner_id": partner, "seat_id": seats[name], "month": month, "source": "vendor", "days": bits | 1}
            bits_of = {"onboarding_days": 0, "meaningful_days": bits}
            session.execute(insert(metadata.tables["activity"]).values({**row, **bits_of}))
    migrate(database)
    with database.reading() as session:
        found = {row.id: row.first_meaningful_on for row in session.scalars(select(Seat))}
        assert [found[seats[name]] for name in ("ada", "ben", "cem")] == [date(2026, 3, 3), date(2026, 12, 31), None]
        assert session.scalars(select(SeatChange.partner_id)).all() == [partner]
    database.close()


def test_what_was_counted_of_partners_is_rolled_up_by_segment(empty_url: str) -> None:
    database, march = Database(empty_url), month_of(date(2026, 3, 1))
    with database.transaction() as session:
        _as_of_0001(session)
        for partner, segment in ((new_id(), 7), (new_id(), 7), (new_id(), 8)):
            key = {"partner_id": partner, "audience": "end_user", "metric": "nps", "month": march, "trust": "vendor"}
            key |= {
                "next_month": NEVER,
                "next_vendor_month": NEVER,
                "survey_version_id": new_id(),
                "segment_id": segment,
            }
            counts = {name: place for place, name in enumerate(COUNTS)}
            session.execute(insert(metadata.tables["tallies"]).values({**key, **counts}))
    migrate(database)
    with database.reading() as session:
        cells = {cell.segment_id: cell for cell in session.scalars(select(SegmentTally))}
        assert [[getattr(cells[segment], name) for name in COUNTS] for segment in (7, 8)] == [
            [partners * score for score in range(11)] for partners in (2, 1)
        ]
        one = cells[7]
        assert (one.metric, one.month, one.next_month, one.trust, one.audience, one.commented) == (
            "nps", march, NEVER, "vendor", "end_user", 0,
        )  # fmt: skip
    database.close()


def test_answers_from_before_choices_stay_and_what_is_no_answer_is_refused_still(empty_url: str) -> None:
    database = Database(empty_url)
    with database.transaction() as session:
        _as_of(session, "0002")
        session.execute(insert(Response).values(_response("nps", 7, "price")))
    migrate(database)
    with database.transaction() as session:
        for metric, score, reason in (("obstacle", 6, None), ("recognition", 3, None), ("nps", 0, "slow_support")):
            session.execute(insert(Response).values(_response(metric, score, reason)))
    for metric, score in (("obstacle", 7), ("recognition", 4), ("nps", 11), ("csat", 0), ("mood", 1)):
        with pytest.raises(IntegrityError), database.transaction() as session:
            session.execute(insert(Response).values(_response(metric, score, None)))
    with database.reading() as session:
        assert session.scalars(select(Response.score).order_by(Response.score)).all() == [0, 3, 6, 7]
        if database.is_sqlite:
            assert session.execute(text("PRAGMA integrity_check")).scalars().all() == ["ok"]
    database.close()


def _response(metric: str, score: int, reason: str | None) -> dict[str, Any]:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    ids = {name: new_id() for name in ("partner_id", "id", "survey_id", "survey_version_id", "respondent_id")}
    said = {"audience": "end_user", "metric": metric, "score": score, "reason": reason, "revision": 1, "complete": True}
    kept = {"segment_id": 0, "trust": "vendor", "live": True, "month": month_of(now)}
    return {**ids, **said, **kept, "answered_at": now, "received_at": now, "known_at": now}


def _as_of_0001(session: Session) -> None:
    _as_of(session, "0001")


def _as_of(session: Session, version: str) -> None:
    config = _config()
    config.attributes["connection"] = session.connection()
    command.upgrade(config, version)
