"""The command `feedback`: each command is thin and calls one function of a domain."""

import os
import sys
from importlib import import_module
from keyword import iskeyword

import click

from feedback.core.errors import Code, Problem
from feedback.core.garbage import uncollected
from feedback.core.processes import StartError
from feedback.settings_error import SettingsError

_MODULES = {
    "up": "run",
    "web": "run",
    "worker": "run",
    "schedule": "run",
    "migrate": "run",
    "import": "imports",
    "gap": "gap",
    "backtest": "backtest",
    "tallies": "tallies",
    "backup": "backup",
    "restore": "backup",
    "settings": "in_force",
    "staff": "people",
    "partners": "keys",
    "policies": "terms",
    "keys": "keys",
    "attributes": "keys",
    "surveys": "surveys",
    "invite": "invite",
    "releases": "releases",
    "respondent": "respondent",
    "erasures": "respondent",
    "retention": "retention",
    "flags": "flags",
    "notices": "notices",
    "embed-check": "embed",
    "demo": "demo",
    "doctor": "doctor",
}
"""Command to the module of this package that defines it, in the order in which --help shows them."""


class _Commands(click.Group):
    """Imports a command when it is asked for, so that none waits for the imports of another."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(_MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _MODULES:
            return None
        with uncollected():
            module = import_module(f"feedback.cli.{_MODULES[cmd_name]}")
        command: click.Command = getattr(module, cmd_name.replace("-", "_") + "_" * iskeyword(cmd_name))
        return command


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="feedback-service", prog_name="feedback")
def feedback() -> None:
    """End users' feedback, kept apart from the buyer's, and the gap between the two.

    Settings come from the environment; FEEDBACK_HOME (default ./var) is where everything is kept.
    """


_IN_A_TERMINAL = {
    Code.INVALID: "Correct that and give the command again.",
    Code.NOT_FOUND: "Check the names and ids in the command.",
    Code.PARTNER_UNKNOWN: "Is it spelt right? The desk lists those there are: Settings, Partners and contracts."
    " `feedback partners add` makes one.",
}
"""What to do about it, where the catalogue says it for whoever speaks to the API."""


def main() -> None:
    """Entry point: run a command; what went wrong is one sentence on standard error, not a traceback."""
    os.umask(0o077)  # what is kept, and what was rejected on import, is about people
    try:
        feedback()
    except Problem as problem:
        told = f"{problem.code.title}: {problem.detail}" if problem.detail else problem.code.title
        advice = _IN_A_TERMINAL.get(problem.code, problem.code.advice)
        # `detail` is what the API calls the sentence that stands above it here.
        _fail(told, *([] if "`detail`" in advice else [advice]))
    except (SettingsError, StartError) as error:
        _fail(str(error))


def _fail(*sentences: str) -> None:
    click.echo("\n".join(sentences), err=True)
    sys.exit(1)
