"""The next version of the code, with a migration of its own, beside this one: on one database, at the same time."""

import shutil
import socket
from pathlib import Path

from feedback.migrations.run import versions
from tests.runtime.answerers import Answerers
from tests.runtime.place import Place
from tests.runtime.running import ROOT, free_port, start, until
from tests.soak import many

_MIGRATION = '''"""A column, an index and a constraint more: what SQLite must build the whole table anew for."""

import sqlalchemy as sa
from alembic import op

revision = "9001"
down_revision = "{before}"
branch_labels = depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("responses") as batch:
        batch.add_column(sa.Column("mood", sa.Integer(), nullable=False, server_default="0"))
        batch.create_check_constraint("mood", "mood BETWEEN 0 AND 9")
    op.create_index("ix_responses_mood", "responses", ["partner_id", "mood"])
'''
_MODEL = '    __table_args__ = (\n        Index(None, "partner_id", "respondent_id", "metric", "month"),'
_COLUMN = '    mood: Mapped[int] = mapped_column(server_default="0")\n\n'


def migrate_under_traffic(place: Place, them: Answerers) -> None:
    """Old code goes on while new code migrates; then people answer to both."""
    new = _next_version(place)
    environ = {**place.up.environ, "PYTHONPATH": place.python_path(new), "PORT": str(free_port())}
    place.command("migrate", PYTHONPATH=place.python_path(new))
    assert versions(place.up.database)[0] == "9001"
    assert them.wait_for(many(20, 300))
    output = place.folder / "new-web.log"
    web = start(environ, "web", output=output, module="workers.runtime")
    try:
        until(lambda: _listens(int(environ["PORT"])), seconds=60, so_far=output)
        with place.answerers([place.up.port, int(environ["PORT"])]) as both:
            assert both.wait_for(many(30, 500)), output.read_text()
    finally:
        web.terminate()
        web.wait(20)
    them.ledger.take(both.ledger)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True


def _next_version(place: Place) -> Path:
    """A copy of the code with one migration more, and the model that goes with it."""
    new = place.folder / "next"
    for package in ("feedback", "workers"):
        shutil.copytree(ROOT / package, new / package, ignore=shutil.ignore_patterns("static"))
    (new / "feedback/static").symlink_to(ROOT / "feedback/static")
    for static in (ROOT / "feedback").glob("*/static"):
        (new / "feedback" / static.parent.name / "static").symlink_to(static)
    migration = new / "feedback/migrations/versions/9001_mood.py"
    migration.write_text(_MIGRATION.format(before=versions(place.up.database)[1]))
    models = new / "feedback/responses/models.py"
    before, found, after = models.read_text().partition(_MODEL)
    assert found
    models.write_text(before + _COLUMN + found + after)
    return new
