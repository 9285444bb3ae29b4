"""How long the server takes for each page of the desk, and what a browser fetches to open the overview first.

BENCH_RESPONSES (1,000,000) and BENCH_PARTNERS (1,000) make it smaller; BENCH_DATABASE is sqlite or postgresql. One in a
hundred answers has a comment. Every page that a link can open without a choice is measured, and one partner's pages.
"""

import os
import re
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from uuid import UUID

import flask
from flask.testing import FlaskClient
from rich.console import Console
from rich.table import Column, Table
from sqlalchemy import text

from bench import world
from bench.world_facts import NOW
from feedback.app import create_app
from feedback.core import secrets
from feedback.core.db import Database
from feedback.core.services import Services
from feedback.gap import ranking
from feedback.gap.queries import report
from feedback.settings import Settings
from feedback.staff import commands
from feedback.surveys.models import Survey, SurveyVersion
from tests.postgres import PostgresServer

_SURVEY = UUID(int=1)
"""All answers of the world are to it."""
PAGE_MS, FIRST_LOAD_KB, ROUNDS = 200.0, 350.0, 7
COMMENTS = 10_000
_WROTE = "'The export is slow and I cannot find button ' || CAST(month AS varchar(6)) || ' that I need every day.'"
_SPARSE = f"""
    UPDATE responses SET comment = CASE WHEN respondent_id IN (
        SELECT respondent_id FROM responses WHERE comment IS NOT NULL ORDER BY id LIMIT {{most}}
    ) THEN {_WROTE} END WHERE comment IS NOT NULL
"""
_ALSO = (
    "/desk/partners/partner-7",
    "/desk/released/partner-7",
    "/desk/settings/partners/partner-7",
    "/desk/surveys/end-user-nps",
    "/desk/surveys/end-user-nps/edit",
    "/desk/comments?q=export",
    "/desk/comments?q=zebra",
    "/desk/partners?page=9",
)
_FILES = re.compile(r"\.(csv|xlsx|svg|png)$|/desk/(report$|static)")
"""Files take what they take, and so does the whole report, which is one."""


def main() -> int:
    """Print the milliseconds of each page and the first load; 1 when one is out of its bound."""
    console = Console()
    size = int(os.environ.get("BENCH_RESPONSES", "1_000_000")), int(os.environ.get("BENCH_PARTNERS", "1_000"))
    chosen = os.environ.get("BENCH_DATABASE")
    stores = {"sqlite": _sqlite, "postgresql": _postgresql}
    broken = 0
    for name in [chosen] if chosen else stores:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder, stores[name](Path(folder)) as url:
            services = _filled(Path(folder), url, *size)
            broken += _shown(console, f"{name}: {size[0]:,} responses, {size[1]:,} partners", services)
            services.database.close()
    return int(broken > 0)


def _filled(home: Path, url: str, responses: int, partners: int) -> Services:
    settings = Settings(home=home, database_url=url, redis_url="unix:///nowhere")
    database = Database(url)
    world.build(database, settings, world.Size(responses, responses, partners), lambda _: None)
    with database.transaction() as session:
        session.execute(text(_SPARSE.format(most=min(COMMENTS, responses // 100))))
        own = {"name": "end-user-nps", "audience": "end_user", "metric": "nps", "state": "live", "draft": {}}
        session.add(Survey(id=_SURVEY, created_at=NOW, **own))
        session.flush()
        session.add(SurveyVersion(id=_SURVEY, survey_id=_SURVEY, version=1, definition={}, published_at=NOW))
    if not database.is_sqlite:  # as its autovacuum would
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM (ANALYZE) responses"))
    ranking.keep(database, settings, now=NOW)
    return Services(settings, database, secrets.load(settings), lambda: NOW, lambda _: None)


@dataclass(frozen=True, slots=True)
class _Took:
    path: str
    first_ms: float
    warm_ms: float
    kb: float


def _shown(console: Console, title: str, services: Services) -> int:
    app = create_app(services.settings, services)
    client = _signed_in(app, services)
    floor_ms = median(_report_ms(services) for _ in range(ROUNDS))
    found = [_measured(client, path) for path in _pages(app)]
    table = Table(
        Column("page", no_wrap=True),
        "first, ms",
        "then, ms",
        f"bound {PAGE_MS:g}",
        "beside the report",
        "kB",
        title=title,
    )
    broken = 0
    for one in sorted(found, key=lambda it: -it.warm_ms):
        slow = one.warm_ms > PAGE_MS
        broken += slow
        verdict = "[bold red]over[/bold red]" if slow else "held"
        beside = f"{one.warm_ms / floor_ms:.2f}"
        table.add_row(one.path, f"{one.first_ms:.0f}", f"{one.warm_ms:.0f}", verdict, beside, f"{one.kb:.0f}")
    load = _first_load_kb(client, "/desk")
    console.print(
        table, f"report alone {floor_ms:.0f} ms; first load of the overview {load:.0f} of {FIRST_LOAD_KB:g} kB"
    )
    return broken + (load > FIRST_LOAD_KB)


def _report_ms(services: Services) -> float:
    begun = time.perf_counter()
    with services.database.reading() as session:
        report(session, services.settings, now=NOW)
    return 1_000 * (time.perf_counter() - begun)


def _pages(app: flask.Flask) -> Sequence[str]:
    rules = [one for one in app.url_map.iter_rules() if "GET" in (one.methods or ()) and not one.arguments]
    paths = sorted(one.rule for one in rules if one.rule.startswith("/desk"))
    return [*(path for path in paths if not _FILES.search(path)), *_ALSO]


def _measured(client: FlaskClient, path: str) -> _Took:
    times = []
    for _ in range(ROUNDS + 1):
        begun = time.perf_counter()
        response = client.get(path)
        times.append(1_000 * (time.perf_counter() - begun))
        if response.status_code not in (200, 302, 303):
            raise AssertionError(f"{path} answered {response.status_code}")
    return _Took(path, times[0], median(times[1:]), len(response.data) / 1_000)


def _first_load_kb(client: FlaskClient, path: str) -> float:
    """The page and all that it names of ours, as sent to a browser that takes compressed files."""
    accepted = {"Accept-Encoding": "gzip, br"}
    page = client.get(path, headers=accepted)
    named = set(re.findall(r'(?:href|src)="(/desk/static/[^"]+)"', page.text))
    return (len(page.data) + sum(len(client.get(name, headers=accepted).data) for name in named)) / 1_000


def _signed_in(app: flask.Flask, services: Services) -> FlaskClient:
    client = app.test_client()
    with services.database.transaction() as session:
        commands.add(session, "ann@example.com", now=NOW)
        link = f"/login/{commands.create_sign_in_link(session, 'ann@example.com', now=NOW)}"
    token = re.findall(r'name="token" value="([^"]*)"', client.get(link).text)
    if client.post(link, data={"token": token[0]}).status_code != 303:
        raise AssertionError("nobody could sign in")
    return client


@contextmanager
def _sqlite(folder: Path) -> Iterator[str]:
    yield f"sqlite:///{folder / 'bench.sqlite3'}"


@contextmanager
def _postgresql(_folder: Path) -> Iterator[str]:
    server = PostgresServer({"listen_addresses": ""})
    server.execute("CREATE DATABASE desk")
    yield server.url("desk")
    server.stop()
