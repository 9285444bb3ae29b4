"""Places of their own on SQLite, for worlds that need not be made on both databases."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from feedback.core import secrets
from feedback.core.services import Services
from feedback.settings import Settings
from tests.conftest import Bell, FakeClock, sqlite_at


@pytest.fixture(scope="module")
def make_place(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path) -> Iterator[Callable[[], Services]]:
    """Makes services on an empty SQLite database: each time another one, with a secret and a clock of its own."""
    made: list[Services] = []

    def make() -> Services:
        home = tmp_path_factory.mktemp("place")
        path = home / "feedback.sqlite3"
        shutil.copyfile(migrated_sqlite, path)
        settings = Settings(home=home, database_url=f"sqlite:///{path}")
        made.append(Services(settings, sqlite_at(path), secrets.load(settings), FakeClock(), Bell()))
        return made[-1]

    yield make
    for services in made:
        services.database.close()
