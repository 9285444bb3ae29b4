"""Charts on the desk: what pages are given to draw, the files beside them, and the script that draws."""

import gzip
import re

import pytest

from feedback.desk import chart_views
from tests.desk.conftest import Visitor
from tests.desk.reading import drawn, statements, text
from tests.gap.world import World, people

# What is drawn comes from reports, whose numbers are held to a recount on both databases.
DATABASES = ("sqlite",)


@pytest.fixture
def two(world: World) -> World:
    """Two partners with both sides and use, one of them with a name that means something in HTML."""
    for slug, name, buyers in (("acme", "Acme </script><b>", [9, 10]), ("bolt", "Bolt", [2, 6])):
        world.partner(slug, 20, name=name)
        world.seats(slug, people(20), on="2026-08-01")
        world.active(slug, people(12), "2026-11-02")
        for day in ("2026-10-10", "2026-11-10"):
            world.answers(slug, "end_user", [3, 9, 10], on=day)
            world.answers(slug, "buyer", buyers, on=day)
    return world


def test_the_overview_is_given_its_charts_as_data_and_may_run_our_script_alone(visitor: Visitor, two: World) -> None:
    assert two
    page = visitor.sign_in()
    given = drawn(page.text)
    assert list(given) == ["map", "gaps", "months", "use"]
    assert [dot["name"] for dot in given["map"]["datasets"]["dots"]] == ["Acme </script><b>", "Bolt"]
    assert [row["href"] for row in given["gaps"]["datasets"]["rows"]] == ["/desk/partners/acme", "/desk/partners/bolt"]
    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy and "unsafe" not in policy
    assert "</script><b>" not in page.text
    assert " style=" not in page.text


def test_the_partners_page_is_given_its_timeline(visitor: Visitor, two: World) -> None:
    two.promoted("acme", "2026-10-20")
    visitor.come_in()
    given = drawn(visitor.get("/desk/partners/acme").text)["timeline"]
    assert "told" in [one["kind"] for one in given["datasets"]["happened"]]
    assert [one["value"] for one in given["datasets"]["u"]][-2:] == [33.333333333333336, 33.333333333333336]


def test_the_script_comes_in_the_smallest_form_that_a_browser_takes(visitor: Visitor, two: World) -> None:
    assert two
    (path,) = re.findall(r'<script src="(/desk/static/charts\.[^"]*)"', visitor.sign_in().text)
    plain = visitor.client.get(path)
    packed = visitor.client.get(path, headers={"Accept-Encoding": "gzip"})
    smallest = visitor.client.get(path, headers={"Accept-Encoding": "gzip, deflate, br"})
    refused = visitor.client.get(path, headers={"Accept-Encoding": "br;q=0, gzip;q=0"})
    encodings = [one.headers.get("Content-Encoding") for one in (plain, packed, smallest, refused)]
    assert encodings == [None, "gzip", "br", None]
    assert len(smallest.data) < len(packed.data) < len(plain.data)
    assert gzip.decompress(packed.data) == plain.data == refused.data
    for response in (plain, packed, smallest):
        assert response.headers["Vary"] == "Accept-Encoding"
        assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_charts_can_be_had_as_files(visitor: Visitor, two: World) -> None:
    assert two
    visitor.come_in()
    for name in ("map", "gaps", "months", "use"):
        assert f'href="/desk/charts/{name}.svg?from=2026-09&amp;to=2026-11"' in visitor.get("/desk").text
    found = visitor.get("/desk/charts/map.svg?from=2026-09&to=2026-11")
    assert (found.status_code, found.mimetype) == (200, "image/svg+xml")
    assert f"{two.services.settings.public_url}/desk/partners/acme" in found.text
    picture = visitor.client.get("/desk/partners/acme/timeline.png")
    assert (picture.mimetype, picture.data[:4]) == ("image/png", b"\x89PNG")


@pytest.mark.parametrize("path", ["pie.svg", "map.pdf", "timeline.svg", "map"])
def test_a_chart_that_is_not_there_is_not_found(visitor: Visitor, path: str) -> None:
    visitor.come_in()
    assert visitor.get(f"/desk/charts/{path}").status_code == 404


def test_with_nothing_to_draw_there_is_no_file(visitor: Visitor) -> None:
    visitor.come_in()
    assert visitor.get("/desk/charts/map.svg").status_code == 404
    assert visitor.get("/desk/partners/nobody/timeline.svg").status_code == 404


@pytest.mark.parametrize("path", ["/desk/charts/gaps", "/desk/charts/map.svg", "/desk/partners/acme/timeline.svg"])
def test_charts_are_for_who_reads_numbers(visitor: Visitor, two: World, path: str) -> None:
    assert two
    assert visitor.get(path).status_code == 303
    visitor.come_in("account")
    page = visitor.get(path)
    assert page.mimetype != "image/svg+xml" and "Bolt" not in page.text


def test_all_partners_come_page_by_page_with_their_numbers_as_a_table(
    visitor: Visitor, two: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert two
    monkeypatch.setattr(chart_views, "LINES_PER_PAGE", 1)
    visitor.come_in()
    first, second = visitor.get("/desk/charts/gaps").text, visitor.get("/desk/charts/gaps?page=2").text
    assert [row["name"] for row in drawn(first)["gaps"]["datasets"]["rows"]] == ["Acme </script><b>"]
    assert [row["name"] for row in drawn(second)["gaps"]["datasets"]["rows"]] == ["Bolt"]
    assert "1 to 1 of 2" in text(first) and "2 to 2 of 2" in text(second)
    assert "Bolt" in text(second) and "Acme" not in text(second)
    assert drawn(visitor.get("/desk/charts/gaps?page=99").text)["gaps"] == drawn(second)["gaps"]
    nobody = visitor.get("/desk/charts/gaps?from=2026-01&to=2026-01")
    assert "No partner has answers from both sides" in nobody.text


def test_the_gaps_of_more_partners_take_no_more_statements(visitor: Visitor, two: World) -> None:
    visitor.come_in()
    visitor.get("/desk/charts/gaps")
    few = statements(visitor, "/desk/charts/gaps")
    for number in range(10):
        two.partner(f"more{number}", 10)
        two.answers(f"more{number}", "end_user", [5])
        two.answers(f"more{number}", "buyer", [5])
    visitor.get("/desk/charts/gaps")
    assert statements(visitor, "/desk/charts/gaps") == few
