"""Fixtures of the tests of what all rooms share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from feedback.core.db import Database


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'x.sqlite3'}")
    with database.transaction() as session:
        session.execute(text("CREATE TABLE kept (number INTEGER CHECK (number <> 13), said INTEGER)"))
    yield database
    database.close()
