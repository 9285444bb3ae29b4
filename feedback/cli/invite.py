"""`feedback invite`: personal links for people whom no page asks."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from feedback.cli import context
from feedback.core.errors import Code, Problem

_SHOWN_REASONS = 100


@click.command(
    epilog="Exit code: 0 when every line has a link, 1 when some were rejected, 2 when the file was refused. How to "
    "send the links: docs/how-to/invite.md."
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
@click.option(
    "--survey", required=True, metavar="NAME", help="Which live survey; it says whether FILE names seats or buyers."
)
@click.option(
    "--days", type=click.IntRange(1, 90), default=14, show_default=True, help="For how many days the links work."
)
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write the links there, for your eyes only."
)
@click.option("--map", "maps", multiple=True, metavar="OURS=THEIRS", help="Take our column from theirs. Repeatable.")
@click.option("--test", is_flag=True, help="For trying out: the answers are never counted.")
def invite(file: Path, survey: str, days: int, out: Path | None, maps: tuple[str, ...], test: bool) -> None:
    """Make a personal link for everybody in the CSV file FILE: partner, respondent; for buyers also role, name.

    Writes CSV: partner, respondent, link, expires_at. Lines that cannot be used are listed with the reason.
    """
    from feedback.imports.inviting import invite_file

    told = 0

    def reject(line: int, reason: str) -> None:
        nonlocal told
        told += 1
        if told <= _SHOWN_REASONS:
            click.echo(f"line {line}: {reason}", err=True)

    try:
        with context.services() as services, _writer(out) as write:
            done = invite_file(services, file, survey, days=days, live=not test, maps=maps, write=write, reject=reject)
    except Problem as problem:
        click.echo(f"{problem.code.title}: {problem.detail}", err=True)
        click.echo(problem.code.advice, err=True)
        sys.exit(2)
    if done.rejected > _SHOWN_REASONS:
        click.echo(f"... and {done.rejected - _SHOWN_REASONS:,} more.", err=True)
    links, lines = (
        f"{n:,} {what}{'' if n == 1 else 's'}" for n, what in ((done.links, "link"), (done.rejected, "line"))
    )
    counts = f"{links}{f' in {out}' if out else ''}, {lines} rejected."
    click.echo(f"{counts} The links work until {done.expires_at:%Y-%m-%d %H:%M} UTC.", err=True)
    if done.ignored_columns:
        click.echo(f"Columns not read: {', '.join(done.ignored_columns)}.", err=True)
    sys.exit(1 if done.rejected else 0)


@contextmanager
def _writer(out: Path | None) -> Iterator[Callable[[str], object]]:
    """What writes to standard output, or to a file that is there once it is whole."""
    if out is None:
        yield lambda text: click.echo(text, nl=False)
        return
    draft = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
                yield file.write
                file.flush()
                os.fsync(file.fileno())
            draft.replace(out)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise Problem(Code.FILE_REFUSED, f"The links could not be written to {out}: {error.strerror}.") from None
