"""What the page for whoever embeds it says is what there is: links, commands, what `why` and the check say."""

import inspect
import re
from pathlib import Path

import click
import pytest

from feedback import cli
from feedback.seats import embed_findings, tokens

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs/how-to"
PAGES = ("embed.md", "sign.md")


def page(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def headings(text: str) -> set[str]:
    told = re.findall(r"^#+ (.*)$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", line.lower()).replace(" ", "-") for line in told}


def rows(heading: str) -> list[list[str]]:
    """The cells of the first table under `heading`, without its head."""
    table = page("embed.md").partition(f"| {heading} |")[2]
    lines = table.partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


@pytest.mark.parametrize("name", PAGES)
def test_every_link_leads_somewhere(name: str) -> None:
    links = re.findall(r"\]\(([^)]*)\)", page(name))
    assert links
    for target in links:
        path, _, place = target.partition("#")
        file = FOLDER / (path or name)
        assert file.exists(), target
        assert not place or place in headings(file.read_text(encoding="utf-8")), target


@pytest.mark.parametrize("name", PAGES)
def test_every_command_is_there_and_takes_the_options(name: str) -> None:
    typed = re.findall(r"(?:^\.venv/bin/|`\.venv/bin/|`)feedback ([a-z-]+)((?: [^\s`#]+)*)", page(name), re.M)
    assert len(typed) >= 3
    for command, rest in typed:
        found = cli.feedback.get_command(click.Context(cli.feedback), command)
        assert found is not None, command
        words = rest.split()
        if isinstance(found, click.Group):
            found = found.commands[words[0]]
        known = {option for parameter in found.params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= known, (command, rest)


def test_why_says_what_the_page_explains() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "widget/src").glob("*.ts"))
    explained = [text for said, *_ in rows("it says | means | do") for text in re.findall(r"`([^`]+)`", said)]
    assert len(explained) > 10
    for text in explained:
        assert text in sources, text


def test_the_check_says_what_the_page_explains() -> None:
    said = inspect.getsource(embed_findings) + inspect.getsource(tokens)
    explained = [cells[0] for cells in rows("it says | do")]
    assert len(explained) == 6
    for text in explained:
        for part in text.replace("Pages of an origin were", "were").split(": "):
            assert part.lower() in said.lower(), part


def test_every_call_is_one_that_the_widget_knows() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "widget/src").glob("*.ts"))
    calls = set(re.findall(r'feedback\("(\w+)"', page("embed.md")))
    assert calls == {"identify", "page", "track", "ask", "why"}
    assert all(f'"{call}"' in sources for call in calls)
