"""Doors for whoever watches the service from outside: /healthz, /readyz, /metrics."""

import hmac
import shutil
from collections.abc import Iterator

import flask
from prometheus_client.core import Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector
from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError

from feedback.core import inbox, metrics_files
from feedback.core.counting import Family, Level
from feedback.core.errors import Code, Problem
from feedback.core.services import Services
from feedback.http.context import services as current_services
from feedback.readiness import Readiness, Watch

_WATCH = "feedback.watch"


def register(app: flask.Flask, services: Services) -> None:
    """Add the doors to `app`."""
    app.extensions[_WATCH] = Watch(services)
    app.add_url_rule("/healthz", view_func=healthz)
    app.add_url_rule("/readyz", view_func=readyz)
    if services.settings.watching.metrics_token is not None:
        app.add_url_rule("/metrics", view_func=metrics)


def healthz() -> flask.typing.ResponseReturnValue:
    """200 while this process and the database answer: what does not for long is started again."""
    with current_services().database.reading() as session:
        session.execute(text("SELECT 1"))
    return {"status": "ok"}


def readyz() -> flask.typing.ResponseReturnValue:
    """200 while requests may be sent here, 503 while not; the body names what is wrong."""
    found = _readiness()
    return {"status": found.status, "checks": dict(found.checks)}, 200 if found.ready else 503


def metrics() -> flask.Response:
    """What all processes of this machine counted, and what is looked up now, as Prometheus reads it."""
    scheme, _, given = flask.request.headers.get("Authorization", "").partition(" ")
    wanted = current_services().settings.watching.metrics_token or ""
    if scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), wanted.encode()):
        raise Problem(Code.METRICS_REFUSED)
    here = current_services()
    families = [*metrics_files.families(here.settings.home), *_levels(here, _readiness())]
    return flask.Response(generate_latest(_Families(families)), content_type=CONTENT_TYPE_PLAIN_0_0_4)


class _Families(Collector):
    """Our families as the client library's, which knows the format."""

    def __init__(self, families: list[Family]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        """One after the other."""
        for family in self._families:
            metric = Metric(family.name, family.about, family.kind)
            for sample in family.samples:
                metric.add_sample(*sample)
            yield metric


def _readiness() -> Readiness:
    watch: Watch = flask.current_app.extensions[_WATCH]
    return watch.look()


def _levels(services: Services, found: Readiness) -> Iterator[Family]:
    """What is looked up when it is asked for. What cannot be looked up is left out."""
    ready = Level("feedback_ready", "1 where this check of /readyz finds nothing wrong.", ("check",))
    for name, said in found.checks.items():
        ready.set(float(said == "ok"), name)
    yield ready.family()
    if services.settings.home.is_dir():
        free = Level("feedback_disk_free_bytes", "Free where FEEDBACK_HOME is.")
        free.set(shutil.disk_usage(services.settings.home).free)
        yield free.family()
    if found.checks["database"] != "ok":
        return
    try:
        with services.database.reading() as session:
            rows, oldest, aside = session.execute(select(inbox.WAITING, inbox.OLDEST, inbox.SET_ASIDE)).one()
    except SQLAlchemyError:
        return
    age_s = 0.0 if oldest is None else max(0.0, (services.clock() - oldest).total_seconds())
    for name, about, value in (
        ("feedback_inbox_rows", "Rows that wait for the fold.", rows),
        ("feedback_inbox_oldest_age_seconds", "Since when the oldest of them waits.", age_s),
        ("feedback_inbox_set_aside_rows", "Rows that the fold could not take.", aside),
    ):
        level = Level(name, about)
        level.set(value)
        yield level.family()
