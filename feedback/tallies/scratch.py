"""Temporary tables of a fold: what the batch is must not change between its statements, whatever arrives meanwhile."""

from sqlalchemy import BigInteger, Column, MetaData, SmallInteger, Table, Text, Uuid, delete, text
from sqlalchemy.orm import Session
from sqlalchemy.schema import CreateTable

from feedback.tallies.desired import VOICES

_metadata = MetaData()

BATCH = Table("fold_batch", _metadata, Column("inbox_id", BigInteger, primary_key=True), prefixes=["TEMPORARY"])
TOUCHED = Table(
    "fold_touched",
    _metadata,
    Column("partner_id", Uuid, primary_key=True),
    Column("respondent_id", Uuid, primary_key=True),
    Column("metric", Text, primary_key=True),
    prefixes=["TEMPORARY"],
)
WANTED = Table(
    "fold_wanted",
    _metadata,
    *(Column(c.name, c.type, primary_key=c.primary_key, nullable=c.nullable) for c in VOICES.columns),
    prefixes=["TEMPORARY"],
)
MOVES = Table(
    "fold_moves",
    _metadata,
    *(Column(c.name, c.type, nullable=c.nullable) for c in VOICES.columns),
    Column("sign", SmallInteger, nullable=False),
    prefixes=["TEMPORARY"],
)
"""Voices that change: as they stand with sign -1, as they ought to be with sign 1."""


def clear(session: Session) -> None:
    """Make the tables where they are not there, and empty them."""
    for table in _metadata.sorted_tables:
        session.execute(CreateTable(table, if_not_exists=True))
    if session.get_bind().dialect.name == "sqlite":
        for table in _metadata.sorted_tables:
            session.execute(delete(table))
    else:
        # Nothing vacuums temporary tables: rows that DELETE leaves behind would pile up while the connection lives.
        session.execute(text(f"TRUNCATE {', '.join(table.name for table in _metadata.sorted_tables)}"))


def analyze(session: Session, table: Table) -> None:
    """Tell the planner how small a temporary table is. Without it PostgreSQL joins badly, and SQLite reads all of
    responses and voices to find the few that were touched.
    """
    session.execute(text(f"ANALYZE {table.name}"))
