"""Who vouches for whom is told apart in every form of the report: shares, and the gap with the vendor's word alone."""

import csv
from dataclasses import replace
from io import BytesIO, StringIO

import flask
import openpyxl
import pytest

from feedback.cli.gap_table import as_table
from feedback.core.services import Services
from feedback.gap.formats import as_csv, as_html, as_xlsx
from feedback.gap.values import GapReport
from feedback.partners import keys
from tests.desk.conftest import Visitor
from tests.desk.reading import text
from tests.gap.world import World

DATABASES = ("sqlite",)


@pytest.fixture
def world(services: Services) -> World:
    """Two partners: 6 end users by the vendor's word, 3 by the partner's, 1 by nobody's; buyers by the vendor's."""
    world = World(services)
    world.counts_at_once = False
    for slug in ("acme", "bolt"):
        world.partner(slug, 20)
        world.answers(slug, "buyer", [9, 9, 9])
    world.answers("acme", "end_user", [9, 9, 9])
    world.answers("bolt", "end_user", [9, 9, 1])
    world.answers("acme", "end_user", [1, 1], trust="partner")
    world.answers("bolt", "end_user", [1], trust="partner")
    world.answers("bolt", "end_user", [10], trust="none")
    world.catch_up()
    return world


@pytest.fixture
def report(world: World) -> GapReport:
    return world.values()


SHARES = {"vendor": (6, "60 %"), "partner": (3, "30 %"), "none": (1, "10 %")}
COUNTED, ALONE = -90.0, -100 / 3
"""The gap of the portfolio: as it is counted, and with the vendor's word alone (33 points below)."""


@pytest.mark.requirement("TRUST nobody-invented-5: every form tells the classes of trust apart")
def test_the_api_has_every_class_and_the_gap_with_the_vendor_alone(app: flask.Flask, world: World) -> None:
    with world.services.database.transaction() as session:
        _row, key = keys.create_secret_key(session, "one", ["read"], live=True, now=world.services.clock())
    reply = app.test_client().get("/v1/gap", headers={"Authorization": f"Bearer {key}"})
    assert reply.status_code == 200
    quality = reply.json["quality"]
    assert quality["trust"]["end_user"] == {"vendor": 6, "partner": 3, "none": 1, "aside": 0}
    assert quality["trust"]["counted"] == ["partner", "vendor"]
    assert quality["vendor_alone"]["gap"]["points"] == pytest.approx(ALONE)
    assert reply.json["headline"]["gap"]["points"] == pytest.approx(COUNTED)
    acme, bolt = reply.json["partners"]
    assert acme["trust"] == {"vendor": 3, "partner": 2, "none": 0, "aside": 0} and acme["vendor_alone"] == 0
    assert bolt["trust"] == {"vendor": 3, "partner": 1, "none": 1, "aside": 0}
    assert bolt["vendor_alone"] == pytest.approx(-200 / 3)


def test_what_nobody_vouches_for_counts_by_itself_in_no_number(world: World, report: GapReport) -> None:
    counted = report.headline.end_user.histogram, report.headline.gap, report.months[-1].end_user.people
    world.answers("bolt", "end_user", [0] * 40, trust="none")
    world.catch_up()
    again = world.values()
    assert (again.headline.end_user.histogram, again.headline.gap, again.months[-1].end_user.people) == counted
    assert again.quality.trust.end_user.none == 41
    only_vendor = world.values(settings=replace(world.services.settings, headline_trust=frozenset({"vendor"})))
    assert only_vendor.headline.gap is not None and report.quality.vendor_alone.gap is not None
    assert only_vendor.headline.gap.points == report.quality.vendor_alone.gap.points


def test_comma_separated_lines_have_them_by_partner(report: GapReport) -> None:
    lines = list(csv.DictReader(StringIO(as_csv(report))))
    names = ("end_users_by_vendor", "end_users_by_partner", "end_users_by_nobody", "end_users_set_aside")
    assert [[line[name] for name in names] for line in lines] == [
        ["6", "3", "1", "0"],
        ["3", "2", "0", "0"],
        ["3", "1", "1", "0"],
    ]
    assert [round(float(line["gap_vendor_alone"]), 6) for line in lines] == [-33.333333, 0, -66.666667]


def test_the_workbook_has_them(report: GapReport) -> None:
    rows = list(openpyxl.load_workbook(BytesIO(as_xlsx(report)))["Quality"].iter_rows(values_only=True))
    for name, (people, share) in SHARES.items():
        assert any(people in row and f"end users: {name}" in row for row in rows)
        (found,) = [row for row in rows if f"end users: share of {name}" in row]
        assert int(share.split()[0]) / 100 in [one for one in found if isinstance(one, float)]
    (alone,) = [row for row in rows if row[:2] == ("Vendor alone", "gap")]
    assert any(one == pytest.approx(ALONE) for one in alone if isinstance(one, float))


def test_the_page_and_the_terminal_have_them(report: GapReport) -> None:
    html, table = text(as_html(report)), as_table(report, to_file=True)
    assert "you, the vendor 6 60 % 6 100 %" in html
    assert "their partner 3 30 % 0 0 %" in html and "nobody not counted 1 10 % 0 0 %" in html
    assert "Counting only those the vendor vouches for" in html and "33 points below" in html
    said = " ".join(table.split())
    assert "End users: 6 you, the vendor (60 %), 3 their partner (30 %), 1 nobody (10 %)" in said
    assert "Not counted: nobody" in said
    assert "Counting only those you vouch for yourself: 33 points below" in said


def test_the_pages_of_the_desk_have_them(app: flask.Flask, world: World) -> None:
    visitor = Visitor(app.test_client(), world.services)
    pages = [visitor.sign_in().text, *(visitor.get(path).text for path in ("/desk/quality", "/desk/report"))]
    for page in map(text, pages):
        assert "6 60 %" in page and "3 30 %" in page and "1 10 %" in page
        assert "Counting only those" in page and "33 points below" in page
