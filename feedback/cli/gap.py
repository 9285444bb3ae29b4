"""`feedback gap`: the gap report on the terminal or as a file."""

from pathlib import Path

import click

from feedback.cli import context

_DAY = "YYYY-MM or YYYY-MM-DD, widened to whole months"


@click.command()
@click.option("--from", "start", metavar="D", help=f"First month: {_DAY}. Default: two months before the last.")
@click.option("--to", "end", metavar="D", help=f"Last month: {_DAY}. Default: the current one.")
@click.option("--metric", default="nps", show_default=True, help="nps, csat or ces.")
@click.option("--partner", metavar="SLUG", help="One partner's own report instead of the portfolio's.")
@click.option(
    "--format",
    "wanted",
    type=click.Choice(["table", "json", "csv", "html"]),
    default="table",
    show_default=True,
    help="What to write.",
)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="A file instead of standard output.")
def gap(start: str | None, end: str | None, metric: str, partner: str | None, wanted: str, output: Path | None) -> None:
    """End users' scores, their buyers', and the gap between the two."""
    from feedback.cli.gap_table import as_table
    from feedback.gap import formats, queries

    with context.services() as services, services.database.reading() as session:
        report = queries.report(
            session, services.settings, now=services.clock(), metric=metric, start=start, end=end, partner=partner
        )
    match wanted:
        case "json":
            content = formats.as_json(report)
        case "csv":
            content = formats.as_csv(report).encode()
        case "html":
            content = formats.as_html(report).encode()
        case _:
            content = as_table(report, to_file=output is not None).encode()
    if output is None:
        click.echo(content, nl=False)
        return
    try:
        output.write_bytes(content)
    except OSError as error:
        raise click.ClickException(f"{output} cannot be written: {error.strerror}.") from error
    click.echo(f"Written to {output}.", err=True)
