"""Every request is counted and timed, its log lines carry its id, and where it is wanted it leaves a line or a span.

Of the address only the route is told: the rest of it may name a person, a key or a link.
"""

import time
from contextlib import AbstractContextManager
from functools import lru_cache
from typing import Any

import flask
import structlog

from feedback.core import logs, metrics, traces
from feedback.core.services import Services
from feedback.http.headers import request_id

_GROUPS = (
    ("/v1/embed/", "embed"),
    ("/v1/invited/", "embed"),
    ("/embed", "embed"),
    ("/s/", "embed"),
    ("/v1/", "api"),
    ("/desk", "desk"),
    ("/login", "desk"),
    ("/logout", "desk"),
    ("/healthz", "watch"),
    ("/readyz", "watch"),
    ("/metrics", "watch"),
)
_HOT = (("/responses/<uuid:response>", "responses"), ("/activity", "activity"))

log = structlog.get_logger(__name__)


@lru_cache(maxsize=1024)
def group_of(route: str | None) -> str:
    """The group that a route is counted in: responses, impressions, activity, embed, api, desk, watch, other, none."""
    if route is None:
        return "none"
    if "/impressions" in route:
        return "impressions"
    for end, group in _HOT:
        if route.endswith(end):
            return group
    return next((group for beginning, group in _GROUPS if route.startswith(beginning)), "other")


def answered(
    route: str | None, method: str, status: int, seconds: float, *, access_log: bool, request: str | None = None
) -> None:
    """One request was answered. `route` is the rule that it matched, as it stands in the code; None: no rule did.

    `request`: its id, where lines do not carry it anyway, after `logs.begin_request`.
    """
    metrics.request(group_of(route), method, status, seconds)
    if access_log:
        known = {} if request is None else {"request_id": request}
        log.info("request", method=method, route=route, status=status, ms=round(seconds * 1000, 1), **known)


def register(app: flask.Flask, services: Services) -> None:
    """Watch every request of `app`."""
    access_log = services.settings.watching.access_log

    def begin() -> None:
        flask.g.began_s = time.perf_counter()
        logs.begin_request(request_id())
        rule = flask.request.url_rule
        method = flask.request.method
        name = f"{method} {rule.rule}" if rule is not None else method
        caller = flask.request.headers.get("traceparent")
        around = traces.begin_request(name, caller, **{"http.request.method": method})
        flask.g.span = around.__enter__()
        flask.g.around = around

    def end(response: flask.Response) -> flask.Response:
        rule = flask.request.url_rule
        status = response.status_code
        route = None if rule is None else rule.rule
        answered(route, flask.request.method, status, time.perf_counter() - flask.g.began_s, access_log=access_log)
        if flask.g.span is not None:
            flask.g.span.set_attribute("http.response.status_code", status)
            flask.g.span.set_attribute("feedback.request_id", request_id())
        return response

    def leave(_error: BaseException | None) -> None:
        around: AbstractContextManager[Any] | None = flask.g.pop("around", None)
        if around is not None:
            around.__exit__(None, None, None)
        logs.end_request()

    app.before_request(begin)
    app.after_request(end)
    app.teardown_request(leave)
