"""/readyz means it: 200 only where requests may be sent, and what is wrong has a name."""

import os
import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from feedback import readiness, watched
from feedback.core.db import Database
from feedback.core.services import Services
from feedback.http.setup import make_app
from feedback.readiness import Watch
from tests.http.conftest import lookup


def ready(services: Services) -> tuple[int, dict[str, Any]]:
    """Status and body of /readyz on these services."""
    app, _ = make_app(services, lookup)
    watched.register(app, services)
    answer = app.test_client().get("/readyz")
    assert answer.json is not None
    return answer.status_code, answer.json


def on(services: Services, url: str) -> Services:
    """The same services on another database."""
    return replace(services, database=Database(url))


def test_without_a_queue_it_is_ready_and_says_that_it_is_degraded(services: Services) -> None:
    checks = {"database": "ok", "schema": "ok", "disk": "ok", "queue": "does not answer"}
    assert ready(services) == (200, {"status": "degraded", "checks": checks})


def test_a_database_without_our_migrations_is_not_ready(services: Services, tmp_path: Path) -> None:
    behind = on(services, f"sqlite:///{tmp_path / 'other.sqlite3'}")
    with behind.database.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        connection.exec_driver_sql("INSERT INTO alembic_version VALUES ('0001')")
    status, body = ready(behind)
    behind.database.close()
    assert (status, body["checks"]["schema"]) == (503, "lacks migrations of this version")


def test_a_database_that_nobody_made_is_not_ready(services: Services, tmp_path: Path) -> None:
    empty = on(services, f"sqlite:///{tmp_path / 'other.sqlite3'}")
    status, body = ready(empty)
    empty.database.close()
    assert (status, body["status"]) == (503, "not ready")
    assert body["checks"]["schema"].startswith("failed")


def test_a_database_that_is_away_is_not_ready_and_its_address_stays_ours(services: Services) -> None:
    status, body = ready(on(services, "postgresql+psycopg://ann:secret@127.0.0.1:1/feedback"))
    assert (status, body["checks"]["database"], body["checks"]["schema"]) == (
        503,
        "failed (OperationalError)",
        "unknown",
    )
    assert "127.0.0.1" not in str(body)


def test_a_database_that_hangs_is_not_ready_within_seconds(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "_PATIENCE_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        status, body = ready(on(services, f"postgresql+psycopg://ann@127.0.0.1:{port}/feedback"))
    assert (status, body["status"]) == (503, "not ready")
    assert "no answer" in body["checks"]["database"]


def test_a_full_disk_is_not_ready(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "_LEAST_FREE_BYTES", 2**63)
    assert ready(services)[1]["checks"]["disk"] == "full"


def test_a_folder_that_takes_no_file_is_not_ready(services: Services, home: Path) -> None:
    (home / f".ready-{os.getpid()}").mkdir()
    status, body = ready(services)
    assert (status, body["checks"]["disk"]) == (503, "failed (IsADirectoryError)")


def test_it_looks_once_a_second_however_often_it_is_asked(services: Services) -> None:
    watch = Watch(services)
    first = watch.look()
    assert watch.look() is first
