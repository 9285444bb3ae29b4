"""Read hundreds of thousands of rows of small integers quickly: past the ORM, and on PostgreSQL as bytes."""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import chain
from operator import itemgetter
from typing import Any
from uuid import UUID

import numpy as np
import orjson
from sqlalchemy import Connection

from feedback.tallies.layers import Rows

_HEADER_BYTES = 28
"""Of an array of two dimensions as PostgreSQL sends it (`array_send`): how many dimensions, whether any element is
null, the type, then length and first index of each. Before every element stands its length in four bytes."""


@dataclass(frozen=True, slots=True)
class Found:
    """Rows read. `place` says for every row where its partner stands in `partners`; `values` has a line per row."""

    partners: list[UUID]
    place: Rows
    values: Rows


def read(
    connection: Connection, table: str, columns: tuple[str, ...], only: Collection[UUID] | None, where: str = "true"
) -> Found:
    """The `columns` of a table that has a partner_id; `only`: of these partners alone.

    `columns` are SQL for integers of 32 bits that are never null, `where` is SQL for which rows.
    """
    by_dialect = _from_sqlite if connection.dialect.name == "sqlite" else _from_postgresql
    return by_dialect(connection, table, columns, only, where)


def _from_sqlite(
    connection: Connection, table: str, columns: tuple[str, ...], only: Collection[UUID] | None, where: str
) -> Found:
    given = tuple[str, ...]()
    if only is not None:
        where += " AND partner_id IN (SELECT value FROM json_each(?))"
        given = (orjson.dumps([partner.hex for partner in only]).decode(),)
    statement = f"SELECT partner_id, {', '.join(columns)} FROM {table} WHERE {where}"  # nosec B608 # noqa: S608 - names of our own
    # The driver's own rows: SQLAlchemy's take as long again.
    result = connection.exec_driver_sql(statement, given)
    rows = result.cursor.fetchall()
    result.close()
    integers = chain.from_iterable(map(itemgetter(slice(1, None)), rows))
    values = np.fromiter(integers, np.int32, len(rows) * len(columns)).reshape(-1, len(columns))
    seen: dict[str, int] = {}
    place = np.array([seen.setdefault(row[0], len(seen)) for row in rows], np.int32)
    return Found([UUID(name) for name in seen], place, values)


def _from_postgresql(
    connection: Connection, table: str, columns: tuple[str, ...], only: Collection[UUID] | None, where: str
) -> Found:
    # One array per partner, and its bytes as they come: eight times faster than rows of objects.
    given = None
    if only is not None:
        where, given = f"{where} AND partner_id = ANY(%s)", (list(only),)
    arrays = f"array_agg(ARRAY[{', '.join(columns)}])"
    statement = f"SELECT partner_id, {arrays} FROM {table} WHERE {where} GROUP BY 1"  # nosec B608 # noqa: S608 - as above
    driver: Any = connection.connection.driver_connection
    with driver.cursor(binary=True) as cursor:
        result = cursor.execute(statement, given).pgresult
        names = [UUID(bytes=result.get_value(row, 0)) for row in range(result.ntuples)]
        sent = [result.get_value(row, 1)[_HEADER_BYTES:] for row in range(result.ntuples)]
    elements = np.frombuffer(b"".join(sent), ">i4").reshape(-1, len(columns), 2)
    rows = [len(one) // (8 * len(columns)) for one in sent]
    return Found(names, np.repeat(np.arange(len(names), dtype=np.int32), rows), elements[:, :, 1].astype(np.int32))
