"""Every error leaves as RFC 9457 problem+json, whoever raised it."""

import errno
import logging
from collections.abc import Mapping

import flask
import marshmallow
from sqlalchemy import exc
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import RequestRedirect

from feedback.core import metrics
from feedback.core.db import busy
from feedback.core.errors import Code, Problem
from feedback.http.api import PROBLEM_TYPE, invalid
from feedback.http.headers import request_id

_LOG = logging.getLogger(__name__)
_BY_STATUS = {
    400: Code.BAD_REQUEST,
    404: Code.NOT_FOUND,
    405: Code.METHOD_NOT_ALLOWED,
    411: Code.LENGTH_REQUIRED,
    413: Code.TOO_LARGE,
    415: Code.UNSUPPORTED_MEDIA_TYPE,
    422: Code.INVALID,
    429: Code.TOO_MANY_REQUESTS,
    503: Code.BUSY,
}
_FULL = (errno.ENOSPC, errno.EDQUOT)


def register(app: flask.Flask) -> None:
    """Let `app` answer every error through one function."""
    app.register_error_handler(Exception, answer)


def answer(error: Exception) -> flask.typing.ResponseReturnValue:
    """The problem that stands for `error`."""
    if isinstance(error, RequestRedirect):
        return error.get_response()
    headers: dict[str, str] = {}
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return problem_response(as_problem(error), headers)


def problem_response(problem: Problem, headers: Mapping[str, str] | None = None) -> flask.Response:
    """`problem` as an answer, with Retry-After where it says so."""
    body = {**problem.body(), "request_id": request_id()}
    text = flask.current_app.json.dumps(body)
    response = flask.Response(text, status=problem.code.status, mimetype=PROBLEM_TYPE)
    response.headers.extend({**(headers or {}), **problem_headers(problem)})
    return response


def problem_headers(problem: Problem) -> dict[str, str]:
    """What the status of `problem` asks for beside the body."""
    headers = {"WWW-Authenticate": "Bearer"} if problem.code.status == 401 else {}
    if problem.retry_after_s is not None:
        headers["Retry-After"] = str(problem.retry_after_s)
    return headers


def as_problem(error: Exception, request: str | None = None) -> Problem:
    """What a caller is told about `error`; what is our fault goes to the log, under the id of the `request`."""
    request = request or request_id()
    if isinstance(error, Problem):
        return error
    if isinstance(error, marshmallow.ValidationError):
        return invalid(error)
    if isinstance(error, HTTPException):
        return _of_http(error, request)
    if _is_busy(error):
        _LOG.warning("request %s: the database is busy", request, exc_info=error)
        metrics.refused("busy")
        return busy(error)
    if isinstance(error, exc.IntegrityError):
        # Two requests created the same thing at once; the constraint let one through.
        _LOG.warning("request %s: a constraint refused it", request, exc_info=error)
        return Problem(Code.CONFLICT, "Something that this clashes with was stored just now. Look, then try again.")
    _LOG.error("request %s failed", request, exc_info=error)
    return Problem(Code.INTERNAL)


def _of_http(error: HTTPException, request: str) -> Problem:
    status = error.code or 500
    code = _BY_STATUS.get(status, Code.BAD_REQUEST if 400 <= status < 500 else Code.INTERNAL)
    if code is Code.INTERNAL:
        _LOG.error("request %s failed", request, exc_info=error)
        return Problem(code)
    # Werkzeug's own words for 404 and 405 say less than the catalogue's title does.
    return Problem(code, "" if status in (404, 405, 413, 415) else str(error.description or ""))


def _is_busy(error: Exception) -> bool:
    if isinstance(error, exc.OperationalError | exc.TimeoutError):
        return True
    if isinstance(error, exc.DBAPIError) and error.connection_invalidated:
        return True
    return isinstance(error, OSError) and error.errno in _FULL
