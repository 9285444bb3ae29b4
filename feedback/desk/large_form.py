"""A form with one large file, read part by part: the token first, and nothing is kept before it is checked."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import IO, BinaryIO

import flask
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Event, Field, File, MultipartDecoder, NeedData

from feedback.core.errors import Code, Problem
from feedback.desk import door

_AT_ONCE = 64 * 1024
_BUFFER = 4 * _AT_ONCE
_MOST_PARTS = 8
_LONGEST_FIELD = 1_000
AROUND = 64 * 1024
"""Bytes that the form needs beside the file."""


def read(
    limit_bytes: int, place: Callable[[dict[str, str], str], AbstractContextManager[BinaryIO]]
) -> tuple[dict[str, str], str, int]:
    """Take the fields before the file, and the file to where `place` (fields, name) says; fields, name, size in bytes.

    Raises FORM_REFUSED when the token is not the first field and ours, TOO_LARGE, BAD_REQUEST for half a form, and
    INVALID without a file. Nothing of the file is read before the token, and nothing is kept of one that ends early.
    """
    request = flask.request
    kind, options = parse_options_header(request.content_type)
    boundary = options.get("boundary", "")
    if kind != "multipart/form-data" or not boundary:
        door.refuse_forged(request.form.get("token", ""))
        raise _no_file()
    request.max_content_length = limit_bytes + AROUND
    try:
        return _read(_events(request.stream, boundary.encode()), limit_bytes, place)
    except RequestEntityTooLarge:
        raise too_large(limit_bytes) from None
    except (ValueError, ClientDisconnected):
        raise Problem(
            Code.BAD_REQUEST, "The file did not arrive whole; nothing of it was kept. Send it again."
        ) from None


def too_large(limit_bytes: int) -> Problem:
    """What is said of a file over the limit."""
    limit = limit_bytes // (1024 * 1024)
    return Problem(
        Code.TOO_LARGE,
        f"A file has at most {limit:,} MB here. Split it, import it with `feedback import` on the server, or raise "
        "FEEDBACK_UPLOAD_LIMIT_MB.",
    )


def _read(
    events: Iterator[Event], limit_bytes: int, place: Callable[[dict[str, str], str], AbstractContextManager[BinaryIO]]
) -> tuple[dict[str, str], str, int]:
    fields: dict[str, str] = {}
    for event in events:
        if isinstance(event, File):
            _check_token(fields)
            with place(fields, event.filename) as target:
                size = _copy(events, target, limit_bytes)
                if any(isinstance(rest, Field | File) for rest in events):
                    raise ValueError(event.name)
                if not event.filename:
                    raise _no_file()
            return fields, event.filename, size
        if isinstance(event, Field):
            fields[event.name] = _text(events)
            _check_token(fields)
    _check_token(fields)
    raise _no_file()


def _no_file() -> Problem:
    return Problem(Code.INVALID, "Choose a file.", errors={"file": ["Choose a file."]})


def _check_token(fields: dict[str, str]) -> None:
    door.refuse_forged(fields.get("token", ""))


def _text(events: Iterator[Event]) -> str:
    parts = b""
    for event in events:
        if isinstance(event, Data):
            parts += event.data
            if len(parts) > _LONGEST_FIELD:
                raise ValueError(len(parts))
            if not event.more_data:
                break
    if b"\0" in parts:
        raise ValueError(parts)
    return parts.decode("utf-8", "replace")


def _copy(events: Iterator[Event], target: BinaryIO, limit_bytes: int) -> int:
    size = 0
    for event in events:
        if isinstance(event, Data):
            size += target.write(event.data)
            if size > limit_bytes:
                raise RequestEntityTooLarge
            if not event.more_data:
                return size
    raise ValueError(size)


def _events(stream: IO[bytes], boundary: bytes) -> Iterator[Event]:
    decoder = MultipartDecoder(boundary, max_form_memory_size=_BUFFER, max_parts=_MOST_PARTS)
    while True:
        event = decoder.next_event()
        if isinstance(event, NeedData):
            decoder.receive_data(stream.read(_AT_ONCE) or None)
            continue
        yield event
        if isinstance(event, Epilogue):
            return
