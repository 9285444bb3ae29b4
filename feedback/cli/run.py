"""Commands that run the service, or a part of it. They become processes of the package `workers`."""

import os
import sys
from pathlib import Path
from typing import NoReturn

import click

import feedback
from feedback.cli import context


@click.command()
def up() -> None:
    """Run everything in this terminal: web, workers, schedule."""
    _become("up")


@click.command()
def web() -> None:
    """Run the web alone: two processes on HOST and PORT."""
    _become("web")


@click.command()
@click.argument("queue")
def worker(queue: str) -> None:
    """Run one worker for QUEUE; several may run. Queues: fold, imports."""
    from feedback.core.jobs import JOBS

    if queue not in JOBS:
        raise click.BadParameter(f"there is no queue {queue!r}; there are: {', '.join(JOBS)}", param_hint="QUEUE")
    _become("worker", queue)


@click.command()
def schedule() -> None:
    """Run the schedule; of several, one leads and the others stand by."""
    _become("schedule")


@click.command()
def migrate() -> None:
    """Bring the database to the schema of this version."""
    from feedback.migrations.run import versions

    with context.services() as services:
        version, _ = versions(services.database)
        click.echo(f"{services.database.url.render_as_string(hide_password=True)} is at version {version}.")


def _become(*arguments: str) -> NoReturn:
    """Replace this process by a part of the service, so that signals reach it and nothing waits in between."""
    context.settings()  # a wrong setting is told here, before anything starts
    ours = str(Path(feedback.__file__).parents[1])
    path = os.pathsep.join(part for part in (ours, os.environ.get("PYTHONPATH")) if part)
    command = [sys.executable, "-P", "-m", "workers.runtime", *arguments]
    sys.stdout.flush()
    os.execve(sys.executable, command, {**os.environ, "PYTHONPATH": path})  # nosec B606 # noqa: S606 - our own interpreter and modules
