"""Commands of `feedback` as they are typed."""

import logging
import os
import sys
from collections.abc import Callable

import pytest

from feedback import cli
from feedback.core.services import Services

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def feedback(services: Services, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in this process: exit code, standard output, standard error."""
    monkeypatch.setenv("FEEDBACK_HOME", str(services.settings.home))
    monkeypatch.setenv("DATABASE_URL", services.settings.database_url)
    monkeypatch.setenv("COLUMNS", "80")
    handlers = list(logging.getLogger().handlers)

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["feedback", *arguments])
        umask = os.umask(0o077)
        with pytest.raises(SystemExit) as ended:
            cli.main()
        os.umask(umask)
        logging.getLogger().handlers[:] = handlers
        written = capsys.readouterr()
        return int(ended.value.code or 0), written.out, written.err

    return run
