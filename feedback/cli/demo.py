"""`feedback demo`: fill an empty place with a believable world."""

import click

from feedback.cli import context


@click.command()
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Another seed, another world.")
@click.option("--force", is_flag=True, help="Make it beside partners that are not of the demo.")
@click.option("--if-empty", is_flag=True, help="Leave a place alone that has partners of its own.")
def demo(seed: int, force: bool, if_empty: bool) -> None:
    """Make a believable world: 40 partners, 20,000 seats, 10,000 answers. Twice changes nothing."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from feedback.demo.cast import CAST
    from feedback.demo.world import Recipe, make_world, strangers

    console = Console()
    with context.services() as services:
        if if_empty and not force:
            with services.database.reading() as session:
                found = strangers(session)
            if found:
                console.print(f"No demo: {len(found)} partners of your own are here.")
                return
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=console, transient=True) as progress:
            task = progress.add_task("Making partners", total=len(CAST))
            made = make_world(
                services,
                Recipe(seed),
                now=services.clock(),
                force=force,
                on_partner=lambda _name: progress.advance(task),
            )
    if not made.partners:
        console.print("The demo world is already there; nothing was changed.")
        return
    console.print(
        f"Made {made.partners} partners, {made.seats:,} seats with {made.active_days:,} active days,"
        f" {made.end_user_answers:,} answers of end users and {made.buyer_answers:,} of buyers."
    )
