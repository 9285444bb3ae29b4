"""The page of requirements names what the tests show, all of it, and nothing else."""

import re

import pytest

from tools.requirements_table import ASVS, PAGE, called, marks

_ROWS = re.findall(
    r"^\| (?!requirement)(?!---)(.*?) \| `([^`]+)` \| (.*?) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE
)
_MARKS = marks()


@pytest.mark.parametrize("number", list(ASVS))
def test_each_requirement_of_the_standard_that_applies_has_a_test(number: str) -> None:
    assert [test for requirement, test in _MARKS if requirement == called(f"ASVS {number}")]


def test_the_page_is_of_the_tests_that_there_are() -> None:
    """`make requirements` writes it anew."""
    assert {(requirement.replace("\\|", "|"), test) for requirement, test, _ in _ROWS} == _MARKS


def test_every_test_on_the_page_has_passed() -> None:
    assert len(_ROWS) > 50
    passed = re.compile(r"[\d,]+ passed(, \d+ skipped)?")
    assert [(test, result) for _, test, result in _ROWS if not passed.fullmatch(result)] == []
