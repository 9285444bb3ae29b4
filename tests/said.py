"""What is logged, as a file gets it. A module that wants it imports `said`."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from feedback.core import logs


@pytest.fixture
def said() -> Iterator[io.StringIO]:
    """The log of this test; logging is as it was before, afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.configure("web", stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def lines(said: io.StringIO) -> list[dict[str, Any]]:
    """Each line, read."""
    return [json.loads(line) for line in said.getvalue().splitlines()]
