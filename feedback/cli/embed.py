"""`feedback embed-check`: whether a partner's pages are wired up, and what to do."""

import sys
from typing import TYPE_CHECKING

import click

from feedback.cli import context

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from feedback.seats.embed_check import EmbedCheck, Seen


@click.command()
@click.argument("slug")
def embed_check(slug: str) -> None:
    """Show from which pages the embed of partner SLUG was seen, whether its tokens are valid, and what to do.

    Exit code 1 when something has to be done.
    """
    from rich.console import Console

    from feedback.partners.keys import clean_origin
    from feedback.seats.embed_check import check
    from feedback.seats.embed_findings import Level, findings

    looks = {Level.FINE: "green", Level.NOTE: "yellow", Level.PROBLEM: "bold red"}
    with context.services() as services, services.database.reading() as session:
        found = check(session, slug, now=services.clock())
        told = findings(found, clean_origin(services.settings.public_url))
    console = Console(highlight=False)
    for finding in told:
        console.print(f"[{looks[finding.level]}]{finding.level.value:8}[/]", end="")
        console.print(finding.text, markup=False)
    _print_seen(console, found)
    if any(finding.level is Level.PROBLEM for finding in told):
        sys.exit(1)


def _print_seen(console: "Console", found: "EmbedCheck") -> None:
    sections = (
        ("Pages seen", found.seen, "What came"),
        ("Tokens refused", found.refused, "Why"),
        ("Origins turned away", found.turned_away, ""),
        ("Reported by browsers", found.violations, "Directive"),
    )
    for title, rows, what in sections:
        if rows:
            _print_table(console, title, rows, what)


def _print_table(console: "Console", title: str, rows: "Sequence[Seen]", what: str) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, title_justify="left", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    headings = ("Origin", *((what,) if what else ()), "First", "Last", "Key")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for one in rows:
        about = (f"{one.what} (ours)" if one.ours else one.what,) if what else ()
        key = "_".join(one.key.split("_")[:4]) + ("" if one.partner_known else ", partner not said")
        times = (f"{moment:%Y-%m-%d %H:%M}" for moment in one.span)
        # Origins come from outside: no markup.
        table.add_row(*(Text(cell) for cell in (one.origin or "frame or server", *about, *times, key)))
    console.print()
    console.print(table)
