"""The gap chart: who has a line, in which order, with what on it."""

from dataclasses import replace

import pytest

from feedback import charts
from feedback.charts import Chart
from feedback.gap.values import Money, PartnerRow, Score
from tests.charts.rows import due, report_of, row


def gaps(*rows: PartnerRow, metric: str = "nps", **values) -> Chart:
    found = charts.gaps(report_of(rows, metric), **values)
    assert found is not None
    return found


def names(chart: Chart) -> list[str]:
    return [line["name"] for line in chart.data["rows"]]


def test_those_with_most_licences_come_first_and_one_side_alone_has_no_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(charts, "MOST_LINES", 3)
    rows = [row("Near", 1, 0, licences=5), row("Above", 90, 0, licences=40), row("Below", -95, 0, licences=30)]
    rows += [row("Free", 0, 60, licences=None), PartnerRow("x", "X", 99, Score(), Score(3, 1, 4, 1), None)]
    chart = gaps(*rows)
    assert names(chart) == ["Above", "Below", "Near"]
    assert chart.about == "the 3 with most at stake of 4, by licences, most first"


def test_money_in_one_currency_says_what_is_at_stake() -> None:
    chart = gaps(due("Many", 900, Money("EUR", 100)), due("Dear", 20, Money("EUR", 1_200_000)))
    assert names(chart) == ["Dear", "Many"]
    assert chart.about == "by value of the next renewal, most first"
    assert chart.data["rows"][0]["worth"] == "EUR 12,000 a year"


@pytest.mark.parametrize("other", [Money("USD", 1), None])
def test_money_that_cannot_be_compared_leaves_licences(other: Money | None) -> None:
    chart = gaps(due("Many", 900, other), due("Dear", 20, Money("EUR", 1_200_000)))
    assert names(chart) == ["Many", "Dear"]
    assert chart.about == "by licences, most first"


def test_of_a_thousand_forty_are_shown_and_the_next_can_be_asked_for() -> None:
    rows = [row(f"P{number}", number % 50, 0, licences=number) for number in range(1000)]
    chart = gaps(*rows)
    assert names(chart) == [f"P{number}" for number in range(999, 959, -1)]
    assert "the 40 with most at stake of 1,000" in chart.about
    following = gaps(*rows, first=100, most=100)
    assert (names(following)[0], len(names(following))) == ("P899", 100)
    assert "101 to 200 of 1,000" in following.about
    assert charts.gaps(report_of(rows), first=1000) is None


def test_numbers_stand_outside_of_the_two_marks() -> None:
    below, above = gaps(row("Below", -10, 20, licences=20), row("Above", 30, 20)).data["rows"]
    assert (below["users_left"], above["users_left"]) == (True, False)


def test_a_score_without_an_interval_has_a_whisker_without_length() -> None:
    (line,) = gaps(replace(row("Acme", 10, 20), buyer=Score(20, None, None, 1))).data["rows"]
    assert (line["b_low"], line["b_high"]) == (20, 20)
    assert (line["u_low"], line["u_high"]) == (1, 19)


def test_what_is_more_than_chance_is_told_apart() -> None:
    sure = row("Sure", -10, 20)
    assert sure.gap is not None
    sure = replace(sure, gap=replace(sure.gap, provable=True))
    assert [line["sure"] for line in gaps(sure, row("Unsure", 1, 2)).data["rows"]] == [True, False]


def test_it_grows_with_its_lines_and_has_a_layout_for_narrow_pages() -> None:
    one, two = gaps(row("A", 1, 2)), gaps(row("A", 1, 2), row("B", 1, 2))
    assert two.wide.height_px > one.wide.height_px
    assert one.narrow is not None and one.narrow.height_px > one.wide.height_px
    assert one.vega_lite(narrow=True)["height"] == one.narrow.height_px


def test_who_cannot_see_it_hears_the_first_gaps_and_how_many_more() -> None:
    chart = gaps(*(row(f"P{number}", 0, 30, licences=10 - number) for number in range(7)))
    assert chart.says.startswith("The gap of each partner. P0: 30 points below, between 25 and 35; P1: ")
    assert chart.says.endswith("; and 2 more.")


def test_a_line_leads_to_its_partner() -> None:
    assert gaps(row("Near", 1, 0), link=lambda slug: f"/p/{slug}").data["rows"][0]["href"] == "/p/near"
    assert "href" not in gaps(row("Near", 1, 0)).data["rows"][0]


def test_nobody_with_both_sides_has_no_chart() -> None:
    assert charts.gaps(report_of([])) is None
