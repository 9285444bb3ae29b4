"""Temporary tables of a fold: what the batch is must not change between its statements, whatever arrives meanwhile."""

from sqlalchemy import BigInteger, Column, Identity, Integer, MetaData, SmallInteger, Table, Text, Uuid, delete, text
from sqlalchemy.orm import Session
from sqlalchemy.schema import CreateTable

from feedback.tallies.desired import VOICES
from feedback.tallies.models import Tally

_metadata = MetaData()

BATCH = Table("fold_batch", _metadata, Column("inbox_id", BigInteger, primary_key=True), prefixes=["TEMPORARY"])
TOUCHED = Table(
    "fold_touched",
    _metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("partner_id", Uuid, nullable=False),
    Column("respondent_id", Uuid, nullable=False),
    Column("metric", Text, nullable=False),
    prefixes=["TEMPORARY"],
)
"""The respondents in the batch, under numbers: joining by those is quicker than by what names them."""
MOVES = Table(
    "fold_moves",
    _metadata,
    Column("touched_id", Integer, primary_key=True, autoincrement=False),
    Column("sign", SmallInteger, primary_key=True, autoincrement=False),
    *(
        Column(c.name, c.type, primary_key=c.name == "month", autoincrement=False, nullable=c.nullable)
        for c in VOICES.columns
    ),
    prefixes=["TEMPORARY"],
    sqlite_with_rowid=False,
)
"""Voices that change: as they stand with sign -1, as they ought to be with sign 1."""
CHANGES = Table(
    "fold_changes",
    _metadata,
    *(Column(c.name, c.type, nullable=False) for c in Tally.__table__.columns),
    prefixes=["TEMPORARY"],
)
"""What the moves come to in the finest cells."""
EXPECTED = Table(
    "fold_expected",
    _metadata,
    *(Column(c.name, c.type, primary_key=c.primary_key, nullable=c.nullable) for c in VOICES.columns),
    prefixes=["TEMPORARY"],
)
"""Everybody's voices as they ought to be, for a recount."""


def clear(session: Session) -> None:
    """Make the tables where they are not there, and empty them."""
    for table in _metadata.sorted_tables:
        session.execute(CreateTable(table, if_not_exists=True))
    if session.get_bind().dialect.name == "sqlite":
        for table in _metadata.sorted_tables:
            session.execute(delete(table))
    else:
        # Nothing vacuums temporary tables: rows that DELETE leaves behind would pile up while the connection lives.
        session.execute(text(f"TRUNCATE {', '.join(table.name for table in _metadata.sorted_tables)} RESTART IDENTITY"))


def analyze(session: Session, table: Table) -> None:
    """Tell the planner how small a temporary table is. Without it PostgreSQL joins badly, and SQLite reads all of
    responses and voices to find the few that were touched.
    """
    session.execute(text(f"ANALYZE {table.name}"))
