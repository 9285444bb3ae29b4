"""What is asked together is what would be asked one by one, and one partner's answers are never another's."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, bindparam, event, insert, select
from sqlalchemy.orm import Session

from feedback.core.db import Database
from feedback.core.foresight import foresee
from feedback.core.ids import new_id
from feedback.core.rows import plain_rows
from feedback.partners.models import Partner

_MOMENT = datetime(2026, 11, 15, tzinfo=UTC)
_NAMES = ("acme", "bolt", "cara")
_PARTNERS: Table = Partner.__table__  # type: ignore[assignment]
_BY_ID = select(_PARTNERS.c.name).where(_PARTNERS.c.id == bindparam("id"))
_ABOVE = select(_PARTNERS.c.name).where(_PARTNERS.c.name > bindparam("name")).order_by(_PARTNERS.c.name)


def test_what_was_asked_about_one_is_asked_at_once_about_the_next(database: Database) -> None:
    ids = _partners(database)
    with database.reading() as session:
        _look(session, ids["acme"], ids["cara"])
    sent: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *given: sent.append(given[2]))
    with database.reading() as session:
        _look(session, ids["bolt"], ids["cara"])
        # The test's own, by the ORM. SQLite is asked past SQLAlchemy.
        assert len([one for one in sent if "FROM partners" in one.replace("\n", "")]) == 1
        assert plain_rows(session, _ABOVE, {"name": "bolt"}) == [("cara",)]  # nobody had asked that


def test_a_session_that_may_write_sees_what_it_wrote(database: Database) -> None:
    ids = _partners(database)
    with database.reading() as session:
        _look(session, ids["acme"], ids["cara"])
    with database.transaction() as session:
        foresee(session, ("look", ids["cara"]), ids["acme"])
        session.execute(_PARTNERS.update().where(_PARTNERS.c.id == ids["acme"]).values(name="Acme"))
        assert plain_rows(session, _BY_ID, {"id": ids["acme"]}) == [("Acme",)]


def test_many_rows_are_the_same_list_until_the_database_says_otherwise(database: Database) -> None:
    everybody = select(_PARTNERS.c.name).order_by(_PARTNERS.c.name)
    with database.transaction() as session:
        for number in range(120):
            session.execute(insert(_PARTNERS).values(_row(f"p{number:03}")))
    seen = []
    for _ in range(2):
        with database.reading() as session:
            seen.append(plain_rows(session, everybody))
    assert seen[0] is seen[1]
    with database.transaction() as session:
        session.execute(_PARTNERS.update().where(_PARTNERS.c.slug == "p007").values(name="other"))
    with database.reading() as session:
        assert ("other",) in plain_rows(session, everybody)
    assert ("other",) not in seen[0]


def _look(session: Session, own: UUID, other: UUID) -> None:
    foresee(session, ("look", other), own)
    name = plain_rows(session, _BY_ID, {"id": own})
    wanted = session.scalar(select(_PARTNERS.c.name).where(_PARTNERS.c.id == own))
    assert name == [(wanted,)]
    assert plain_rows(session, _BY_ID, {"id": other}) == [("cara",)]
    assert plain_rows(session, _ABOVE, {"name": "b"}) == [("bolt",), ("cara",)]


def _partners(database: Database) -> dict[str, UUID]:
    rows = {name: _row(name) for name in _NAMES}
    with database.transaction() as session:
        for row in rows.values():
            session.execute(insert(_PARTNERS).values(row))
    return {name: row["id"] for name, row in rows.items()}


def _row(name: str) -> dict[str, Any]:
    return {"id": new_id(), "slug": name, "name": name, "created_at": _MOMENT}
