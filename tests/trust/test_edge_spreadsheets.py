"""No file that leaves the desk holds a text that a spreadsheet would run, whatever people, partners and
staff have called themselves."""

import csv
import re
from io import BytesIO, StringIO

import flask
import pytest
from openpyxl import load_workbook

from feedback.core.services import Services
from feedback.core.spreadsheet import safe_cell
from tests.desk.conftest import Visitor
from tests.desk.importing import uploaded, work
from tests.desk.speaking import say
from tests.desk.test_decisions import decision_form
from tests.gap.world import World, people
from tests.trust.strings import FORMULAS

pytestmark = [
    pytest.mark.requirement("ASVS 1.2.10"),
    pytest.mark.requirement("edge: no cell of a file is a formula"),
]

DATABASES = ("sqlite",)
DANGEROUS = re.compile(r"[\s\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad�]*[=+\-@＝＋－＠]|[\t\r\n]")
NUMBER = re.compile(r"[+-]?\d+([.,]\d+)*%?|[-–—]")


@pytest.fixture
def visitor(app: flask.Flask, services: Services) -> Visitor:
    """An admin of a deployment where everything is called like a formula."""
    world = World(services)
    for number, text in enumerate(FORMULAS[:6]):
        slug = f"p{number}"
        world.partner(slug, 20, name=text, renews_on=services.clock().date().replace(month=12))
        world.seats(slug, people(3), on="2026-08-01", attributes={"department": text.strip()[:40]})
        world.answers(slug, "end_user", [0, 3, 10], on="2026-11-10")
        world.answers(slug, "buyer", [10], on="2026-11-10")
        say(world, slug, text)
    for text in FORMULAS:
        say(world, "p0", text)
    visitor = Visitor(app.test_client(), services)
    visitor.come_in("admin")
    for text in ("=1+1", "＝1+1", "+1+1"):
        form = decision_form(title=text, finding=text, owner=text, expected=text, partner="p0")
        assert visitor.post("/desk/decisions", **form).status_code == 303
        assert visitor.post("/desk/settings/staff", email=f"a{ord(text[0])}@example.com", name=text, role="analyst")
        rejected = f"partner,day,channel,note,{text}\n{text},x,{text},{text},{text}\n"
        visitor.client.post(f"{uploaded(visitor, rejected, name=f'{text}.csv')}/columns", data={"token": visitor.token})
    work(visitor)
    return visitor


def test_no_file_of_the_desk_holds_a_formula(app: flask.Flask, visitor: Visitor, record_property) -> None:
    looked, texts = [], 0
    for path in _files(app, visitor):
        answer = visitor.client.get(path)
        if answer.status_code == 404:
            continue
        assert answer.status_code == 200, (path, answer.status_code)
        if answer.mimetype == "text/csv":
            texts += _check_csv(answer.data.decode("utf-8-sig"), path)
        else:
            texts += _check_workbook(answer.data, path)
        looked.append(path)
        answer.close()
    assert len(looked) >= 18, looked
    record_property("files", len(looked))
    record_property("cells with text", texts)


@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_is_made_safe_and_a_plain_one_left_alone(text: str) -> None:
    assert not DANGEROUS.match(safe_cell(text))
    assert safe_cell("1 = 1") == "1 = 1" and safe_cell("") == ""


def _files(app: flask.Flask, visitor: Visitor) -> list[str]:
    """Every address of the desk that ends in a file for a spreadsheet."""
    found = []
    imports = re.findall(r"/desk/settings/imports/[0-9a-f-]{36}", visitor.get("/desk/settings/imports").text)
    for rule in app.url_map.iter_rules():
        if not re.search(r"csv|xlsx|<kind>", rule.rule) or not rule.rule.startswith("/desk"):
            continue
        for kind in ("csv", "xlsx"):
            path = re.sub(r"<any\(csv, xlsx\):kind>|<kind>", kind, rule.rule)
            path = re.sub(r"<(slug:)?(slug|partner)>", "p0", path).replace("<name>", "gaps")
            found += (
                [path] if "<uuid" not in path else [re.sub(r".*<uuid:order_id>", one, path) for one in set(imports)]
            )
    return sorted(set(found))


def _check_csv(text: str, path: str) -> int:
    cells = [cell for row in csv.reader(StringIO(text, newline="")) for cell in row]
    bad = [cell for cell in cells if DANGEROUS.match(cell) and not NUMBER.fullmatch(cell)]
    assert bad == [], (path, bad)
    # RFC 4180, 2.6 and 2.7: what holds a comma, a quote or a line's end stands in quotes, and quotes are doubled.
    assert list(csv.reader(StringIO(text, newline=""), strict=True)), path
    return len([cell for cell in cells if cell and not NUMBER.fullmatch(cell)])


def _check_workbook(content: bytes, path: str) -> int:
    cells = [cell for sheet in load_workbook(BytesIO(content)) for row in sheet.iter_rows() for cell in row]
    assert [cell.value for cell in cells if cell.data_type == "f" or cell.hyperlink] == [], path
    return len([cell for cell in cells if cell.data_type == "s"])
