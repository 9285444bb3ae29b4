"""Links, contacts, sightings and choices"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import feedback.core.db

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


WIDER_METRIC = (
    "daily_tallies",
    "events",
    "inbox",
    "partner_tallies",
    "reason_tallies",
    "responses",
    "segment_tallies",
    "surveys",
    "tallies",
    "voices",
    "watches",
)
WIDER_REASON = ("reason_tallies", "responses", "voices")
REASON = "reason IN ('price', 'value', 'effort', 'other')"
CES = "(metric = 'ces' AND score BETWEEN 1 AND 7)"
OPTIONS = " OR (metric = 'recognition' AND score BETWEEN 0 AND 3) OR (metric = 'obstacle' AND score BETWEEN 0 AND 6)"
CHECKS = (
    (
        "responses",
        "score",
        "(metric = 'nps' AND score BETWEEN 0 AND 10) OR (metric = 'csat' AND score BETWEEN 1 AND 5) OR " + CES,
        (CES, CES + OPTIONS),
    ),
    ("surveys", "metric", "metric IN ('nps', 'csat', 'ces')", ("'ces'", "'ces', 'recognition', 'obstacle'")),
    (
        "impressions",
        "state",
        "state IN ('granted', 'shown', 'answered', 'dismissed', 'later', 'left')",
        ("'left'", "'left', 'withdrawn'"),
    ),
)
"""Table, name, what it was, and what in it becomes what."""


def upgrade() -> None:
    op.create_table(
        "contacts",
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("respondent_id", sa.Uuid(), nullable=False),
        sa.Column("response_id", sa.Uuid(), nullable=False),
        sa.Column("address_encrypted", sa.LargeBinary(), nullable=False),
        sa.Column("given_at", feedback.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=9), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("handled_at", feedback.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("handled_by", sa.String(length=300), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('contacted', 'talked', 'declined', 'no_answer')", name=op.f("ck_contacts_outcome")
        ),
        sa.PrimaryKeyConstraint("partner_id", "respondent_id", name=op.f("pk_contacts")),
    )
    op.create_table(
        "embed_sightings",
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("origin", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=160), nullable=False),
        sa.Column("first_at", feedback.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("last_at", feedback.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", "partner_id", "origin", "kind", name=op.f("pk_embed_sightings")),
    )
    op.create_table(
        "invitations",
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("survey_id", sa.Uuid(), nullable=False),
        sa.Column("audience", sa.String(length=8), nullable=False),
        sa.Column("respondent_id", sa.Uuid(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("created_at", feedback.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", feedback.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("impression_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("audience IN ('end_user', 'buyer')", name=op.f("ck_invitations_audience")),
        sa.PrimaryKeyConstraint("partner_id", "token_hash", name=op.f("pk_invitations")),
    )
    op.create_index(op.f("ix_invitations_partner_id_respondent_id"), "invitations", ["partner_id", "respondent_id"])

    op.add_column("buyers", sa.Column("objected_at", feedback.core.db.UtcDateTime(timezone=True), nullable=True))

    op.create_index(op.f("ix_impressions_partner_id_granted_at"), "impressions", ["partner_id", "granted_at"])
    if op.get_context().dialect.name == "sqlite":
        _reword_sqlite()
    else:
        _reword()


def _reword() -> None:
    for table in WIDER_METRIC:
        op.alter_column(table, "metric", type_=sa.String(11))
    for table in WIDER_REASON:
        op.alter_column(table, "reason", type_=sa.String(20))
    op.drop_constraint(op.f("ck_responses_reason"), "responses", type_="check")
    for table, name, old, new in CHECKS:
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, old.replace(*new))


def _reword_sqlite() -> None:
    """Change what the tables are declared as and not what is in them: a rebuild would take minutes and lose checks.

    https://sqlite.org/lang_altertable.html, 7: the simpler procedure for changes that do not affect the content.
    """
    connection = op.get_bind()
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    for table in WIDER_METRIC:
        _replace(connection, table, "metric VARCHAR(4)", "metric VARCHAR(11)")
    for table in WIDER_REASON:
        _replace(connection, table, "reason VARCHAR(6)", "reason VARCHAR(20)")
    _replace(connection, "responses", f", \n\tCONSTRAINT ck_responses_reason CHECK ({REASON})", "")
    for table, _name, old, new in CHECKS:
        _replace(connection, table, old, old.replace(*new))
    connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = OFF")


def _replace(connection: sa.Connection, table: str, old: str, new: str) -> None:
    statement = sa.text(
        "UPDATE sqlite_schema SET sql = replace(sql, :old, :new)"
        " WHERE type = 'table' AND name = :table AND instr(sql, :old) > 0"
    )
    changed = connection.execute(statement, {"table": table, "old": old, "new": new})
    if changed.rowcount != 1:
        raise RuntimeError(f"The table {table} is not declared as this migration expects: {old!r} is missing.")
