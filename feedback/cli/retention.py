"""`feedback retention`: what is older than is kept."""

import click

from feedback.cli import context
from feedback.staff.audit import CLI


@click.command()
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
def retention(dry_run: bool) -> None:
    """Let go what is older than is kept, by kind of data, as the schedule does once a day."""
    from feedback.core.preferences import in_force
    from feedback.privacy import retention as keeping

    with context.services() as services:
        database, now = services.database, services.clock()
        with database.reading() as session:
            settings = in_force(session, services.settings)
            found = keeping.look(session, services.settings, now=now)
        if not dry_run:
            found = keeping.enforce(database, services.settings, actor=CLI, now=now)
        for one in found:
            name, unit = one.setting.rsplit("_", 1)
            kept = f"kept for {getattr(settings, one.setting)} {unit}"
            click.echo(f"{one.rows:>10,}  {one.name} from before {one.before:%Y-%m-%d} ({kept}: {name}_{unit})")
    click.echo(
        "Nothing was changed." if dry_run else "They are deleted." if any(one.rows for one in found) else "Done."
    )
