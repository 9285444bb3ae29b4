"""The threat model names tests that there are, one at least beside each threat."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/explanation/threat-model.md").read_text(encoding="utf-8")
_NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def _threats() -> Iterator[str]:
    """The rows of all tables but those under which the columns stand."""
    for line in PAGE.splitlines():
        if line.startswith("| ") and not re.fullmatch(r"\| (who|what) \|.*\| test \|", line):
            yield line


@cache
def _tests_of(file: str) -> frozenset[str]:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


@pytest.mark.requirement("TRUST terms-7: each threat has a test beside it")
def test_each_threat_has_a_test_beside_it() -> None:
    threats = list(_threats())
    assert len(threats) > 50
    assert [line for line in threats if not _NAMED.search(line)] == []


@pytest.mark.requirement("TRUST terms-7: each threat has a test beside it")
def test_each_test_that_is_named_exists() -> None:
    missing = []
    for file, name in _NAMED.findall(PAGE):
        if not (ROOT / file).is_file() or name not in _tests_of(file):
            missing.append(f"{file}::{name}")
    assert missing == []
    assert PAGE.count("::test_") == len(_NAMED.findall(PAGE))


def test_pages_about_trust_lead_to_each_other() -> None:
    for page in ("SECURITY.md", "README.md", "docs/explanation/privacy.md", "docs/templates/works-agreement.md"):
        text = (ROOT / page).read_text(encoding="utf-8")
        links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
        assert links, page
        assert [link for link in links if not (ROOT / page).parent.joinpath(link).exists()] == [], page


def test_the_templates_say_that_they_are_no_legal_advice() -> None:
    for template in (ROOT / "docs/templates").glob("*.md"):
        assert "No legal advice" in template.read_text(encoding="utf-8").partition("\n## ")[0], template.name
