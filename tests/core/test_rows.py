"""Rows read quickly are the rows that SQLAlchemy gives."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, bindparam, insert, select
from sqlalchemy.exc import DBAPIError

from feedback.core.db import Base, Database
from feedback.core.rows import ByPartner, plain_rows

ACME, BOLT = UUID(int=1), UUID(int=2)


def test_plain_rows_are_those_of_sqlalchemy_in_value_and_type(database: Database) -> None:
    policies, partners, segments = (Base.metadata.tables[name] for name in ("policies", "partners", "segments"))
    by_id = select(policies).order_by(policies.c.partner_id), select(partners).order_by(partners.c.id), select(segments)
    moment = datetime(2026, 11, 15, 8, 30, 1, 5, tzinfo=UTC)
    rights = dict.fromkeys(("may_contact", "may_replay", "may_benchmark", "may_share_back"), False)
    with database.transaction() as session:
        for partner, until in ((ACME, date(2027, 1, 31)), (BOLT, None)):
            named = {"id": partner, "slug": f"p{partner.int}", "name": "Söhne", "created_at": moment}
            session.execute(insert(partners).values(named))
            terms = {"partner_id": partner, "id": partner, "recorded_at": moment, "branding": "vendor"}
            session.execute(insert(policies).values({**terms, **rights, "may_ask": True, "valid_until": until}))
        session.execute(insert(segments).values({"id": 7, "values": {"team": "Söhne", "sizes": [1, None]}}))
    with database.reading() as session:
        for statement in by_id:
            wanted = [tuple(row) for row in session.execute(statement)]
            found = plain_rows(session, statement)
            assert found == wanted
            assert [tuple(map(type, row)) for row in found] == [tuple(map(type, row)) for row in wanted]
        nobody = select(partners).where(partners.c.slug == bindparam("slug"))
        assert plain_rows(session, nobody, {"slug": "p3"}) == []
        both = ByPartner.of(select(policies.c.partner_id, policies.c.may_ask), policies.c.partner_id)
        assert sorted(both.rows(session, None)) == [(ACME, True), (BOLT, True)]
        assert both.rows(session, BOLT) == [(BOLT, True)]


def test_what_the_database_refuses_is_told_as_sqlalchemy_tells_it(database: Database) -> None:
    nowhere = Table("nowhere", MetaData(), Column("id", Integer))
    with database.reading() as session, pytest.raises(DBAPIError, match="nowhere"):
        plain_rows(session, select(nowhere))
