"""pg_dump and pg_restore: which are taken, what they are told, and what is said when they will not do."""

import os
from pathlib import Path

import pytest

from feedback.backups import postgres
from feedback.core.errors import Problem
from feedback.core.services import Services
from tests.cli.conftest import Run
from tests.postgres import BINARIES

DATABASES = ("postgresql",)


def tool(folder: Path, name: str, script: str) -> None:
    """A program of this name that stands first in PATH."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def test_no_tool_and_one_older_than_the_server_say_what_to_install(
    feedback: Run, services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "tools"))
    code, _, err = feedback("backup", str(tmp_path / "one"))
    assert (code, services.database.is_sqlite) == (1, False)
    assert "pg_dump is not in PATH. Install PostgreSQL's client programs (Debian: postgresql-client-18)" in err
    tool(tmp_path / "tools", "pg_dump", "echo 'pg_dump (PostgreSQL) 14.2'")
    assert "pg_dump in PATH has version 14, and 18 is needed" in feedback("backup", str(tmp_path / "one"))[2]
    tool(tmp_path / "tools", "pg_restore", "echo 'pg_restore (PostgreSQL) 17.1 (a build of ours)'")
    with pytest.raises(Problem, match="has version 17, and 18 is needed"):
        postgres.check_tool(18)
    assert not (tmp_path / "one").exists()


def test_no_password_stands_among_arguments_or_in_what_is_said(
    feedback: Run, services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words, tools = tmp_path / "words", tmp_path / "tools"
    for name in ("pg_dump", "pg_restore"):
        real = BINARIES / name
        tool(tools, name, f'echo "$PGPASSWORD:$*" >> {words}\nexec {real} "$@"')
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("DATABASE_URL", services.settings.database_url.replace("postgres@", "postgres:opensesame@"))
    code, out, err = feedback("backup", str(tmp_path / "one"))
    assert code == 0 and "opensesame" not in out + err
    told = words.read_text().splitlines()[-1]
    assert told.startswith("opensesame:--format=custom") and told.count("opensesame") == 1
    code, out, err = feedback("restore", str(tmp_path / "one"), "--new-secret")
    assert code == 1 and "not empty" in err and "opensesame" not in out + err


def test_what_the_tool_complains_of_is_told(
    feedback: Run, services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = "case $1 in --version) echo 18.1;; *) echo 'pg_dump: error: no space left on device' >&2; exit 1;; esac"
    tool(tmp_path / "tools", "pg_dump", script)
    monkeypatch.setenv("PATH", f"{tmp_path / 'tools'}{os.pathsep}{os.environ['PATH']}")
    code, _, err = feedback("backup", str(tmp_path))
    assert services and code == 1 and "pg_dump: error: no space left on device" in err
    assert not list(tmp_path.glob("*.backup"))
