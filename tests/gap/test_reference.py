"""The reference of the report says what the report has."""

import re

from feedback.gap.schemas import as_dict
from tests.gap import made
from tools import gap_reference


def test_the_reference_is_what_the_values_say() -> None:
    written = gap_reference.PAGE.read_text(encoding="utf-8")
    assert written == gap_reference.page(), "run `python tools/gap_reference.py` to write it anew"


def test_every_member_of_a_report_stands_in_it_in_order() -> None:
    sections = gap_reference.page().split("\n## ")
    (report,) = (one for one in sections if one.startswith("GapReport\n"))
    assert re.findall(r"^\| `(\w+)` \|", report, re.MULTILINE) == list(as_dict(made.report(1)))


def test_every_link_of_it_leads_to_a_section() -> None:
    text = gap_reference.page()
    headings = {line[3:].lower() for line in text.splitlines() if line.startswith("## ")}
    links = set(re.findall(r"\]\(#(\w+)\)", text))
    assert len(links) > 30
    assert links <= headings
