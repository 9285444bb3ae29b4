"""`feedback backup` and `feedback restore`."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from feedback.cli import context

if TYPE_CHECKING:
    from feedback.backups.archive import Progress


@click.command()
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--with-secret", is_flag=True, help="Put the deployment's secret in: whoever has the file has all keys.")
def backup(target: Path, with_secret: bool) -> None:
    """Write everything into one file, while the service runs. TARGET: a folder, or the name of a new file."""
    from feedback.backups import commands
    from feedback.core.clock import system_clock

    settings = context.settings()
    with _shown() as progress:
        made = commands.backup(settings, target, with_secret=with_secret, progress=progress, now=system_clock())
    click.echo(f"{made} has {made.stat().st_size / 1e6:,.1f} MB.")
    if with_secret:
        click.echo("The secret is in it: keep this file as you keep a password.", err=True)
        return
    where = "FEEDBACK_SECRET" if settings.secret else str(settings.home / "secret")
    click.echo(f"The secret is NOT in it. Keep a copy of {where} apart from this file:", err=True)
    click.echo("without it every pseudonym becomes a new one, and no signing key can be read.", err=True)


@click.command()
@click.argument("source", type=click.Path(path_type=Path))
@click.option("--new-secret", is_flag=True, help="The backup's secret is lost: go on without it.")
def restore(source: Path, new_secret: bool) -> None:
    """Bring a backup into an empty place: FEEDBACK_HOME, or the database that DATABASE_URL names.

    Nothing but the database and the secret is written. Afterwards everything is recounted; exit code 1 when anything
    differs.
    """
    from feedback.backups import commands
    from feedback.core import logs
    from feedback.core.clock import system_clock

    logs.configure("restore")
    with _shown() as progress:
        done = commands.restore(
            context.settings(), source, new_secret=new_secret, progress=progress, now=system_clock()
        )
    rows, tables = sum(done.manifest.rows.values()), len(done.manifest.rows)
    click.echo(f"Restored {rows:,} rows of {tables} tables, as of {done.manifest.made_at}.")
    if done.migrated:
        click.echo(f"They were at schema {done.manifest.schema} and were brought to this version's.")
    if done.erased is None:
        click.echo("There is no journal of erasures here: whoever was erased since the backup is back.")
        click.echo(
            f"Put erasures.journal of the old FEEDBACK_HOME into {context.settings().home}"
            " and run `feedback erasures replay`."
        )
    elif done.erased.rows:
        again = done.erased
        click.echo(
            f"Erased again by the journal: {again.people:,} people, {again.answers:,} answers, "
            f"{again.partners:,} partners."
        )
    click.echo(f"Recounted {done.answers:,} answers into {done.voices:,} voices.")
    if done.differences:
        click.echo(f"{done.differences} tallies differ. `feedback tallies verify` names them.", err=True)
        sys.exit(1)
    click.echo("The recount is identical.")


@contextmanager
def _shown() -> "Iterator[Progress]":
    """A bar on a terminal, nothing elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("Looking", total=None)

        def progress(doing: str, done: int, of: int) -> None:
            bar.update(task, description=doing, completed=done, total=of)

        yield progress
