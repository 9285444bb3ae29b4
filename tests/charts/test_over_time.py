"""Months and timelines: lines that break where nothing is known, names apart, and days where they belong."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from feedback import charts
from feedback.charts import Chart, Happening
from feedback.charts.chart import Spec
from feedback.gap.values import Adoption, MonthRow
from tests.charts.rows import month


def of(rows: list[MonthRow], metric: str = "nps") -> Chart:
    chart = charts.months(rows, metric)
    assert chart is not None
    return chart


def domain(spec: Spec, channel: str) -> list[float]:
    """The ends of a scale, of the first layer that has it."""
    layers = [*spec["layer"]]
    while layers:
        one = layers.pop(0)
        layers += one.get("layer", [])
        scale = one.get("encoding", {}).get(channel, {}).get("scale", {})
        if "domain" in scale:
            return scale["domain"]
    raise AssertionError(f"no layer has a scale for {channel}")


def test_months_without_answers_break_the_line() -> None:
    names = [f"2026-{number:02}" for number in range(1, 7)]
    chart = of([month(name, users, None) for name, users in zip(names, [10, 12, None, 8, None, None], strict=True)])
    assert [point["value"] for point in chart.data["u"]] == [10, 12, None, 8, None, None]
    assert [point["alone"] for point in chart.data["u"] if point["value"] is not None] == [False, False, True]
    assert [one["text"] for one in chart.data["ends"]] == ["end users 8"]


@pytest.mark.parametrize(("users", "buyers"), [(20.0, 20.0), (20.0, 21.0), (21.0, 20.0), (-100.0, -100.0)])
def test_names_of_the_two_lines_do_not_touch(users: float, buyers: float) -> None:
    chart = of([month("2026-10", 0, 0), month("2026-11", users, buyers)])
    low, high = domain(chart.wide.spec, "y")
    end_user, buyer = (one["dy"] - one["value"] * 150 / (high - low) for one in chart.data["ends"])
    assert abs(end_user - buyer) >= 14.5
    assert (end_user < buyer) == (users >= buyers)


@pytest.mark.parametrize("scores", [(0, 0), (-100, 100), (99, 100), (-100, -99), (13, 44)])
def test_the_scale_holds_every_score_and_cuts_intervals_off(scores: tuple[float, float]) -> None:
    chart = of([month("2026-10", *scores), month("2026-11", *scores)])
    low, high = domain(chart.wide.spec, "y")
    assert -100 <= low < high <= 100
    for side in ("u", "b"):
        for point in chart.data[side]:
            assert low <= point["low"] <= point["value"] <= point["high"] <= high


def test_shares_of_happy_people_start_at_nothing() -> None:
    assert domain(of([month("2026-10", 3, 2), month("2026-11", 5, 8)], "csat").wide.spec, "y") == [0, 50]
    assert domain(of([month("2026-10", 99, 98), month("2026-11", 97, 100)], "csat").wide.spec, "y") == [50, 100]


@pytest.mark.parametrize("count", [2, 3, 6, 7, 12, 13, 36, 120])
def test_at_most_six_months_are_named_and_the_last_is_one_of_them(count: int) -> None:
    names = [f"{2016 + number // 12}-{number % 12 + 1:02}" for number in range(count)]
    chart = of([month(name, 5, None) for name in names])
    ticks = chart.wide.spec["layer"][-1]["encoding"]["x"]["axis"]["values"]
    assert len(ticks) <= 6
    assert max(ticks) == chart.data["u"][-1]["at"]
    assert datetime.fromtimestamp(max(ticks) / 1000, UTC).strftime("%Y-%m-%d") == f"{names[-1]}-15"


def test_use_holds_shares_also_above_all_licences() -> None:
    rows = [
        replace(month(name, 1, 1), adoption=Adoption(activation=1.2, engagement=0.31))
        for name in ("2026-10", "2026-11")
    ]
    chart = charts.use(rows)
    assert chart is not None
    assert [one["text"] for one in chart.data["ends"]] == ["engaged 31 %", "activated 120 %"]
    assert domain(chart.wide.spec, "y") == [0, 125]
    assert "2026-10: engaged 31 %, activated 120 %" in chart.says


def test_nobody_and_a_single_month_have_no_chart() -> None:
    nobody = [month("2026-10", None, None), month("2026-11", None, None)]
    assert charts.months(nobody) is charts.use(nobody) is charts.timeline(nobody) is None
    assert charts.months([month("2026-11", 10, 20)]) is charts.timeline([month("2026-11", 10, 20)]) is None


def test_a_timeline_shows_what_happened_in_its_months_on_its_day() -> None:
    happened = [
        Happening(date(2026, 10, 31), "People were told by mail", "told"),
        Happening(date(2026, 12, 1), "Contract 7 comes due: open", "due"),
    ]
    chart = charts.timeline([month("2026-10", 1, 2), month("2026-11", 3, 4)], happened)
    assert chart is not None
    (mark,) = chart.data["happened"]
    assert datetime.fromtimestamp(mark["at"] / 1000, UTC).date() == date(2026, 10, 31)
    assert (mark["kind"], mark["what"]) == ("told", "People were told by mail")
    assert chart.note == "▲ people were told"
    assert chart.says.endswith("31 Oct 2026: People were told by mail.")


def test_a_timeline_of_use_alone_is_one_too() -> None:
    rows = [replace(month(name, None, None), adoption=Adoption(activation=0.4)) for name in ("2026-10", "2026-11")]
    chart = charts.timeline(rows)
    assert chart is not None
    assert [one["text"] for one in chart.data["use_ends"]] == ["activated 40 %"]


def test_every_kind_of_what_happened_has_a_shape_of_its_own() -> None:
    assert len({one.shape for one in charts.KINDS.values()}) == len({one.sign for one in charts.KINDS.values()}) == 6
