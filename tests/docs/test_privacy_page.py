"""The page about privacy names settings with their defaults, commands and doors that there are."""

import re
from dataclasses import fields
from pathlib import Path

import click
import flask

from feedback.cli import feedback as command_line
from feedback.settings import VARIABLES, Settings

DATABASES = ("sqlite",)
DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "explanation/privacy.md").read_text(encoding="utf-8")
DATA = (DOCS / "reference/data.md").read_text(encoding="utf-8")


def test_periods_are_the_defaults_of_settings() -> None:
    defaults = {VARIABLES[one.name]: one.default for one in fields(Settings) if one.name in VARIABLES}
    told = {name: int(number) for number, name in re.findall(r"\| (\d+) \w+[^|]*\| `(FEEDBACK_\w+)` \|", PAGE)}
    assert len(told) == 8
    assert told == {name: defaults.get(name) for name in told}
    told = {name: int(number) for name, number in re.findall(r"`(FEEDBACK_\w+)` (\d+)", DATA)}
    assert told == {name: defaults.get(name) for name in told}


def test_commands_and_doors_are_there(app: flask.Flask) -> None:
    named = set(re.findall(r"`?feedback ([a-z-]+(?: [a-z-]+)?)", PAGE)) - {"serves"}
    assert len(named) > 5
    for command in sorted(named):
        first, _, second = command.partition(" ")
        found = command_line.get_command(None, first)  # type: ignore[arg-type]
        assert found is not None, command
        if second and isinstance(found, click.Group):
            assert second in found.commands, command
    routes = {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule) for rule in app.url_map.iter_rules()}
    doors = set(re.findall(r"`(/v1/[^`]+)`", PAGE))
    assert len(doors) == 3
    assert doors <= routes
