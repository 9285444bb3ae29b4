"""Generations: whoever keeps a copy of what is counted asks here whether it changed, and for whom."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, Table, func, literal, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from feedback.core.ids import new_id
from feedback.tallies.models import PartnerGeneration, TallyState

_STATE: Table = TallyState.__table__  # type: ignore[assignment]
_OF_PARTNERS: Table = PartnerGeneration.__table__  # type: ignore[assignment]


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


def only_reads(connection: Connection) -> bool:
    """Whether what this connection sees is committed, and so true for everybody."""
    options = connection.get_execution_options()
    if connection.dialect.name == "sqlite":
        return "sqlite_begin" not in options
    return bool(options.get("postgresql_readonly"))
