"""`feedback import`: files of the vendor's become facts."""

import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from feedback.cli import context
from feedback.core.errors import Code, Problem
from feedback.core.processes import StartError
from feedback.settings_error import SettingsError

if TYPE_CHECKING:
    from feedback.imports.commands import Outcome, Progress

_KINDS = ("contracts", "seats", "buyer-scores", "responses", "activity", "promotions")
_SHOWN_COLUMNS = 12


@click.command(
    "import",
    epilog="Exit code: 0 when every line was taken, 1 when some were rejected, 2 when the file was refused or the "
    "import stopped. Columns and rules: docs/reference/imports.md.",
)
@click.argument("kind", type=click.Choice(_KINDS))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
@click.option("--map", "maps", multiple=True, metavar="OURS=THEIRS", help="Take our column from theirs. Repeatable.")
@click.option("--mapping", metavar="NAME", help="Use the mapping that the desk saved under this name, then --map.")
@click.option("--dry-run", is_flag=True, help="Check and count everything, change nothing.")
def import_(kind: str, file: Path, maps: tuple[str, ...], mapping: str | None, dry_run: bool) -> None:
    """Import a CSV file; the same file again changes nothing, a changed line is a revision.

    Rejected lines are listed with their reasons in FILE.rejected.csv. An import that was cut short goes on where it
    stopped when the same command is given again.
    """
    from sqlalchemy.exc import SQLAlchemyError

    from feedback.imports.commands import import_file
    from feedback.imports.mappings import named, with_more

    # What is loaded by now stays: the collector need not look through it again for every few lines.
    gc.freeze()
    try:
        with context.services() as services, _bar() as (progress, tell):
            if mapping is not None:
                with services.database.reading() as session:
                    maps = with_more(named(session, kind, mapping).maps, maps)
            outcome = import_file(services, kind, file, maps=maps, dry_run=dry_run, progress=progress, tell=tell)
    except Problem as problem:
        click.echo(f"{problem.code.title}: {problem.detail}", err=True)
        if problem.code is not Code.FILE_REFUSED:
            click.echo(problem.code.advice, err=True)
        sys.exit(2)
    except (SettingsError, StartError) as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    except KeyboardInterrupt:
        click.echo("Stopped. Nothing is half; give the same command again to go on.", err=True)
        sys.exit(130)
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", error)).partition("\n")[0]
        click.echo(f"The database stopped the import: {reason}", err=True)
        click.echo("Nothing is half; when the cause is mended, give the same command again to go on.", err=True)
        sys.exit(2)
    for sentence in sentences(file, outcome, dry_run=dry_run):
        click.echo(sentence)
    sys.exit(1 if outcome.rejected else 0)


def sentences(file: Path, outcome: "Outcome", *, dry_run: bool) -> Iterator[str]:
    """What became of the file, to be read by a person."""
    from feedback.imports.orders import counts_of
    from feedback.imports.telling import told

    yield from told(file.name, counts_of(outcome))
    if outcome.ignored_columns:
        shown = ", ".join(outcome.ignored_columns[:_SHOWN_COLUMNS])
        more = len(outcome.ignored_columns) - _SHOWN_COLUMNS
        rest = f" and {more} more" if more > 0 else ""
        yield f"Columns not read: {shown}{rest}. (--map OURS=THEIRS gives them a meaning.)"
    if outcome.rejected_file:
        yield f"The rejected lines, with their reasons: {outcome.rejected_file}"
        yield "Correct them there and import that file, or correct the original and import it again."
    if dry_run:
        yield "This was a dry run: nothing was changed."


@contextmanager
def _bar() -> "Iterator[tuple[Progress, Callable[[str], None]]]":
    """A progress bar on a terminal; on anything else only what `tell` says."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description:<8}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    counts = TextColumn("{task.fields[count]}")
    with Progress(*columns, counts, TimeRemainingColumn(), console=console, disable=not console.is_terminal) as bar:
        tasks: dict[str, TaskID] = {}

        def progress(phase: str, done: int, total: int) -> None:
            if phase not in tasks:
                tasks[phase] = bar.add_task(phase.capitalize(), total=total, count="")
            count = f"{done:,} of {total:,} lines" if phase == "merging" else ""
            bar.update(tasks[phase], completed=done, total=total, count=count)

        yield progress, lambda sentence: click.echo(sentence, err=True)
