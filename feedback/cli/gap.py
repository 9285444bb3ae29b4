"""`feedback gap`: the gap report on the terminal or as a file."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from feedback.cli import context

if TYPE_CHECKING:
    from feedback.gap.tails import Tails
    from feedback.gap.values import GapReport

_NOT_FOR_TERMINALS = {"xlsx": "A workbook", "png": "A picture"}
_WITH_CHARTS = ("html", "svg", "png")
_DAY = "YYYY-MM or YYYY-MM-DD, widened to whole months"


@click.command()
@click.option("--from", "start", metavar="D", help=f"First month: {_DAY}. Default: two months before the last.")
@click.option("--to", "end", metavar="D", help=f"Last month: {_DAY}. Default: the current one.")
@click.option("--metric", default="nps", show_default=True, help="nps, csat or ces.")
@click.option("--partner", metavar="SLUG", help="One partner's own report instead of the portfolio's.")
@click.option(
    "--format",
    "wanted",
    type=click.Choice(["table", "json", "csv", "xlsx", "html", "svg", "png"]),
    default="table",
    show_default=True,
    help="What to write.",
)
@click.option(
    "--chart",
    "drawn",
    type=click.Choice(["map", "gaps", "months", "use"]),
    default="map",
    show_default=True,
    help="Which chart, as svg or png.",
)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="A file instead of standard output.")
def gap(
    start: str | None,
    end: str | None,
    metric: str,
    partner: str | None,
    wanted: str,
    drawn: str,
    output: Path | None,
) -> None:
    """End users' scores, their buyers', and the gap between the two."""
    if wanted in _NOT_FOR_TERMINALS and output is None and sys.stdout.isatty():
        raise click.ClickException(
            f"{_NOT_FOR_TERMINALS[wanted]} is not for the terminal: say where to write it with "
            f"--output report.{wanted}."
        )

    from feedback.gap import queries
    from feedback.gap.tails import tails

    with context.services() as services, services.database.reading() as session:
        report = queries.report(
            session, services.settings, now=services.clock(), metric=metric, start=start, end=end, partner=partner
        )
        past = tails(session, report) if wanted in _WITH_CHARTS else {}
        public_url = services.settings.public_url
    if wanted in _WITH_CHARTS:
        content = _with_charts(report, past, public_url, wanted, drawn)
    else:
        content = _written(report, wanted, to_file=output is not None)
    if output is None:
        click.echo(content, nl=False)
        return
    try:
        output.write_bytes(content)
    except OSError as error:
        raise click.ClickException(f"{output} cannot be written: {error.strerror}.") from error
    click.echo(f"Written to {output}.", err=True)


def _written(report: "GapReport", wanted: str, *, to_file: bool) -> bytes:
    from feedback.cli.gap_table import as_table
    from feedback.gap import formats

    match wanted:
        case "json":
            return formats.as_json(report, indented=True)
        case "csv":
            return formats.as_csv(report).encode()
        case "xlsx":
            return formats.as_xlsx(report)
        case _:
            return as_table(report, to_file=to_file).encode()


def _with_charts(report: "GapReport", past: "Tails", public_url: str, wanted: str, drawn: str) -> bytes:
    from feedback import charts
    from feedback.charts import files
    from feedback.gap import formats

    def link(slug: str) -> str:
        return f"{public_url}/desk/partners/{slug}"

    if wanted == "html":
        return formats.as_html(report, charts.on_report(report, link=link, tails=past)).encode()
    match drawn:
        case "map":
            chart = charts.map(report, link=link, tails=past)
        case "gaps":
            chart = charts.gaps(report, link=link)
        case "months":
            chart = charts.months(report.months, report.metric)
        case _:
            chart = charts.use(report.months)
    if chart is None:
        raise click.ClickException("There is too little to draw: too few partners or months have numbers.")
    return files.png(chart) if wanted == "png" else files.svg(chart).encode()
