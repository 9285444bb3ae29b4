"""What is set, and who says so."""

import click

from feedback.cli import context
from feedback.core import preferences
from feedback.settings import TRUST_CLASSES, ExchangeRate


@click.command()
def settings() -> None:
    """Show the settings that the desk may change, as they are in force, and where each comes from."""
    with context.services() as services, services.database.reading() as session:
        for one in preferences.standings(session, services.settings).values():
            click.echo(f"{one.name}  {_shown(one.name, one.value)}  ({_source(one)})")


def _shown(name: str, value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(_rate(rate) for rate in value) or "none"
    if isinstance(value, frozenset):
        return ",".join(trust for trust in TRUST_CLASSES if trust in value)
    if isinstance(value, float):
        return f"{round(100 * value)} %"
    return "none" if value is None else f"{value}{' days' if name.endswith('_days') else ''}"


def _rate(rate: ExchangeRate) -> str:
    return f"1 {rate.currency} = {rate.rate:f} ({rate.day.isoformat()})"


def _source(one: preferences.Standing) -> str:
    if one.variable is not None:
        return one.variable
    return "default" if one.changed_at is None else f"{one.changed_by}, {one.changed_at.date().isoformat()}"
