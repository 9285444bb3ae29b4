"""PostgreSQL in and out of a backup, by its own pg_dump and pg_restore."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from psycopg.conninfo import make_conninfo
from sqlalchemy import text
from sqlalchemy.orm import Session

from feedback.backups.archive import Progress
from feedback.core.db import Database
from feedback.core.errors import Code, Problem

_TABLES = "SELECT count(*) FROM pg_catalog.pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"


def dump(database: Database, session: Session, target: Path, progress: Progress) -> int:
    """Write what this reading session sees in pg_dump's custom format; returns the tool's major version."""
    connection = session.connection()
    server = int(connection.exec_driver_sql("SHOW server_version_num").scalar_one()) // 10000
    version = _version("pg_dump", Code.BACKUP_FAILED, at_least=server)
    tables = connection.exec_driver_sql(_TABLES).scalar_one()
    snapshot = connection.exec_driver_sql("SELECT pg_export_snapshot()").scalar_one()
    options = ("--format=custom", "--no-owner", "--no-privileges", "--no-comments", "--verbose")
    command = ["pg_dump", *options, f"--snapshot={snapshot}", f"--file={target}"]
    _run(command, database, Code.BACKUP_FAILED, "dumping contents of table", "Dumping tables", tables, progress)
    return version


def check_tool(dumped_by: int | None) -> None:
    """Raises RESTORE_REFUSED unless there is a pg_restore that reads what pg_dump of this major version wrote."""
    _version("pg_restore", Code.RESTORE_REFUSED, at_least=dumped_by or 0)


def load(database: Database, source: Path, tables: int, progress: Progress) -> None:
    """Bring all of a dump into an empty database, or nothing of it."""
    options = ("--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error", "--verbose")
    command = ["pg_restore", *options]
    _run(
        command, database, Code.RESTORE_FAILED, "processing data for table", "Loading tables", tables, progress, source
    )


def check_empty(database: Database) -> None:
    """Raises RESTORE_REFUSED when there are tables."""
    with database.reading() as session:
        found = session.scalar(text(_TABLES))
    if found:
        shown = database.url.render_as_string(hide_password=True)
        raise Problem(
            Code.RESTORE_REFUSED,
            f"The database {shown} is not empty. Name an empty one in DATABASE_URL. If a restore into it was"
            " interrupted after its data were in, `feedback migrate` and `feedback tallies verify` finish it.",
        )


def _version(tool: str, refused: Code, *, at_least: int) -> int:
    found = shutil.which(tool)
    if found is None:
        raise Problem(refused, f"{tool} is not in PATH. {_advice(at_least)}")
    said = subprocess.run([found, "--version"], check=False, capture_output=True, text=True).stdout  # nosec B603 # noqa: S603 - the tool that PATH names, no shell
    told = re.search(r"(\d+)(?:\.\d+)?", said)
    version = int(told[1]) if told else 0
    if version < at_least:
        raise Problem(refused, f"{tool} in PATH has version {version}, and {at_least} is needed. {_advice(at_least)}")
    return version


def _advice(major: int) -> str:
    name = f"postgresql-client-{major}" if major else "postgresql-client"
    return f"Install PostgreSQL's client programs (Debian: {name}), or put the folder that has them first into PATH."


def _run(
    command: list[str],
    database: Database,
    failed: Code,
    sign: str,
    doing: str,
    tables: int,
    progress: Progress,
    source: Path | None = None,
) -> None:
    """Run a tool on the database; each line on standard error that has `sign` is one table done."""
    _, given = database.engine.dialect.create_connect_args(database.url)
    del given["context"]  # Of the driver, not of the server.
    # A password among the arguments could be read by everybody on this machine.
    password = given.pop("password", None)
    environ = os.environ | ({"PGPASSWORD": password} if password else {})
    command = [*command, f"--dbname={make_conninfo('', **given)}", *([str(source)] if source else [])]
    with subprocess.Popen(  # nosec B603 # noqa: S603 - the tool that PATH names, no shell
        command, env=environ, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace"
    ) as process:
        said: list[str] = []
        done = 0
        try:
            for line in process.stderr or ():
                said = [*said[-19:], line.strip()]
                if sign in line:
                    done += 1
                    progress(doing, min(done, tables), tables)
        except BaseException:
            process.kill()
            raise
    if process.returncode:
        reason = next((line for line in said if "error" in line.lower()), said[-1] if said else "no word from it")
        raise Problem(failed, f"{command[0]} ended with code {process.returncode}: {reason}")
