"""Writes what the tests show of each requirement into docs/reference/requirements.md: `make requirements` calls it.

Usage: python tools/requirements_table.py FILE, where FILE is the JUnit XML of a run of the marked tests.
"""

import ast
import re
import sys
import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/reference/requirements.md"
ASVS = {
    "1.2.4": "no text becomes part of a query: parameters only",
    "1.2.10": "cells of CSV and workbooks are quoted, and no text is a formula",
    "1.3.6": "the service calls no address that leads inside a network",
    "1.5.2": "what is read back becomes plain data of known kinds, never an object or a call",
    "2.2.1": "what comes in is held against what is expected: form, range, list of values",
    "2.3.3": "an operation happens whole or not at all",
    "2.3.4": "what is there once is given once, however many ask at the same moment",
    "2.4.1": "too many calls are told to wait",
    "3.2.2": "text is shown as text",
    "3.3.1": "cookies are `Secure` and bound to the host by their name",
    "3.4.2": "pages of other origins read answers only where a list names them",
    "3.4.3": "every answer has a content policy, without objects and without a foreign base",
    "3.4.6": "every answer says who may frame it: nobody, unless it is made for it",
    "3.5.1": "a form that another site sends changes nothing",
    "4.1.3": "headers that a proxy sets count from that proxy only",
    "6.3.3": "signing in can take, and can be made to take, two factors",
    "7.4.1": "a session that ended is over, also for who kept its cookie",
    "8.2.2": "nobody reaches the data of somebody else by its id",
    "8.2.3": "of what may be reached, each sees only the fields meant for them",
    "9.1.2": "tokens are taken under listed algorithms only, never `none`, never another key's",
    "9.2.3": "tokens are taken only when they were made for this service",
    "14.2.1": "no key and no session stands in an address",
    "14.2.7": "what is personal is deleted when its time is over",
    "16.2.5": "logs hold no secret and nothing that people wrote",
}
"""Requirements of the OWASP Application Security Verification Standard 5.0.0 that apply, in our words."""
_BEGIN, _END = "<!-- results -->", "<!-- end of results -->"
_HEAD = "| requirement | test | result | figures |\n|---|---|---|---|\n"


@dataclass(frozen=True, slots=True)
class Case:
    """One run of a test: `test` is path::name without its parameters, `outcome` passed, failed or skipped."""

    test: str
    outcome: str
    requirements: tuple[str, ...]
    figures: tuple[tuple[str, int], ...]


def cases(file: Path) -> Iterator[Case]:
    """Each test that a JUnit XML file tells of and that is marked."""
    for one in ET.parse(file).iter("testcase"):  # nosec B314 # noqa: S314 - pytest has just written it
        told = [(part.get("name", ""), part.get("value", "")) for part in one.iter("property")]
        requirements = tuple(value for name, value in told if name == "requirement")
        if not requirements:
            continue
        path = one.get("classname", "").replace(".", "/") + ".py"
        kinds = {part.tag for part in one}
        outcome = "failed" if kinds & {"failure", "error"} else "skipped" if "skipped" in kinds else "passed"
        figures = tuple((name, int(value)) for name, value in told if name != "requirement")
        yield Case(f"{path}::{one.get('name', '').partition('[')[0]}", outcome, requirements, figures)


def marks(folder: Path = ROOT / "tests") -> set[tuple[str, str]]:
    """Requirement and test of every mark in the test files, read without running them."""
    found = set()
    for path in folder.rglob("test_*.py"):
        text = path.read_text(encoding="utf-8")
        if "mark.requirement(" not in text:
            continue
        tree = ast.parse(text)
        everywhere = [
            name
            for node in tree.body
            if isinstance(node, ast.Assign) and any(_is(target, "pytestmark") for target in node.targets)
            for name in _named(node.value)
        ]
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                test = f"{path.relative_to(folder.parent)}::{node.name}"
                own = [name for decorator in node.decorator_list for name in _named(decorator)]
                found |= {(called(name), test) for name in [*everywhere, *own]}
    return found


def called(requirement: str) -> str:
    """A requirement as the table has it: an id of the ASVS with our words for it, all others as they were marked."""
    asvs = re.match(r"ASVS (\d+\.\d+\.\d+)", requirement)
    return f"ASVS {asvs[1]}: {ASVS[asvs[1]]}" if asvs else requirement


def tables(run: Iterable[Case]) -> str:
    """As Markdown: our own requirements by name, then those of the ASVS by number."""
    by_requirement: dict[str, dict[str, list[Case]]] = defaultdict(lambda: defaultdict(list))
    for case in run:
        for requirement in case.requirements:
            by_requirement[called(requirement)][case.test].append(case)
    rows = []
    for requirement in sorted(by_requirement, key=_order):
        for test, its in sorted(by_requirement[requirement].items()):
            rows.append(f"| {_cell(requirement)} | `{test}` | {_result(its)} | {_figures(its)} |")
    return _HEAD + "\n".join(rows) + "\n"


def _order(requirement: str) -> tuple[int, list[int], str]:
    asvs = re.match(r"ASVS ([\d.]+)", requirement)
    return (1, [int(part) for part in asvs[1].split(".")], "") if asvs else (0, [], requirement)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _result(its: list[Case]) -> str:
    counts = {outcome: sum(case.outcome == outcome for case in its) for outcome in ("passed", "failed", "skipped")}
    return ", ".join(f"{number:,} {outcome}" for outcome, number in counts.items() if number)


def _figures(its: list[Case]) -> str:
    sums: dict[str, int] = defaultdict(int)
    for case in its:
        for name, value in case.figures:
            sums[name] += value
    return ", ".join(f"{name}: {value:,}" for name, value in sums.items())


def _is(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _named(node: ast.expr) -> Iterator[str]:
    """The texts of all `...mark.requirement("text")` in an expression."""
    for part in ast.walk(node):
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and part.func.attr == "requirement":
            yield from (one.value for one in part.args if isinstance(one, ast.Constant) and isinstance(one.value, str))


def main(file: Path) -> int:
    """Replace the table in the page. Exit code 1 when a marked test did not pass."""
    run = list(cases(file))
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    PAGE.write_text(f"{before}{_BEGIN}\n{tables(run)}{_END}{after}", encoding="utf-8")
    return 1 if any(case.outcome == "failed" for case in run) else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
