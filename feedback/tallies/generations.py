"""Generations: whoever keeps a copy of what is counted asks here whether it changed, and for whom."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple, cast
from uuid import UUID

from sqlalchemy import Connection, Select, Table, func, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from feedback.core.ids import new_id
from feedback.core.rows import plain_rows
from feedback.tallies.models import PartnerGeneration, TallyState

_STATE: Table = TallyState.__table__  # type: ignore[assignment]
_OF_PARTNERS: Table = PartnerGeneration.__table__  # type: ignore[assignment]


class Counted(NamedTuple):
    """How many times the tallies changed so far, and when they did last; generations are compared in one lineage."""

    generation: int
    folded_at: datetime | None
    lineage: UUID | None


_COUNTED = select(*(_STATE.c[name] for name in Counted._fields))


def counted(session: Session) -> Counted | None:
    """The generation that the session sees; None where nothing was ever counted.

    A snapshot stays in its generation, so in a transaction that only reads it is asked once.
    """
    transaction = session.get_transaction()
    asked_in, found = session.info.get(__name__, (None, None))
    if asked_in is not None and asked_in is transaction:
        return cast("Counted | None", found)
    rows = plain_rows(session, _COUNTED)
    found = Counted._make(rows[0]) if rows else None
    if only_reads(session.connection()):
        session.info[__name__] = session.get_transaction(), found
    return found


def next_generation(session: Session, partners: Collection[UUID] | Select[Any], *, now: datetime) -> int:
    """Say that what is counted changed for these partners: their ids, or a select of them. Returns the generation.

    Call it last: from here until the commit every other change of what is counted waits.
    """
    make: Any = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    first = make(_STATE).values(id=1, generation=1, folded_at=now, lineage=new_id())
    state = first.on_conflict_do_update(
        index_elements=["id"],
        set_={
            "generation": _STATE.c.generation + 1,
            "folded_at": first.excluded.folded_at,
            "lineage": func.coalesce(_STATE.c.lineage, first.excluded.lineage),
        },
    ).returning(_STATE.c.generation)
    generation: int = session.execute(state).scalar_one()
    into = make(_OF_PARTNERS)
    if isinstance(partners, Select):
        found = partners.subquery("changed")
        # WHERE, because SQLite would read the ON of the conflict clause as the condition of a join.
        each = select(*found.c, literal(generation)).where(literal(value=True)).distinct()
        into = into.from_select(["partner_id", "generation"], each)
    rows = (
        None
        if isinstance(partners, Select)
        else [{"partner_id": one, "generation": generation} for one in set(partners)]
    )
    if rows != []:
        session.execute(
            into.on_conflict_do_update(index_elements=["partner_id"], set_={"generation": into.excluded.generation}),
            rows,
        )
    return generation


def next_lineage(session: Session, *, now: datetime) -> None:
    """Say that every copy of what is counted is to be thrown away. Call it last, as `next_generation`."""
    next_generation(session, [], now=now)
    session.execute(update(_STATE).values(lineage=new_id()))


def only_reads(connection: Connection) -> bool:
    """Whether what this connection sees is committed, and so true for everybody."""
    options = connection.get_execution_options()
    if connection.dialect.name == "sqlite":
        return "sqlite_begin" not in options
    return bool(options.get("postgresql_readonly"))
