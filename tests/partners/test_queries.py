"""Partners, contracts, policies and promotions in bulk say the same as one by one."""

from dataclasses import astuple
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from feedback.core.db import Database
from feedback.partners import queries
from feedback.partners.commands import (
    ContractTerms,
    NewPromotion,
    PolicyTerms,
    change_partner,
    create_partner,
    put_contracts,
    put_promotions,
    record_policy,
)

NOW = datetime(2026, 11, 15, 12, 0, tzinfo=UTC)
TODAY = NOW.date()


@pytest.fixture
def ids(database: Database) -> dict[str, UUID]:
    with database.transaction() as session:
        return {slug: create_partner(session, slug, slug.title(), now=NOW).id for slug in ("bolt", "acme", "cargo")}


def allow(session: Session, partner_id: UUID, may_ask: bool, *, days: int = 0, until: date | None = None) -> None:
    terms = PolicyTerms(may_ask=may_ask, valid_until=until)
    record_policy(session, partner_id, terms, now=NOW + timedelta(days=days))


def test_partners_come_by_name_also_those_that_left(database: Database, ids: dict[str, UUID]) -> None:
    with database.transaction() as session:
        change_partner(queries.partner_by_slug(session, "bolt"), name=None, left=True, now=NOW)
    with database.reading() as session:
        rows = queries.partner_rows(session)
        assert queries.known_partner(session, "bolt") == rows[1]
    assert rows == [
        (ids["acme"], "acme", "Acme", None),
        (ids["bolt"], "bolt", "Bolt", NOW),
        (ids["cargo"], "cargo", "Cargo", None),
    ]


def test_contract_rows_are_what_was_put(database: Database, ids: dict[str, UUID]) -> None:
    terms = ContractTerms(
        ids["acme"], "1", 200, date(2026, 1, 1), date(2027, 1, 1), 10**13, "EUR", date(2026, 9, 1),
        "contracted", date(2026, 10, 1), 150, 0,
    )  # fmt: skip
    other = ContractTerms(ids["bolt"], "1", 5, date(2026, 1, 1), date(2027, 1, 1))
    with database.transaction() as session:
        put_contracts(session, [terms, other], now=NOW)
    with database.reading() as session:
        assert queries.contract_rows(session, ids["acme"]) == [astuple(terms)]
        assert sorted(queries.contract_rows(session)) == sorted([astuple(terms), astuple(other)])


def test_promotions_are_counted_up_to_the_day(database: Database, ids: dict[str, UUID]) -> None:
    acme, bolt = ids["acme"], ids["bolt"]
    with database.transaction() as session:
        put_promotions(
            session,
            [
                NewPromotion(acme, date(2026, 2, 3), "email", 40),
                NewPromotion(acme, date(2026, 5, 1), "poster"),
                NewPromotion(acme, date(2026, 5, 2), "email", 90),
                NewPromotion(acme, TODAY, "email", 30),
                NewPromotion(acme, TODAY + timedelta(days=1), "email", 500),
                NewPromotion(bolt, TODAY, "poster"),
            ],
        )
    with database.reading() as session:
        assert queries.promotion_rows(session, TODAY, acme) == [(acme, 4, date(2026, 2, 3), TODAY, 90)]
        rows = {row.partner_id: row for row in queries.promotion_rows(session, TODAY)}
        assert rows[bolt] == (bolt, 1, TODAY, TODAY, None)
        assert set(rows) == {acme, bolt}
        assert queries.promotion_rows(session, date(2026, 2, 2)) == []


def test_the_policy_recorded_last_by_the_day_decides_who_may_not_be_asked(
    database: Database, ids: dict[str, UUID]
) -> None:
    with database.transaction() as session:
        allow(session, ids["acme"], True, days=-20)
        allow(session, ids["acme"], False, days=-10)
        allow(session, ids["bolt"], False, days=-20)
        allow(session, ids["bolt"], True, days=-10)
    with database.reading() as session:
        assert queries.asking_forbidden(session, TODAY) == {ids["acme"]}
        assert queries.asking_forbidden(session, TODAY - timedelta(days=15)) == {ids["bolt"]}
        assert queries.asking_forbidden(session, TODAY - timedelta(days=30)) == set()
        assert queries.asking_forbidden(session, TODAY, ids["acme"]) == {ids["acme"]}
        assert queries.asking_forbidden(session, TODAY, ids["bolt"]) == set()


def test_of_two_policies_recorded_at_once_the_later_id_holds_as_it_does_for_one_partner(
    database: Database, ids: dict[str, UUID]
) -> None:
    with database.transaction() as session:
        allow(session, ids["acme"], False)
        allow(session, ids["acme"], True)
    with database.reading() as session:
        asked = queries.policy_of(session, ids["acme"]).may_ask
        assert (ids["acme"] not in queries.asking_forbidden(session, TODAY)) is asked


def test_policies_of_many_are_those_of_each(database: Database, ids: dict[str, UUID]) -> None:
    with database.transaction() as session:
        for slug, may_ask in (("acme", False), ("acme", True), ("acme", False), ("bolt", True), ("bolt", False)):
            allow(session, ids[slug], may_ask)
    with database.reading() as session:
        together = queries.policies_of(session, list(ids.values()))
        assert together == {one: queries.policy_of(session, one) for one in ids.values()}
        assert {type(one).__name__ for one in together.values()} == {"Policy", "PolicyTerms"}


def test_a_policy_allows_on_its_last_day_and_not_on_the_next(database: Database, ids: dict[str, UUID]) -> None:
    with database.transaction() as session:
        allow(session, ids["acme"], True, until=TODAY)
    with database.reading() as session:
        assert queries.asking_forbidden(session, TODAY) == set()
        assert queries.asking_forbidden(session, TODAY + timedelta(days=1)) == {ids["acme"]}
