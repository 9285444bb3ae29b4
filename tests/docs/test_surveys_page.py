"""docs/reference/surveys.md names every field of a definition, every template's metric and every reason not to ask."""

import re
from pathlib import Path
from typing import get_args

from feedback.responses.card_schemas import AS_PAGES_ARE_TOLD
from feedback.responses.due import Reason
from feedback.surveys.definition import DefinitionSchema, OnSchema, QuietSchema, ThemeSchema
from feedback.surveys.models import SCALES
from feedback.surveys.words import WORDINGS

PAGE = Path("docs/reference/surveys.md").read_text(encoding="utf-8")


def test_every_field_stands_on_the_page() -> None:
    names = {name for schema in (DefinitionSchema, OnSchema, QuietSchema, ThemeSchema) for name in schema().fields}
    assert {name for name in names if f"`{name}`" not in PAGE and f'"{name}"' not in PAGE} == set()
    assert {name for name in (*SCALES, *WORDINGS) if f"`{name}`" not in PAGE} == set()


def test_every_reason_of_the_server_stands_on_the_page_and_no_other() -> None:
    table = PAGE.partition("| the server's reason | means |")[2].partition("\n\n")[0]
    listed = [name for line in table.splitlines()[2:] for name in re.findall(r"`(\w+)`", line.split("|")[1])]
    assert sorted(listed) == sorted(set(get_args(Reason)) - AS_PAGES_ARE_TOLD.keys())
