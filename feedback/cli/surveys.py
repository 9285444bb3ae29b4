"""Commands about surveys: what is asked, of whom, and whether it is asked now."""

import click

from feedback.cli import context
from feedback.staff.audit import CLI, record
from feedback.surveys import commands, queries
from feedback.surveys.definition import Definition
from feedback.surveys.models import AUDIENCES


@click.group()
def surveys() -> None:
    """What is asked. `publish` starts it, `pause` stops it."""


@surveys.command(name="list")
def list_surveys() -> None:
    """Every survey, its state and its versions."""
    with context.services() as services, services.database.reading() as session:
        found = [one for one in queries.all_surveys(session) if one.state != "builtin"]
        for survey in found:
            versions = len(queries.versions_of(session, survey))
            click.echo(f"{survey.name}: {survey.metric} of {survey.audience}, {survey.state}, {versions} published")
        if not found:
            click.echo("There is none yet: `feedback surveys publish end-user-nps` starts the first.")


@surveys.command()
@click.argument("name")
@click.option("--audience", type=click.Choice(AUDIENCES), default="end_user", show_default=True)
@click.option(
    "--delay",
    "delay_s",
    type=click.IntRange(0, 86_400),
    default=20,
    show_default=True,
    help="Seconds on the page before the question.",
)
@click.option("--by-hand", is_flag=True, help='Asked only by feedback("ask", NAME).')
def publish(name: str, audience: str, delay_s: int, by_hand: bool) -> None:
    """Publish the NPS survey NAME; it is made when it is not there, else its draft becomes the next version.

    Other metrics, waiting times and words: POST and PATCH /v1/surveys.
    """
    with context.services() as services:
        now = services.clock()
        with services.database.transaction() as session:
            standing = {survey.name: survey for survey in queries.all_surveys(session)}
            survey = standing.get(name)
            if survey is None:
                definition = Definition(delay_s=None if by_hand else delay_s)
                survey = commands.create_survey(session, name, audience, "nps", definition, now=now)
                record(session, CLI, "survey.created", name, {"audience": audience, "metric": "nps"}, now)
            version = commands.publish(session, survey, now=now)
            record(session, CLI, "survey.published", name, {"version": version.version}, now)
        click.echo(f"{name} is live, version {version.version}. Pages with an embed key ask it from now on.")
        if name in standing:
            click.echo("It was there: its draft is published, and the options given here did not change it.", err=True)


@surveys.command()
@click.argument("name")
def pause(name: str) -> None:
    """Ask nobody for now; answers on their way still come in. `publish` goes on."""
    with context.services() as services:
        now = services.clock()
        with services.database.transaction() as session:
            commands.pause(queries.survey_by_name(session, name))
            record(session, CLI, "survey.paused", name, {}, now)
        click.echo(f"{name} asks nobody now. `feedback surveys publish {name}` goes on.")
