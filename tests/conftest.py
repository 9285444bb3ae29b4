"""Fixtures for every test: a migrated database of each kind, and the services around it."""

import gc
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import flask
import pytest
from argon2 import PasswordHasher
from hypothesis import settings as properties
from sqlalchemy import Engine, text
from sqlalchemy.util import LRUCache
from xdist.remote import Producer
from xdist.scheduler import LoadGroupScheduling

from feedback.app import create_app, create_asgi
from feedback.core import secrets
from feedback.core.cached import forget_all
from feedback.core.db import Base, Database
from feedback.core.services import Services
from feedback.http.context import EXTENSION
from feedback.migrations.run import migrate
from feedback.partners.quick_doors import QuickDoors
from feedback.settings import Settings
from feedback.staff import passwords
from tests.postgres import PostgresServer

KINDS = ("sqlite", "postgresql")

_SHARED = (
    "tests/runtime/test_up.py",
    "tests/runtime/test_worker.py",
    "tests/doors/test_real_server.py",
    "tests/demo/test_page.py",
    "tests/demo/test_world.py",
    "tests/charts/test_files.py",
    "tests/trust/test_edge_slow_clients.py",
    "tests/trust/test_edge_proxy.py",
)
"""Files whose tests share what was started or made once for the file."""

# As in the web's processes: collecting as often as Python does by default takes a tenth of the run.
gc.set_threshold(20_000, 20, 20)

# A shared machine may be slow, and that is no failure of a property.
properties.register_profile("patient", deadline=None)
properties.load_profile("patient")


@dataclass
class FakeClock:
    """A clock that stands still until a test sets it."""

    now: datetime = datetime(2026, 11, 15, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **amount: float) -> datetime:
        """Move on by `timedelta(**amount)` and return the new time."""
        self.now += timedelta(**amount)
        return self.now


