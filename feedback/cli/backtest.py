"""`feedback backtest`: would the signals have warned in time?"""

from typing import TYPE_CHECKING

import click

from feedback.cli import context

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

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
    """For 80 columns: nothing folds but the sentences."""
    from rich.console import Console
    from rich.text import Text

    from feedback.gap.words import people

    console = Console(highlight=False)
    console.print(Text(found.sentence), style="bold")
    if not found.contracts:
        return
    console.print(
        f"{people(found.contracts, 'contract was', 'contracts were')} decided with history before, {found.losses} of "
        f"them lost; {found.without_history} more have no history. Months {found.first_month} to {found.last_month}: "
        f"{found.reconstructed} of {found.months} month's ends were rebuilt from what was known by then."
    )
    _signals(console, found)
    _calibration(console, found)
    if found.losses:
        _losses(console, found)


def _signals(console: "Console", found: "Backtest") -> None:
    table = _table("Signal", "Losses flagged", "False alarms", "Right when warning", "Ahead")
    for one in found.signals:
        ahead = "–" if one.median_lead_days is None else f"{one.median_lead_days:.0f} d"
        table.add_row(one.name, _share(one.caught), _share(one.false_alarms), _share(one.right), ahead)
    console.print("\nWith 95 % intervals; ahead: the median of the losses that were flagged.")
    console.print(table)


def _calibration(console: "Console", found: "Backtest") -> None:
    table = _table(
        "Risk said", *(f"{100 * one.low:.0f}–{100 * one.high:.0f} %" for one in found.signals[0].calibration)
    )
    for title in ("Unsaid", "Brier"):
        table.add_column(title, justify="right", no_wrap=True)
    for one in found.signals:
        lost = (f"{group.lost.count} of {group.lost.of}" if group.lost.of else "–" for group in one.calibration)
        table.add_row(one.name, *lost, str(one.unknown), "–" if one.brier is None else f"{one.brier:.2f}")
    base = next((one.brier_of_base_rate for one in found.signals if one.brier_of_base_rate is not None), None)
    beside = "" if base is None else f", {base:.2f} gets who says the same of all"
    console.print(
        f"\nOf the contracts whose risk was said to be so high, how many were lost. Brier: 0 is perfect{beside}."
    )
    console.print(table)


def _losses(console: "Console", found: "Backtest") -> None:
    from rich.text import Text

    from feedback.gap.words import printable

    table = _table("Lost", "Outcome", "Known on", *(one.name.split()[0].capitalize() for one in found.signals))
    table.columns[0].no_wrap = False  # the one that gives way; its names stay on one line all the same
    table.columns[1].justify = table.columns[2].justify = "left"
    for one in found.replayed:
        if one.lost:
            since = ("–" if day is None else f"{(one.known_on - day).days} d" for day in one.warned_since.values())
            name = Text(printable(one.name), no_wrap=True, overflow="ellipsis")
            table.add_row(name, one.outcome, str(one.known_on), *since)
    console.print("\nFor how many days each signal had warned when the outcome could first be known.")
    console.print(table)


def _table(first: str, *others: str) -> "Table":
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column(first, no_wrap=True)
    for title in others:
        table.add_column(title, justify="right", no_wrap=True)
    return table


def _share(share: "Share") -> str:
    if share.share is None or share.low is None or share.high is None:
        return f"{share.count} of {share.of}"
    return f"{share.count} of {share.of}, {100 * share.low:.0f}–{100 * share.high:.0f} %"
