"""Where marks stand: inside the picture, in order, and apart."""

from dataclasses import replace
from datetime import date

import pytest

from feedback.gap import pictures
from feedback.gap.pictures import MonthsPicture, apart, by_month
from feedback.gap.pictures import map as the_map
from feedback.gap.pictures.scale import across
from feedback.gap.templates import draw
from feedback.gap.values import Adoption, Gap, Money, MonthRow, PartnerRow, Renewal, Score, Silent, State
from tests.gap import made, made_small


def row(name: str, users: float, buyers: float, licences: int | None = 10) -> PartnerRow:
    gap = Gap(users - buyers, users - buyers - 5, users - buyers + 5, 0.2, provable=False)
    scores = Score(users, users - 9, users + 9, 3), Score(buyers, buyers, buyers, 2)
    return PartnerRow(name.lower(), name, licences, *scores, gap)


def month(name: str, users: float | None, buyers: float | None) -> MonthRow:
    def score(points: float | None) -> Score:
        return Score() if points is None else Score(points, points - 20, points + 20, 9)

    return MonthRow(name, score(users), score(buyers), None)


def of(rows: list[MonthRow], metric: str = "nps") -> MonthsPicture:
    picture = pictures.months(rows, metric)
    assert picture is not None
    return picture


@pytest.mark.parametrize(("points", "at"), [(-100, 2), (0, 50), (50, 74), (100, 98)])
def test_a_score_stands_between_the_ends(points: float, at: float) -> None:
    assert across("nps").at(points) == at


def test_a_share_of_happy_people_uses_the_whole_width() -> None:
    assert [across("csat").at(points) for points in (0, 50, 100)] == [2, 50, 98]
    assert [points for points, _ in across("csat").ticks] == [0, 25, 50, 75, 100]


def test_those_with_most_licences_come_first_and_one_side_alone_has_no_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "MOST_LINES", 3)
    rows = [row("Near", 1, 0, licences=5), row("Above", 90, 0, licences=40), row("Below", -95, 0, licences=30)]
    rows += [row("Free", 0, 60, licences=None), PartnerRow("x", "X", 99, Score(), Score(3, 1, 4, 1), None)]
    picture = pictures.partners(rows)
    assert [line.row.name for line in picture.lines] == ["Above", "Below", "Near"]
    assert picture.of == 4
    assert picture.chosen == "the 3 with most at stake of 4, by licences, most first"


def due(name: str, licences: int, value: Money | None) -> PartnerRow:
    """A partner whose contract of this value comes next."""
    renewal = Renewal(name, name, "1", date(2027, 1, 1), 40, "60", licences, value, None, "", "", at_risk=False, why="")
    return replace(row(name, -10, 20, licences=licences), renewal=renewal)


def test_money_in_one_currency_says_what_is_at_stake() -> None:
    rows = [due("Many", 900, Money("EUR", 100)), due("Dear", 20, Money("EUR", 1_200_000))]
    picture = pictures.partners(rows)
    assert [line.row.name for line in picture.lines] == ["Dear", "Many"]
    assert picture.chosen == "by value of the next renewal, most first"
    assert "EUR 12,000" in draw("partners", picture=picture)


@pytest.mark.parametrize("other", [Money("USD", 1), None])
def test_money_that_cannot_be_compared_leaves_licences(other: Money | None) -> None:
    picture = pictures.partners([due("Many", 900, other), due("Dear", 20, Money("EUR", 1_200_000))])
    assert [line.row.name for line in picture.lines] == ["Many", "Dear"]
    assert picture.chosen == "by licences, most first"


def test_names_and_dots_lead_where_the_page_says() -> None:
    rows = [placed("A", 10, 0.7, 10), placed("B", 20, 0.4, 10)]
    there = pictures.place(rows)
    assert 'href="/p/' in draw("map", picture=there, link=lambda slug: f"/p/{slug}")
    assert "<a " not in draw("map", picture=there)
    apart_picture = pictures.partners([row("Near", 1, 0)])
    assert 'href="/p/' in draw("partners", picture=apart_picture, link=lambda slug: f"/p/{slug}")
    assert "<a " not in draw("partners", picture=apart_picture)


def test_of_a_thousand_the_forty_with_most_licences_are_shown_and_it_says_so() -> None:
    rows = [row(f"P{number}", number % 50, 0, licences=number) for number in range(1000)]
    picture = pictures.partners(rows)
    assert [line.row.licences for line in picture.lines] == list(range(999, 959, -1))
    assert "the 40 with most at stake of 1,000" in draw("partners", picture=picture)


def test_numbers_stand_outside_of_the_two_marks() -> None:
    below, above = pictures.partners([row("Below", -10, 20, licences=20), row("Above", 30, 20)]).lines
    assert (below.users_left, above.users_left) == (True, False)


def test_nobody_has_no_picture() -> None:
    assert pictures.partners([]).lines == ()
    assert pictures.months([month("2026-10", None, None), month("2026-11", None, None)]) is None
    assert pictures.months([month("2026-11", 10, 20)]) is None
    assert pictures.place([]) is None
    assert pictures.silent(made_small.of_nothing().silent).at is None


def test_months_without_answers_break_the_line() -> None:
    names = [f"2026-{number:02}" for number in range(1, 7)]
    picture = of([month(name, users, None) for name, users in zip(names, [10, 12, None, 8, None, None], strict=True)])
    (end_user,) = picture.series
    assert end_user.mark == "u"
    assert len(end_user.points) == 3
    assert len(end_user.lines) == 1
    assert len(end_user.bands) == 2
    assert end_user.label == "end users 8"


