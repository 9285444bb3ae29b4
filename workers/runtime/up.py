"""Everything in one terminal: migrations, then Valkey, web, one worker per queue and the schedule, looked after."""

import http.client
import sys
import time
from urllib.parse import urlsplit

import structlog
from sqlalchemy.exc import SQLAlchemyError

from feedback.core import valkey
from feedback.core.clock import system_clock
from feedback.core.db import Database
from feedback.core.jobs import JOBS
from feedback.core.processes import UP_LOCK, FileLock, StartError, make_home
from feedback.migrations.run import is_behind, migrate, versions
from feedback.settings import Settings
from feedback.staff import commands as staff
from workers.runtime import port
from workers.runtime.children import Child, Family, part
from workers.runtime.stop import Stop

_FINISH_S = 10.0
_PATIENCE_S = 3.0  # a former run that was killed needs a moment to let go of its lock
_ANSWER_S = 2.0
_SLOW_START_S = 30.0
_ALL = "0.0.0.0"  # nosec B104 # noqa: S104 - compared, not bound

log = structlog.get_logger(__name__)


def run(settings: Settings) -> int:
    """Run everything until Ctrl-C or SIGTERM. Raises StartError when it cannot, or already does."""
    stop = Stop()
    make_home(settings.home)
    lock = FileLock(settings.home / UP_LOCK)
    if not lock.acquire(wait_s=_PATIENCE_S):
        raise StartError(
            f"It already runs on {settings.home} (process {lock.holder()}). Stop that one first, or set FEEDBACK_HOME."
        )
    claim = port.claim(settings)
    database = Database(settings.database_url)
    family = Family()
    try:
        _migrate(database)
        if settings.redis_url is None:
            family.generations.append([Child("valkey", lambda: valkey.start(settings))])
        workers = [Child(f"worker {queue}", part("worker", queue)) for queue in JOBS]
        family.generations.append([Child("web", part("web")), *workers, Child("schedule", part("schedule"))])
        _look_after(settings, database, family, stop)
        log.info("stopping; what is in flight is finished first")
    finally:
        family.stop(grace_s=_FINISH_S, hurry=lambda: stop.asked > 1)
        claim.close()
        lock.release()
    log.info("stopped")
    return 0


def _look_after(settings: Settings, database: Database, family: Family, stop: Stop) -> None:
    told = slow = False
    began_s = time.monotonic()
    while not stop.asked:
        pause_s = family.tend()
        if not told:
            told = _healthy(settings)
            if told:
                _tell(settings, database)
            elif not slow and time.monotonic() - began_s > _SLOW_START_S:
                log.warning("the web part does not answer yet; the lines above say why")
                slow = True
            pause_s = 0.1
        stop.wait(pause_s)


def _migrate(database: Database) -> None:
    shown = database.url.render_as_string(hide_password=True)
    try:
        behind = is_behind(database)
        if behind:
            migrate(database)
        log.info("database migrated" if behind else "database ready", database=shown, version=versions(database)[0])
    except SQLAlchemyError as error:
        reason = str(error.__cause__ or error).partition("\n")[0]
        raise StartError(f"The database {shown} cannot be used: {reason}") from error
    finally:
        database.close()


def _get(settings: Settings, path: str) -> int:
    """Status of a GET to our own web part; 0 when nobody answers."""
    host = {_ALL: "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(settings.host, settings.host)
    connection = http.client.HTTPConnection(host, settings.port, timeout=_ANSWER_S)
    try:
        connection.request("GET", path, headers={"Connection": "close"})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def _healthy(settings: Settings) -> bool:
    return _get(settings, "/healthz") == 200


def _tell(settings: Settings, database: Database) -> None:
    now = system_clock()
    with database.transaction() as session:
        person = staff.ensure_first(session, now=now)
        token = staff.create_sign_in_link(session, person.email, now=now)
    database.close()
    lines = ["", "Ready.", f"  Desk  {settings.public_url}/login/{token}  (signs {person.email} in, once)"]
    if _get(settings, "/demo") in (200, 302):
        lines.append(f"  Demo  {_other_origin(settings)}/demo  (a partner's page, on another origin)")
    lines += ["  Stop  Ctrl-C", ""]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def _other_origin(settings: Settings) -> str:
    """The address of this machine that is another origin than the vendor's."""
    host = "127.0.0.1" if urlsplit(settings.public_url).hostname == "localhost" else "localhost"
    return f"http://{host}:{settings.port}"
