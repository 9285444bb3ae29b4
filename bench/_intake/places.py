"""Where a bench keeps its databases: a folder or a PostgreSQL server, and copies of one filled world."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench._intake import people
from bench._intake.people import World
from feedback.core.db import Database
from feedback.settings import Settings
from tests.postgres import PostgresServer

KINDS = ("sqlite", "postgresql")


@dataclass(frozen=True, slots=True)
class Place:
    """`url(name)` of a database; `copy(name)` makes one, and its home, as the world is."""

    folder: Path
    url: Callable[[str], str]
    _copy: Callable[[str], None]

    def fill(self, *, asked: int, others: int) -> World:
        """Make the world that is copied."""
        settings = Settings(home=self.home("world"), database_url=self.url("world"))
        database = Database(settings.database_url)
        try:
            return people.build(database, settings, asked=asked, others=others)
        finally:
            database.close()

    def copy(self, name: str) -> tuple[Path, str]:
        """The home and the URL of a copy that nobody has touched."""
        home = self.home(name)
        self._copy(name)
        shutil.copy(self.home("world") / "secret", home)
        return home, self.url(name)

    def home(self, name: str) -> Path:
        """A folder of its own."""
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        return folder


@contextmanager
def place(kind: str) -> Iterator[Place]:
    """A place of this kind, gone afterwards. PostgreSQL as it comes: every commit waits for the disk."""
    with tempfile.TemporaryDirectory(prefix="fb-intake-") as name:
        folder = Path(name)
        if kind == "sqlite":
            yield Place(folder, lambda which: _file(folder, which), lambda which: _copy_file(folder, which))
            return
        server = PostgresServer({"listen_addresses": "", "max_connections": "200"})
        try:
            server.execute("CREATE DATABASE world")
            yield Place(folder, server.url, lambda which: server.execute(f"CREATE DATABASE {which} TEMPLATE world"))
        finally:
            server.stop()


def _file(folder: Path, which: str) -> str:
    return f"sqlite:///{folder / which / 'feedback.sqlite3'}"


def _copy_file(folder: Path, which: str) -> None:
    shutil.copy(folder / "world" / "feedback.sqlite3", folder / which / "feedback.sqlite3")
