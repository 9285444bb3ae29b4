"""`feedback doctor`: what is configured, reachable, migrated and behind, and what to do about each."""

import sys

import click

from feedback.cli import context


@click.command()
def doctor() -> None:
    """Look at everything and say what to do. Exit code 1 when something has to be done."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from feedback.cli.checks import State, examine
    from feedback.core import logs
    from feedback.core.clock import system_clock

    logs.configure("doctor")
    looks = {State.OK: "green", State.NOTE: "yellow", State.DO: "bold red"}
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("", "state", "what", "what to do"):
        table.add_column(heading, overflow="fold")
    findings = list(examine(context.settings(), now=system_clock()))
    for finding in findings:
        colour = looks[finding.state]
        table.add_row(
            finding.subject,
            f"[{colour}]{finding.state.value}[/]",
            escape(finding.what),
            escape(finding.advice),
        )
    Console(soft_wrap=False).print(table)
    if any(finding.state is State.DO for finding in findings):
        sys.exit(1)
