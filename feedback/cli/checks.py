"""What `feedback doctor` looks at. Looking changes nothing: no folder, file or table is made."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path
from urllib.parse import urlsplit

import redis
from rq.worker_registration import get_keys
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from feedback.core import inbox
from feedback.core.db import Database
from feedback.core.jobs import JOBS, connect, queue_of
from feedback.core.processes import UP_LOCK, FileLock
from feedback.migrations.run import is_behind, versions
from feedback.settings import Settings
from feedback.surveys import assets

_OLDEST_POSTGRES = 15
_BEHIND_AFTER = timedelta(seconds=30)
_LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")


class State(Enum):
    """How a subject is."""

    OK = "ok"
    NOTE = "note"
    """Works, but whoever runs the service should know."""
    DO = "to do"
    """Does not work until somebody does something."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's table. `advice` is empty when there is nothing to do."""

    subject: str
    state: State
    what: str
    advice: str = ""


def examine(settings: Settings, *, now: datetime) -> Iterator[Finding]:
    """All findings, in the order in which one would set things up."""
    yield _home(settings.home)
    yield _secret(settings)
    yield _address(settings)
    yield from _database(settings, now=now)
    yield _running(settings)
    yield from _queue(settings)
    yield _widget()


def _home(home: Path) -> Finding:
    if not home.exists():
        return Finding("home", State.NOTE, f"{home} is not there yet", "`feedback up` makes it; or set FEEDBACK_HOME.")
    if not home.is_dir():
        return Finding("home", State.DO, f"{home} is not a folder", "Move it away, or set FEEDBACK_HOME.")
    if not os.access(home, os.W_OK | os.X_OK):
        return Finding("home", State.DO, f"{home} cannot be written", "Change its owner, or set FEEDBACK_HOME.")
    if home.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return Finding("home", State.NOTE, f"{home} is open to other users", f"`chmod 700 {home}` keeps them out.")
    return Finding("home", State.OK, str(home))


def _secret(settings: Settings) -> Finding:
    if settings.secret:
        return Finding("secret", State.OK, "from FEEDBACK_SECRET")
    path = settings.home / "secret"
    if not path.exists():
        return Finding(
            "secret", State.NOTE, "not there yet", f"It is made in {path} on first use; or set FEEDBACK_SECRET."
        )
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return Finding("secret", State.DO, f"{path} is open to other users", f"`chmod 600 {path}`")
    return Finding(
        "secret", State.OK, f"kept in {path}", "Back it up apart from the database: no pseudonym works without."
    )


def _address(settings: Settings) -> Finding:
    url = urlsplit(settings.public_url)
    if url.scheme != "https" and url.hostname not in _LOCAL_HOSTS:
        return Finding(
            "address",
            State.DO,
            f"{settings.public_url} is not https",
            "Serve it behind a proxy with a certificate, and set FEEDBACK_PUBLIC_URL and FEEDBACK_TRUSTED_PROXIES.",
        )
    return Finding("address", State.OK, f"{settings.public_url}, listening on {settings.host}:{settings.port}")


def _database(settings: Settings, *, now: datetime) -> Iterator[Finding]:
    kind = "SQLite" if settings.is_sqlite else "PostgreSQL"
    path = Path(settings.database_url.removeprefix("sqlite:///"))
    if settings.is_sqlite and not path.exists():
        yield Finding(
            "database", State.NOTE, f"{path} is not there yet", "`feedback up` or `feedback migrate` makes it."
        )
        return
    database = Database(settings.database_url)
    shown = database.url.render_as_string(hide_password=True)
    try:
        yield _reachable(database, kind, shown)
        current, wanted = versions(database)
        if is_behind(database):
            yield Finding(
                "schema", State.DO, f"at {current or 'nothing'}, this version wants {wanted}", "`feedback migrate`"
            )
            return
        if current != wanted:
            yield Finding(
                "schema", State.NOTE, f"at {current}, newer than this version's {wanted}", "Update this one too."
            )
        else:
            yield Finding("schema", State.OK, f"at {current}")
        yield _inbox(database, now=now)
    except SQLAlchemyError as error:
        reason = str(error.__cause__ or error).partition("\n")[0]
        yield Finding("database", State.DO, f"{shown}: {reason}", "Start it, or correct DATABASE_URL.")
    finally:
        database.close()


def _reachable(database: Database, kind: str, shown: str) -> Finding:
    question = "SELECT sqlite_version()" if database.is_sqlite else "SHOW server_version"
    with database.reading() as session:
        version = str(session.scalar(text(question))).split()[0]
    if not database.is_sqlite and int(version.partition(".")[0]) < _OLDEST_POSTGRES:
        return Finding("database", State.DO, f"{kind} {version}", f"Version {_OLDEST_POSTGRES} or newer is needed.")
    return Finding("database", State.OK, f"{kind} {version}, {shown}")


def _inbox(database: Database, *, now: datetime) -> Finding:
    with database.reading() as session:
        waiting, oldest = inbox.depth(session)
        aside = inbox.set_aside(session)
    if aside:
        return Finding(
            "inbox",
            State.DO,
            f"{aside:,} set aside, {waiting:,} waiting",
            "The fold could not take them; the column `reason` of table `inbox` says why.",
        )
    if oldest is None:
        return Finding("inbox", State.OK, "empty: the tallies hold every answer")
    behind = now - oldest
    what = f"{waiting:,} waiting, the oldest for {max(0, round(behind.total_seconds())):,} s"
    if behind > _BEHIND_AFTER:
        return Finding(
            "inbox", State.DO, what, "Start `feedback up`, or `feedback schedule`; see their logs if they run."
        )
    return Finding("inbox", State.OK, what)


def _running(settings: Settings) -> Finding:
    lock = FileLock(settings.home / UP_LOCK)
    if lock.held():
        return Finding("running", State.OK, f"`feedback up`, process {lock.holder()}")
    return Finding("running", State.NOTE, "`feedback up` is not running here")


def _queue(settings: Settings) -> Iterator[Finding]:
    what = "Redis" if settings.redis_url else "Valkey"
    advice = "Correct REDIS_URL, or start the server." if settings.redis_url else "`feedback up` starts it."
    client = connect(settings, socket_timeout=2, socket_connect_timeout=2)
    try:
        version = client.info("server")["redis_version"]
        workers = {task: client.exists(*get_keys(queue_of(task, client)), "none") for task in JOBS}
    except (redis.RedisError, OSError) as error:
        yield Finding("queue", State.DO, f"{what} does not answer ({type(error).__name__})", advice)
        return
    finally:
        client.close()
    url = urlsplit(settings.queue_url)
    if url.scheme != "unix" and not url.password and url.hostname not in _LOCAL_HOSTS:
        yield Finding("queue", State.NOTE, f"{what} {version} on {url.hostname}, without a password", "Set one.")
    else:
        yield Finding("queue", State.OK, f"{what} {version} on {url.hostname or settings.valkey_socket}")
    idle = [task for task, count in workers.items() if not count]
    if idle:
        yield Finding(
            "workers", State.DO, f"none for {', '.join(idle)}", f"`feedback up`, or `feedback worker {idle[0]}`"
        )
    else:
        yield Finding("workers", State.OK, ", ".join(f"{count} for {task}" for task, count in workers.items()))


def _widget() -> Finding:
    try:
        rules = assets.rules_path()
        assets.frame_document()
    except (RuntimeError, KeyError, ValueError) as error:
        return Finding("widget", State.DO, f"not built: {error}", "`make build`")
    return Finding("widget", State.OK, f"built, {rules}")
