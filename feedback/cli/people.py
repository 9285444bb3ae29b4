"""Commands about staff: who may sign in to the desk, and the log of what they did."""

from datetime import datetime

import click

from feedback.cli import context
from feedback.core.services import Services
from feedback.sign_in_settings import STAFF_ROLES
from feedback.staff import commands, queries


@click.group()
def staff() -> None:
    """Who may sign in to the desk."""


@staff.command()
@click.argument("email")
@click.option("--name", help="How the desk calls this person; by default the address up to the @.")
@click.option(
    "--role",
    type=click.Choice(STAFF_ROLES),
    default="admin",
    show_default=True,
    help="researcher: reads comments; analyst: numbers only; account: released views only.",
)
def add(email: str, name: str | None, role: str) -> None:
    """Let somebody in, and print a link that signs this person in once."""
    with context.services() as services:
        now = services.clock()
        with services.database.transaction() as session:
            row = commands.add(session, email, name=name, role=role, now=now)
            token = commands.create_sign_in_link(session, row.email, now=now)
        click.echo(f"{row.email} may sign in, as {row.role}.")
        _show_link(services, token)


@staff.command()
@click.argument("email")
def link(email: str) -> None:
    """Print a new link that signs somebody in once."""
    with context.services() as services:
        with services.database.transaction() as session:
            token = commands.create_sign_in_link(session, email, now=services.clock())
        _show_link(services, token)


@staff.command()
@click.argument("email")
def password(email: str) -> None:
    """Ask for a new password, twice; it ends the person's sessions and links."""
    with context.services() as services:
        with services.database.reading() as session:
            address = queries.member(session, email).email
        chosen = click.prompt(f"New password for {address}", hide_input=True, confirmation_prompt="The same again")
        with services.database.transaction() as session:
            commands.set_password(session, address, chosen, now=services.clock())
        click.echo(f"{address} signs in at {services.settings.public_url}/login.")


@staff.command()
@click.argument("email")
def disable(email: str) -> None:
    """Let somebody in no more; what this person did stays on record."""
    with context.services() as services:
        with services.database.transaction() as session:
            commands.disable(session, email, now=services.clock())
        click.echo(f"{queries.clean_email(email)} may not sign in any more.")


@staff.command()
@click.argument("email")
def enable(email: str) -> None:
    """Let somebody in again who was disabled."""
    with context.services() as services:
        with services.database.transaction() as session:
            commands.enable(session, email, now=services.clock())
        click.echo(f"{queries.clean_email(email)} may sign in again.")


@staff.command()
@click.argument("email")
@click.argument("role", type=click.Choice(STAFF_ROLES))
def role(email: str, role: str) -> None:
    """Give somebody another role; it holds from the next request on."""
    with context.services() as services:
        with services.database.transaction() as session:
            commands.change_role(session, email, role, now=services.clock())
        click.echo(f"{queries.clean_email(email)} is {role} now.")


@staff.command(name="end-sessions")
@click.argument("email")
def end_sessions(email: str) -> None:
    """Sign somebody out everywhere."""
    with context.services() as services:
        with services.database.transaction() as session:
            ended = commands.end_sessions(session, email, now=services.clock())
        click.echo(f"{queries.clean_email(email)} was signed out of {ended} browser{'' if ended == 1 else 's'}.")


@staff.command(name="reset-second-factor")
@click.argument("email")
def reset_second_factor(email: str) -> None:
    """Forget the authenticator and recovery codes of somebody who lost both; ends this person's sessions and links."""
    with context.services() as services:
        with services.database.transaction() as session:
            commands.reset_second_factor(session, email, now=services.clock())
        click.echo(f"{queries.clean_email(email)} signs in without a code until a new second factor is set up.")


@staff.command(name="list")
def list_members() -> None:
    """Show everybody, also those who may not sign in any more."""
    with context.services() as services:
        with services.database.reading() as session:
            members = queries.all_members(session)
        if not members:
            click.echo("Nobody yet: `feedback staff add EMAIL` makes the first.")
        for row in members:
            click.echo(f"{row.email}  {row.role}  {row.name}  {_since(row.created_at, row.disabled_at)}")


def _since(created_at: datetime, disabled_at: datetime | None) -> str:
    if disabled_at is not None:
        return f"disabled on {disabled_at:%Y-%m-%d}"
    return f"since {created_at:%Y-%m-%d}"


def _show_link(services: Services, token: str) -> None:
    click.echo(f"Within 24 hours, once: {services.settings.public_url}/login/{token}")
