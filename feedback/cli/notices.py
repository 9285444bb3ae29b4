"""`feedback notices`: what people are told who do not open the desk."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import click

from feedback.cli import context

_A_WEEK = timedelta(days=7)


@click.group()
def notices() -> None:
    """Digests, alerts and webhooks."""


@notices.command()
@click.option("--to", "email", metavar="EMAIL", help="Write the mail to this person, who reads numbers.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="The mail as a file (.eml).")
def preview(email: str | None, output: Path | None) -> None:
    """Show the digest of the last seven days as it would be now. Sends nothing."""
    if (email is None) != (output is None):
        raise click.ClickException("Say both --to and --output, or neither.")
    from feedback.notices import choices, doors
    from feedback.notices.contents import Writer
    from feedback.notices.mail import mail

    with context.services() as services:
        now = services.clock()
        if email is not None:
            with services.database.reading() as session:
                reader = choices.reader(session, email, services.secrets.vault)
        message = Writer(services).digest(now - _A_WEEK, until=now, now=now)
        if email is None or output is None:
            click.echo("\n".join([message.heading, *(f"- {line}" for line in message.lines), message.link]))
            return
        link = doors.stop_address(services, reader)
        written = mail(message, services.settings, UUID(int=0), to=reader.email, name=reader.name, stop_link=link)
    try:
        output.write_bytes(written.as_bytes())
    except OSError as error:
        raise click.ClickException(f"{output} cannot be written: {error.strerror}.") from error
    click.echo(f"Written to {output}.")


@notices.command(name="send-due")
def send_due() -> None:
    """Send what is due now, once; the schedule does this by itself."""
    from feedback.notices import rounds
    from feedback.notices.courier import Courier

    with context.services() as services:
        rounds.promise(services)
        sent = Courier(services).send_due()
    click.echo(f"{sent:,} sent.")