@dataclass
class Bell:
    """Remembers what was rung; `services.ring` in tests."""

    rung: list[str] = field(default_factory=list)

    def __call__(self, task: str) -> None:
        self.rung.append(task)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--db", choices=[*KINDS, "both"], default="both", help="kinds of database to test on")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database_kind" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("--db")
        kinds = KINDS if chosen == "both" else (chosen,)
        if chosen == "both" and not os.environ.get("FEEDBACK_SOAK"):
            # A module of forms says which kind is enough for it; what they call is tried on both where it lives.
            kinds = getattr(metafunc.module, "DATABASES", kinds)
        metafunc.parametrize("database_kind", kinds, scope="session")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What a test shows stands in the XML of its run, from which the table of requirements is made."""
    for item in items:
        item.user_properties += [("requirement", mark.args[0]) for mark in item.iter_markers("requirement")]


class Together(LoadGroupScheduling):
    """Tests anywhere, but together those that share what takes long to start.

    All of the browser in one process: one service and one Chromium, and while a page waits, the other process works.
    Of others that start a service the tests of a file; of faults those of a database, which are the longest.

    By path, because pytest-xdist 3.8 does not see its own groups under pytest 9.2 (pytest-dev/pytest-xdist#1386).
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        if file.startswith("tests/browser/"):
            return "tests/browser/"
        if file == "tests/runtime/test_nothing_lost.py":
            return f"{file} {'sqlite' if '[sqlite' in nodeid else 'postgresql'}"
        return file if file.startswith(_SHARED) else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Together | None:
    return Together(config, log) if config.getvalue("dist") == "loadgroup" else None


@pytest.fixture(scope="session", autouse=True)
def costly_hasher() -> Iterator[PasswordHasher]:
    """The product's own. Tests hash by one that costs next to nothing, else passwords would cost more than all else."""
    own, passwords._hasher = passwords._hasher, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    yield own
    passwords._hasher = own


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One PostgreSQL per test process, started when the first test wants it."""
    server = PostgresServer()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: PostgresServer) -> Iterator[Database]:
    """One migrated database per test process; `database` empties it after each test."""
    postgres_server.execute("CREATE DATABASE tests")
    database = Database(postgres_server.url("tests"))
    migrate(database)
    _remember_all(database)
    yield database
    database.close()


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One migrated SQLite file per test process, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "feedback.sqlite3"
    database = Database(f"sqlite:///{path}")
    migrate(database)
    database.close()
    return path


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A FEEDBACK_HOME of the test's own."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def empty_url(database_kind: str, home: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a database without a single table, of the test's own."""
    if database_kind == "sqlite":
        yield f"sqlite:///{home / 'feedback.sqlite3'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    server.execute("CREATE DATABASE empty")
    yield server.url("empty")
    server.execute("DROP DATABASE empty WITH (FORCE)")


@pytest.fixture
def database(database_kind: str, home: Path, request: pytest.FixtureRequest) -> Iterator[Database]:
    """A migrated database without rows. Runs the test once per kind."""
    if database_kind == "sqlite":
        path = home / "feedback.sqlite3"
        shutil.copyfile(request.getfixturevalue("migrated_sqlite"), path)
        database = sqlite_at(path)
        yield database
        database.close()
        return
    database = request.getfixturevalue("migrated_postgres")
    yield database
    _empty(database)
    forget_all(database)


@pytest.fixture
def settings(database: Database, home: Path) -> Settings:
    """Settings that name this test's home and database."""
    return Settings(home=home, database_url=database.url.render_as_string(hide_password=False), ping_delay_s=0)


@pytest.fixture
def clock() -> FakeClock:
    """The clock in `services`: 15 November 2026, noon UTC, until the test sets `clock.now`."""
    return FakeClock()


@pytest.fixture
def bell() -> Bell:
    """What `services.ring` was called with: `bell.rung`."""
    return Bell()


@pytest.fixture
def services(settings: Settings, database: Database, clock: FakeClock, bell: Bell) -> Services:
    """What the app is made from, on this test's database, clock and bell."""
    return Services(settings=settings, database=database, secrets=secrets.load(settings), clock=clock, ring=bell)


_made: list[flask.Flask] = []
_first: list[Engine] = []


@pytest.fixture
def app(services: Services) -> flask.Flask:
    """The whole app, on this test's services."""
    return app_on(services)


@pytest.fixture
def asgi(services: Services) -> QuickDoors:
    """The app as it is served, on this test's services."""
    return asgi_on(services)


def asgi_on(services: Services) -> QuickDoors:
    """As `app_on`, as it is served."""
    return create_asgi(services.settings, services, app=app_on(services))


def app_on(services: Services) -> flask.Flask:
    """The one app of the process, on these services: making it and its pages takes longer than most tests do."""
    if not _made:
        _made.append(create_app(services.settings, services))
    _made[0].extensions[EXTENSION] = services
    return _made[0]


def sqlite_at(path: Path) -> Database:
    """A database for tests in process: quick and forgetful, and what one of them compiled serves all.

    What a test writes need not outlive the machine; whoever measures or kills starts processes of the product.
    """
    database = Database(f"sqlite:///{path}", durable=False)
    if not _first:
        database.engine.connect().close()  # from which the dialect learns whom it speaks to
        _remember_all(database)
        _first.append(database.engine)
    # SQLAlchemy looks up what it compiled by the dialect and the statement.
    database.engine.dialect, database.engine._compiled_cache = _first[0].dialect, _first[0]._compiled_cache
    return database


def _remember_all(database: Database) -> None:
    """A process of tests says more different things than one of the product."""
    cache = database.engine._compiled_cache
    assert isinstance(cache, LRUCache)
    cache.capacity = 5000


def _empty(database: Database) -> None:
    """Take every row out. Only tables that have rows are truncated, which is the quicker by far."""
    names = [table.name for table in Base.metadata.sorted_tables]
    probe = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})" for name in names)
    with database.engine.begin() as connection:
        filled = connection.execute(text(probe)).scalars().all()
        if filled:
            # What refuses to be emptied is emptied here by the superuser, with its triggers switched off.
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            connection.execute(text(f"TRUNCATE {', '.join(filled)} RESTART IDENTITY CASCADE"))
