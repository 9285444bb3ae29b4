"""Commands about surveys: what is asked, of whom, and whether it is asked now."""

from collections.abc import Sequence
from dataclasses import replace

import click

from feedback.cli import context
from feedback.gap import results as survey_results
from feedback.gap.window import window
from feedback.staff.audit import CLI, record
from feedback.surveys import commands, queries
from feedback.surveys.definition import Definition, load
from feedback.surveys.models import AUDIENCES
from feedback.surveys.templates import TEMPLATES, Template, template

_BY_HAND = 'by personal link (`feedback invite FILE --survey {name}`), or by feedback("ask", "{name}") in a page'


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


@surveys.command(name="templates")
def list_templates() -> None:
    """Surveys that are ready to publish."""
    for one in TEMPLATES:
        click.echo(f"{one.name}: {one.metric} of {one.audience}. {one.purpose}")


@surveys.command()
@click.argument("name")
@click.option("--template", "template_name", help="Make it from this template; without, from the one of its name.")
@click.option("--audience", type=click.Choice(AUDIENCES), default="end_user", help="Of an NPS survey without template.")
@click.option("--delay", "delay_s", type=click.IntRange(0, 86_400), help="Seconds on the page before the question.")
@click.option("--by-hand", is_flag=True, help='Asked only by feedback("ask", NAME).')
def publish(name: str, template_name: str | None, audience: str, delay_s: int | None, by_hand: bool) -> None:
    """Publish the survey NAME: its draft becomes the next version.

    A survey that is not there is made: from a template (`feedback surveys templates`), else it asks NPS. Other waiting
    times, pages and words: POST and PATCH /v1/surveys.
    """
    with context.services() as services:
        now = services.clock()
        with services.database.transaction() as session:
            standing = {survey.name: survey for survey in queries.all_surveys(session)}
            survey = standing.get(name)
            if survey is None:
                found = _template(name, template_name, audience)
                definition = found.definition
                if by_hand or delay_s is not None:
                    definition = replace(definition, delay_s=None if by_hand else delay_s)
                survey = commands.create_survey(session, name, found.audience, found.metric, definition, now=now)
                record(session, CLI, "survey.created", name, {"audience": found.audience, "metric": found.metric}, now)
            version = commands.publish(session, survey, now=now)
            record(session, CLI, "survey.published", name, {"version": version.version}, now)
        by_itself = load(version.definition).delay_s is not None
        who = (
            "Pages with an embed key ask it from now on." if by_itself else f"It is asked {_BY_HAND.format(name=name)}."
        )
        click.echo(f"{name} is live, version {version.version}. {who}")
        if name in standing:
            click.echo("It was there: its draft is published, and the options given here did not change it.", err=True)


def _template(name: str, wanted: str | None, audience: str) -> Template:
    if wanted is not None or any(one.name == name for one in TEMPLATES):
        return template(wanted or name)
    return Template(name, "", audience, "nps", Definition(delay_s=20))


@surveys.command()
@click.argument("name")
@click.option("--from", "start", help="2026-09; default: three months.")
@click.option("--to", "end", help="2026-11; default: this month.")
def results(name: str, start: str | None, end: str | None) -> None:
    """How many were asked NAME and answered, and what they said. Apart from the gap."""
    with context.services() as services, services.database.reading() as session:
        chosen = window(start, end, now=services.clock())
        found = survey_results.results(session, services.settings, queries.survey_by_name(session, name), chosen)
    click.echo(f"{name}, {chosen.words}: {found.asked:,} asked, {found.answered:,} answered, {found.people:,} people")
    if found.score is not None and found.score.people:
        score = found.score
        click.echo(f"{found.metric.upper()} {score.score:.0f}, between {score.low:.0f} and {score.high:.0f}")
    _tell("", found.options)
    _tell("Chosen beside:", found.reasons)


def _tell(title: str, options: Sequence[survey_results.OptionResult]) -> None:
    if title and options:
        click.echo(title)
    width = max((len(one.option) for one in options), default=0)
    for one in options:
        share = "" if one.share is None else f"  {one.share:4.0%}, between {one.low:.0%} and {one.high:.0%}"
        click.echo(f"  {one.option:<{width}}  {one.people:>7,}{share}")


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
