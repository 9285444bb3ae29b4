"""`feedback flags`: what speaks against some answers, and deciding about it."""

from typing import TYPE_CHECKING
from uuid import UUID

import click

from feedback.cli import context
from feedback.flags.models import KINDS
from feedback.flags.queries import STATES
from feedback.responses.models import WHOSE
from feedback.staff.audit import CLI

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from feedback.flags.queries import StandingFlag

_WHOSE_ARE = (
    "Which answers of its days: all; those that the partner vouches for; of people who were new; of people unknown to"
    " the vendor. Default: those that its kind is about."
)
_REASON = click.option("--reason", required=True, help="Why; it stands in the audit log.")


class _FlagId(click.types.UUIDParameterType):
    """The id of a flag; who typed a part of it is told where to find all of it."""

    def convert(self, value: "str | UUID", param: "click.Parameter | None", ctx: "click.Context | None") -> UUID:
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(
                f"'{value}' is no id of a flag; `feedback flags list` shows them, all 36 signs are needed.", param
            )


@click.group()
def flags() -> None:
    """What honest answers would hardly ever do: found every day, no verdict, decided about by people.

    `list` shows each with its partner and its id, which the other commands take as PARTNER and FLAG.
    """


@flags.command(name="list", short_help="Show flags, with their evidence and what was decided.")
@click.option("--partner", metavar="SLUG", help="Of one partner.")
@click.option("--kind", type=click.Choice(KINDS), help="Of one kind.")
@click.option("--state", type=click.Choice(STATES), help="open: nobody decided yet.")
@click.option("--format", "wanted", type=click.Choice(["table", "json"]), default="table", show_default=True)
def list_flags(partner: str | None, kind: str | None, state: str | None, wanted: str) -> None:
    """Show flags in the order in which they were raised, with their evidence and what was decided."""
    import orjson

    from feedback.core.chores import last_done
    from feedback.flags.looking import LOOKED
    from feedback.flags.queries import Wanted, flag_page
    from feedback.flags.schemas import ListedFlagSchema, listed
    from feedback.partners.queries import partner_by_slug, partner_rows

    with context.services() as services, services.database.reading() as session:
        partner_id = partner_by_slug(session, partner).id if partner else None
        found = flag_page(session, Wanted(partner_id, kind, state))
        partners = {one.id: one for one in partner_rows(session)}
        looked = last_done(session).get(LOOKED)
    if wanted == "json":
        rows = ListedFlagSchema(many=True).dump([listed(one, partners) for one in found])
        click.echo(orjson.dumps({"flags": rows}, option=orjson.OPT_INDENT_2))
        return
    for one in found:
        _tell(one, partners[one.partner_id].slug)
    if not found:
        if looked is None:
            click.echo("None: nobody looked yet. The schedule does, once a day.")
        else:
            click.echo(f"None. Last looked at: the days up to {looked.outcome['until']}.")


@flags.command(name="set-aside", short_help="Count the answers of a flag no more.")
@click.argument("partner")
@click.argument("flag", type=_FlagId())
@click.option("--whose", type=click.Choice(WHOSE), help=_WHOSE_ARE)
@_REASON
def set_aside(partner: str, flag: UUID, whose: str | None, reason: str) -> None:
    """Count the answers no more that FLAG of PARTNER is about. Can be taken back."""
    from feedback.flags import commands

    def decide(session: "Session", partner_id: UUID, now: "datetime") -> int:
        return commands.set_aside(session, partner_id, flag, reason, whose=whose or "", actor=CLI, now=now).answers

    answers = _decided(partner, decide)
    click.echo(f"{answers:,} {'answer counts' if answers == 1 else 'answers count'} no more.")


@flags.command(name="take-back", short_help="Count them again.")
@click.argument("partner")
@click.argument("flag", type=_FlagId())
@_REASON
def take_back(partner: str, flag: UUID, reason: str) -> None:
    """Count the answers again that were set aside because of FLAG of PARTNER."""
    from feedback.flags import commands

    def decide(session: "Session", partner_id: UUID, now: "datetime") -> int:
        return commands.take_back_of_flag(session, partner_id, flag, reason, actor=CLI, now=now)

    answers = _decided(partner, decide)
    click.echo(f"{answers:,} {'answer counts' if answers == 1 else 'answers count'} again.")


@flags.command(short_help="Hold the answers of a flag to be honest.")
@click.argument("partner")
@click.argument("flag", type=_FlagId())
@_REASON
def settle(partner: str, flag: UUID, reason: str) -> None:
    """Hold the answers that FLAG of PARTNER is about to be honest: they count as before.

    What was set aside is taken back first.
    """
    from feedback.flags import commands

    def decide(session: "Session", partner_id: UUID, now: "datetime") -> int:
        commands.settle(session, partner_id, flag, reason, actor=CLI, now=now)
        return 0

    _decided(partner, decide)
    click.echo("They are held to be honest.")


def _decided(partner: str, decide: "Callable[[Session, UUID, datetime], int]") -> int:
    """Decide in one transaction, then count, so that the next report has it."""
    from feedback.partners.queries import partner_by_slug
    from feedback.tallies.commands import fold_all

    with context.services() as services:
        now = services.clock()
        with services.database.transaction() as session:
            answers = decide(session, partner_by_slug(session, partner).id, now)
        fold_all(services.database, now=now)
    return answers


def _tell(one: "StandingFlag", slug: str) -> None:
    from feedback.gap.words import printable

    days = f"{one.first_day}" if one.first_day == one.last_day else f"{one.first_day} to {one.last_day}"
    click.echo(f"{slug}  {one.id}  {one.title}, {one.metric.upper()}, {days}")
    click.echo(f"  {one.sentence}")
    match one.state:
        case "set_aside":
            said = f"{one.answers_aside:,} set aside by {one.aside_by}: {one.aside_reason}"
        case "settled":
            said = f"Held to be honest by {one.settled_by}: {one.settled_reason}"
        case _:
            said = "Nobody decided yet; the answers count."
    click.echo(f"  {printable(said)}")
