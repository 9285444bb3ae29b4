"""Logs: readable, one line per event, and nothing out of a row."""

import io
import json
import logging

import pytest
import structlog
from sqlalchemy.exc import IntegrityError

from feedback.core import logs
from feedback.core.clock import system_clock
from feedback.core.db import Database
from feedback.core.ids import new_id
from feedback.staff.models import StaffMember

PERSON = "ann@example.com"


class Terminal(io.StringIO):
    """A stream that says that somebody looks at it."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_one_line_with_time_part_event_and_details() -> None:
    stream = Terminal()
    logs.configure("web", stream)
    structlog.get_logger("feedback.x").info("started", pid=12)
    structlog.get_logger("feedback.x").warning("late", by_s=3)
    first, second = stream.getvalue().splitlines()
    assert first[8:] == "  web       started  pid=12"
    assert second[8:] == "  web       warning: late  by_s=3"


def test_anything_else_gets_json_from_us_and_from_libraries() -> None:
    stream = io.StringIO()
    logs.configure("web", stream)
    structlog.get_logger("feedback.x").info("started", pid=12)
    logging.getLogger("some.library").info("chatter")
    logging.getLogger("some.library").warning("%s is odd", "it")
    ours, theirs = (json.loads(line) for line in stream.getvalue().splitlines())
    assert (ours["part"], ours["event"], ours["pid"]) == ("web", "started", 12)
    assert (theirs["level"], theirs["event"]) == ("warning", "it is odd")


@pytest.mark.parametrize("stream", [io.StringIO(), Terminal()], ids=["file", "terminal"])
@pytest.mark.requirement("ASVS 16.2.5")
def test_a_failure_is_told_without_the_values_of_the_row(database: Database, stream: io.StringIO) -> None:
    logs.configure("web", stream)
    try:
        with database.transaction() as session:
            for _ in range(2):
                person = StaffMember(id=new_id(), email=PERSON, name="Ann", role="admin", created_at=system_clock())
                session.add(person)
    except IntegrityError as error:
        structlog.get_logger("feedback.x").exception("it failed")
        assert database.is_sqlite or PERSON in str(error)  # SQLite names the column, PostgreSQL also the value
    said = stream.getvalue()
    assert "IntegrityError" in said
    assert "test_logs.py" in said
    assert PERSON not in said


def test_the_cause_of_a_failure_is_told() -> None:
    stream = io.StringIO()
    logs.configure("web", stream)
    try:
        try:
            raise KeyError("the cause")
        except KeyError as inner:
            raise RuntimeError("outer") from inner
    except Exception:
        logging.getLogger("feedback.y").exception("it failed")
    failure = json.loads(stream.getvalue())["failure"]
    assert (
        failure.index("RuntimeError: outer") < failure.index("which came from") < failure.index("KeyError: 'the cause'")
    )