def test_labels_of_the_two_sides_do_not_touch() -> None:
    for users, buyers in ((20.0, 20.0), (20.0, 21.0), (21.0, 20.0), (-100.0, -100.0)):
        end_user, buyer = of([month("2026-10", 0, 0), month("2026-11", users, buyers)]).series
        apart_by = end_user.label_y - buyer.label_y
        assert abs(apart_by) >= 14
        assert (apart_by < 0) == (users >= buyers)


@pytest.mark.parametrize("count", [2, 3, 6, 7, 12, 13, 36, 120])
def test_month_labels_fit_and_name_the_last_month(count: int) -> None:
    names = [f"{2016 + number // 12}-{number % 12 + 1:02}" for number in range(count)]
    picture = of([month(name, 5, None) for name in names])
    assert len(picture.months) <= 6
    last_word, last_x = picture.months[0]
    assert last_x == max(x for _, x in picture.months)
    assert last_word in (names[-1], "Jan", "Feb", "Mar", "Jun", "Jul", "Dec")


@pytest.mark.parametrize("scores", [(0, 0), (-100, 100), (99, 100), (-100, -99), (13, 44)])
def test_the_months_scale_holds_every_score(scores: tuple[float, float]) -> None:
    picture = of([month("2026-10", *scores), month("2026-11", *scores)])
    for series in picture.series:
        assert all(0 <= y <= by_month.HEIGHT for _, y in series.points)
    low, high = (int(text.replace("−", "-")) for text, _ in picture.ticks)
    assert -100 <= low < high <= 100


def test_shares_of_happy_people_start_at_nothing() -> None:
    assert [text for text, _ in of([month("2026-10", 3, 2), month("2026-11", 5, 8)], "csat").ticks] == ["0", "50"]
    assert [text for text, _ in of([month("2026-10", 99, 98), month("2026-11", 97, 100)], "csat").ticks] == [
        "50",
        "100",
    ]


def test_use_by_month_holds_shares_also_above_all_licences() -> None:
    rows = [
        replace(month(name, 1, 1), adoption=Adoption(activation=1.2, engagement=0.31))
        for name in ("2026-10", "2026-11")
    ]
    picture = pictures.use(rows)
    assert picture is not None
    assert [series.label for series in picture.series] == ["engaged 31 %", "activated 120 %"]
    assert all(0 <= y <= by_month.HEIGHT for series in picture.series for _, y in series.points)


def placed(name: str, buyers: float, activation: float, licences: int, state: str = "compounding") -> PartnerRow:
    return replace(
        row(name, 0, buyers, licences),
        adoption=Adoption(activation=activation),
        state=State(state, 0.9, end_user_ok=0.9, buyer_ok=0.9),  # type: ignore[arg-type]
    )


def test_the_map_has_its_corners_where_they_are_named() -> None:
    rows = [placed("A", 100, 1, 100), placed("B", -100, 1, 25), placed("C", -100, 0, 4), placed("D", 100, 0, 1)]
    picture = pictures.place(rows)
    assert picture is not None
    at = {dot.says[0]: (dot.x, dot.y) for dot in picture.dots}
    left, right, top, bottom = the_map.LEFT, the_map.RIGHT, the_map.TOP, the_map.BOTTOM
    assert at == {"A": (right, top), "B": (left, top), "C": (left, bottom), "D": (right, bottom)}
    assert [dot.r for dot in picture.dots] == [15.0, 7.5, 3.5, 3.5]
    assert (picture.middle_x, picture.middle_y) == ((left + right) / 2, (top + bottom) / 2)


def test_who_cannot_be_placed_is_counted_and_not_drawn() -> None:
    rows = [placed("A", 10, 0.5, 10), placed("B", 20, 0.4, 10), row("C", 0, 10)]
    picture = pictures.place(rows)
    assert picture is not None
    assert (len(picture.dots), picture.off) == (2, 1)
    assert "1 partner is not on it" in draw("map", picture=picture)
    assert pictures.place(rows[1:]) is None


def test_more_seats_than_licences_stay_inside_the_map() -> None:
    picture = pictures.place([placed("A", 10, 1.7, 10), placed("B", 20, 0.4, 10)])
    assert picture is not None
    assert min(dot.y for dot in picture.dots) == the_map.TOP


def test_names_on_the_map_cover_no_other_name_and_stay_inside() -> None:
    picture = pictures.place(made.report(200).partners)
    assert picture is not None
    labels = [dot.label for dot in picture.dots if dot.label]
    assert 3 <= len(labels) <= 8
    for label in labels:
        assert the_map.LEFT <= label.x <= the_map.RIGHT
        assert sum(abs(label.y - other.y) < 8 and abs(label.x - other.x) < 20 for other in labels) == 1


def test_the_map_tells_who_cannot_see_it_which_partners_stand_where() -> None:
    picture = pictures.place(
        [placed("Acme & <b>", 90, 0.2, 10, "pre_churn"), placed("Bolt", 20, 0.4, 10, "undetermined")]
    )
    svg = draw("map", picture=picture)
    assert "1 pre-churn: Acme &amp; &lt;b&gt;; 1 undetermined." in svg
    assert "<title>Acme &amp; &lt;b&gt;: buyers score 90, 20 % of licences activated, pre-churn</title>" in svg


def test_the_silent_are_drawn_from_the_widest_bounds_inwards() -> None:
    found: Silent = made.report().silent
    picture = pictures.silent(found)
    assert [step.people for step in picture.steps] == [20140, 18730, 9920, 9480, 6240, 4164, 1033]
    assert picture.steps[0].width == 100
    widths = [reach.width for reach in picture.reaches]
    assert widths == sorted(widths, reverse=True)
    assert len(widths) == 3
    assert "20,140" in draw("silent", picture=picture)
