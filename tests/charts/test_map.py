"""The map: where dots stand, what they say and where they lead."""

from math import pi

import pytest

from feedback import charts
from feedback.charts import Chart, labels, look
from feedback.gap.tails import TailPoint
from tests.charts.rows import placed, report_of, row
from tests.gap import made, made_small


def the_map(*rows, **values) -> Chart:
    found = charts.map(report_of(rows), **values)
    assert found is not None
    return found


def test_dots_stand_where_it_was_measured_and_are_as_large_as_what_is_at_stake() -> None:
    chart = the_map(placed("A", 100, 1, 100), placed("B", -100, 0.9, 25), placed("C", -100, 0, 1))
    assert [(dot["name"], dot["x"], dot["y"]) for dot in chart.data["dots"]] == [
        ("A", 100, 1),
        ("B", -100, 0.9),
        ("C", -100, 0),
    ]
    assert [dot["area"] for dot in chart.data["dots"]] == [round(pi * r**2, 1) for r in (15, 7.5, 3.2)]


def test_the_corners_meet_at_the_thresholds() -> None:
    corners = {one["state"]: one for one in the_map(placed("A", 1, 1, 1), placed("B", 2, 1, 1)).data["corners"]}
    assert corners["pre_churn"] == {"state": "pre_churn", "x": 0, "x2": 100, "y": 0, "y2": 0.5}
    assert corners["buyer_friction"] == {"state": "buyer_friction", "x": -100, "x2": 0, "y": 0.5, "y2": 1}
    report = report_of([placed("A", 1, 1, 1), placed("B", 2, 1, 1)], metric="csat")
    of_shares = charts.map(report)
    assert of_shares is not None
    assert [(one["x"], one["x2"]) for one in of_shares.data["corners"]][:2] == [(0, 50), (50, 100)]


def test_who_cannot_be_placed_is_counted_and_not_drawn() -> None:
    chart = the_map(placed("A", 10, 0.5, 10), placed("B", 20, 0.4, 10), row("C", 0, 10))
    assert [dot["name"] for dot in chart.data["dots"]] == ["A", "B"]
    assert "1 partner is not on it" in chart.note
    assert charts.map(report_of([placed("A", 10, 0.5, 10), row("C", 0, 10)])) is None
    assert charts.map(made_small.of_nothing()) is None


def test_more_seats_than_licences_stay_inside() -> None:
    chart = the_map(placed("A", 10, 1.7, 10), placed("B", 20, 0.4, 10))
    assert [dot["y"] for dot in chart.data["dots"]] == [1, 0.4]
    assert chart.data["dots"][0]["use"] == "170 % of licences"


def test_of_a_thousand_the_250_with_most_at_stake_are_shown_and_it_says_so() -> None:
    chart = the_map(*(placed(f"P{number}", number % 90, 0.5, number) for number in range(1000)))
    assert [dot["name"] for dot in chart.data["dots"]] == [f"P{number}" for number in range(999, 749, -1)]
    assert "the 250 with most at stake of 1,000" in chart.about


def test_who_cannot_see_it_hears_which_partners_are_in_which_state() -> None:
    chart = the_map(placed("Acme", 90, 0.2, 10, "pre_churn"), placed("Bolt", 20, 0.4, 10, "undetermined"))
    assert chart.says == "The map: buyers' score against activation. 1 pre-churn: Acme; 1 undetermined."
    assert chart.vega_lite()["description"] == chart.says


def test_a_dot_leads_to_its_partner_only_where_the_page_says_so() -> None:
    rows = placed("A", 10, 0.7, 10), placed("B", 20, 0.4, 10)
    assert [dot["href"] for dot in the_map(*rows, link=lambda slug: f"/p/{slug}").data["dots"]] == ["/p/a", "/p/b"]
    assert all("href" not in dot for dot in the_map(*rows).data["dots"])


def test_tails_end_in_their_dot() -> None:
    past = {"a": (TailPoint("2026-09", -20, 0.3), TailPoint("2026-10", 0, 0.5))}
    chart = the_map(placed("A", 10, 0.7, 10), placed("B", 20, 0.4, 10), tails=past)
    assert [(one["x"], one["y"], one["month"]) for one in chart.data["tails"]] == [
        (-20, 0.3, 0),
        (0, 0.5, 1),
        (10, 0.7, 2),
    ]
    assert {one["partner"] for one in chart.data["tails"]} == {"a"}
    assert "tails lead back" in chart.note
    assert "tails" not in the_map(placed("A", 10, 0.7, 10), placed("B", 20, 0.4, 10)).note


def test_every_state_has_a_colour_and_a_shape_of_its_own() -> None:
    assert len(set(look.STATE_COLOURS.values())) == len(set(look.STATE_SHAPES.values())) == len(look.SIGNS) == 5


@pytest.mark.parametrize("count", [40, 200])
def test_names_on_the_map_cover_no_other_name_and_stay_inside(count: int) -> None:
    chart = charts.map(made.report(count))
    assert chart is not None
    named = [dot for dot in chart.data["dots"] if "label" in dot]
    assert len(named) <= 8
    boxes = []
    for dot in named:
        width = len(dot["label"]) * 5
        x, y = (dot["x"] + 100) / 200 * labels.WIDTH + dot["dx"], (1 - dot["y"]) * labels.HEIGHT + dot["dy"]
        left = {"left": x, "right": x - width, "center": x - width / 2}[dot["align"]]
        assert left >= -1 and left + width <= labels.WIDTH + 1 and 0 <= y <= labels.HEIGHT
        boxes.append((left, y, left + width))
    for at, (left, y, right) in enumerate(boxes):
        for other_left, other_y, other_right in boxes[at + 1 :]:
            assert abs(y - other_y) > 8 or right <= other_left or other_right <= left
