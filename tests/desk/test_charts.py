"""Where marks stand: inside the picture, in order, and apart."""

import pytest

from feedback.desk import charts
from feedback.gap.values import Gap, MonthRow, PartnerRow, Score


def row(name: str, users: float, buyers: float) -> PartnerRow:
    gap = Gap(users - buyers, users - buyers - 5, users - buyers + 5, 0.2, provable=False)
    return PartnerRow(
        name.lower(), name, 10, Score(users, users - 9, users + 9, 3), Score(buyers, buyers, buyers, 2), gap
    )


def month(name: str, users: float | None, buyers: float | None) -> MonthRow:
    def score(points: float | None) -> Score:
        return Score() if points is None else Score(points, points - 20, points + 20, 9)

    return MonthRow(name, score(users), score(buyers), None)


@pytest.mark.parametrize(("points", "at"), [(-100, 2), (0, 50), (50, 74), (100, 98)])
def test_a_score_stands_between_the_ends(points: float, at: float) -> None:
    assert charts.across(points) == at


def test_the_widest_gaps_on_both_ends_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(charts, "MOST_LINES", 3)
    rows = [row("Near", 1, 0), row("Above", 90, 0), row("Below", -95, 0), row("Middle", 0, 60)]
    picture = charts.partners([*rows, PartnerRow("x", "X", 1, Score(), Score(3, 1, 4, 1), None)])
    assert [line.row.name for line in picture.lines] == ["Below", "Middle", "Above"]
    assert picture.of == 4


def test_numbers_stand_outside_of_the_two_marks() -> None:
    below, above = charts.partners([row("Below", -10, 20), row("Above", 30, 20)]).lines
    assert (below.users_left, above.users_left) == (True, False)


def test_nobody_has_no_picture() -> None:
    assert charts.partners([]).lines == ()
    assert charts.months([month("2026-10", None, None), month("2026-11", None, None)]) is None
    assert charts.months([month("2026-11", 10, 20)]) is None


def test_months_without_answers_break_the_line() -> None:
    names = [f"2026-{number:02}" for number in range(1, 7)]
    picture = charts.months(
        [month(name, users, None) for name, users in zip(names, [10, 12, None, 8, None, None], strict=True)]
    )
    assert picture is not None and picture.end_user is not None
    assert picture.buyer is None
    assert len(picture.end_user.points) == 3
    assert len(picture.end_user.lines) == 1
    assert len(picture.end_user.bands) == 2
    assert picture.end_user.latest == 8


def test_labels_of_the_two_sides_do_not_touch() -> None:
    for users, buyers in ((20.0, 20.0), (20.0, 21.0), (21.0, 20.0), (-100.0, -100.0)):
        picture = charts.months([month("2026-10", 0, 0), month("2026-11", users, buyers)])
        assert picture is not None and picture.end_user is not None and picture.buyer is not None
        apart = picture.end_user.label_y - picture.buyer.label_y
        assert abs(apart) >= 14
        assert (apart < 0) == (users >= buyers)


@pytest.mark.parametrize("count", [2, 3, 6, 7, 12, 13, 36, 120])
def test_month_labels_fit_and_name_the_last_month(count: int) -> None:
    names = [f"{2016 + number // 12}-{number % 12 + 1:02}" for number in range(count)]
    picture = charts.months([month(name, 5, None) for name in names])
    assert picture is not None
    assert len(picture.months) <= 6
    last_word, last_x = picture.months[0]
    assert last_x == max(x for _, x in picture.months)
    assert last_word in (names[-1], "Jan", "Feb", "Mar", "Jun", "Jul", "Dec")


@pytest.mark.parametrize("scores", [(0, 0), (-100, 100), (99, 100), (-100, -99), (13, 44)])
def test_the_months_scale_holds_every_score(scores: tuple[float, float]) -> None:
    picture = charts.months([month("2026-10", *scores), month("2026-11", *scores)])
    assert picture is not None and picture.end_user is not None and picture.buyer is not None
    for series in (picture.end_user, picture.buyer):
        assert all(0 <= y <= charts.MONTHS_HEIGHT for _, y in series.points)
    assert picture.ticks[0][0] >= -100 and picture.ticks[-1][0] <= 100
