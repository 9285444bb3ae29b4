"""`feedback backtest`: would the signals have warned in time?"""

from typing import TYPE_CHECKING

import click

from feedback.cli import context

if TYPE_CHECKING:
    from feedback.gap.backtest import Backtest, Share


@click.command()
@click.option("--format", "wanted", type=click.Choice(["table", "json"]), default="table", show_default=True)
def backtest(wanted: str) -> None:
    """Replay what was known at each month's end against the renewals that came later, without looking ahead."""
    import orjson

    from feedback.gap.backtest import run

    with context.services() as services, services.database.reading() as session:
        found = run(session, services.settings, now=services.clock())
    if wanted == "json":
        click.echo(orjson.dumps(found, option=orjson.OPT_INDENT_2))
    else:
        _print(found)


def _print(found: "Backtest") -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    console.print(Text(found.sentence), style="bold")
    if not found.contracts:
        return
    console.print(
        f"{found.contracts} contracts were decided with history before them, {found.losses} of them lost; "
        f"{found.without_history} more have no history. Months {found.first_month} to {found.last_month}: "
        f"{found.reconstructed} of {found.months} month's ends were rebuilt from what was known by then."
    )
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for title in ("Signal", "Losses flagged", "False alarms", "Right when it warns", "Days ahead", "Unknown", "Brier"):
        table.add_column(title, justify="left" if title == "Signal" else "right")
    for one in found.signals:
        table.add_row(
            one.name,
            _share(one.caught),
            _share(one.false_alarms),
            _share(one.right),
            "–" if one.median_lead_days is None else f"{one.median_lead_days:.0f}",
            str(one.unknown),
            "–" if one.brier is None else f"{one.brier:.2f} (base rate {one.brier_of_base_rate:.2f})",
        )
    console.print()
    console.print(table)
    losses = [one for one in found.replayed if one.outcome in ("churned", "contracted")]
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for title in ("Lost", "Outcome", "Known on", *(signal.name.capitalize() for signal in found.signals)):
        table.add_column(title, overflow="fold")
    for contract in losses:
        since = ("–" if day is None else f"since {day}" for day in contract.warned_since.values())
        table.add_row(Text(contract.name), contract.outcome, str(contract.known_on), *since)
    console.print()
    console.print(table)


def _share(share: "Share") -> str:
    if share.share is None or share.low is None or share.high is None:
        return f"{share.count} of {share.of}"
    return f"{share.count} of {share.of} ({100 * share.low:.0f} to {100 * share.high:.0f} %)"
