"""Logs: one readable line per event on a terminal, one JSON object per line elsewhere. Never personal data.

Code logs with `structlog.get_logger()`: an event in a few words, details as keywords, ids instead of people.
Within a request every line carries its `request_id`, whoever logs.
"""

import json
import logging
import sys
import traceback
from collections.abc import MutableMapping
from contextlib import AbstractContextManager
from typing import Any, TextIO

import structlog

Event = MutableMapping[str, Any]


def configure(part: str, stream: TextIO | None = None) -> None:
    """Send this process's logs to `stream` (standard error); `part` says on every line who speaks.

    Libraries are heard from WARNING on.
    """
    stream = stream or sys.stderr
    terminal = stream.isatty()

    def say_part(_logger: object, _method: str, event: Event) -> Event:
        event.setdefault("part", part)
        return event

    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="%H:%M:%S" if terminal else "iso", utc=not terminal, key="time"),
        say_part,
        _failure,
    ]
    renderer = _line if terminal else _object
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for name in ("feedback", "workers"):
        logging.getLogger(name).setLevel(logging.INFO)


def begin_request(request_id: str) -> None:
    """From now on every line of this thread carries this request's id, until `end_request`."""
    structlog.contextvars.bind_contextvars(request_id=request_id)


def end_request() -> None:
    """Lines of this thread belong to no request any more."""
    structlog.contextvars.clear_contextvars()


def of_request(request_id: str) -> AbstractContextManager[None]:
    """Lines inside carry this request's id; after them the thread is about what it was about before."""
    return structlog.contextvars.bound_contextvars(request_id=request_id)


def _line(_logger: object, _method: str, event: Event) -> str:
    time, part, text = event.pop("time"), event.pop("part"), event.pop("event")
    level, failure = event.pop("level"), event.pop("failure", None)
    mark = "" if level in ("info", "debug") else f"{level}: "
    details = "  ".join(f"{name}={value}" for name, value in event.items())
    line = f"{time}  {part:<9} {mark}{text}" + (f"  {details}" if details else "")
    return f"{line}\n{failure}" if failure else line


def _object(_logger: object, _method: str, event: Event) -> str:
    first = {name: event.pop(name) for name in ("time", "level", "part", "event")}
    return json.dumps({**first, **event}, default=str, ensure_ascii=False)


def _failure(_logger: object, _method: str, event: Event) -> Event:
    """Turn `exc_info` into text: frames without their variables, and of every message the first line.

    What databases say in the lines after it are the values of a row.
    """
    given = event.pop("exc_info", None)
    error = given if isinstance(given, BaseException) else given[1] if isinstance(given, tuple) else None
    if given is True:
        error = sys.exc_info()[1]
    parts: list[str] = []
    while error is not None:
        message = str(error).partition("\n")[0]
        frames = "".join(traceback.format_tb(error.__traceback__))
        parts.append(f"{frames}{type(error).__name__}: {message}")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if parts:
        event["failure"] = "\nwhich came from\n".join(parts)
    return event
