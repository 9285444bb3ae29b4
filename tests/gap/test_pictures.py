"""Where the marks of small pictures stand."""

import pytest

from feedback.gap import pictures
from feedback.gap.pictures.scale import across
from feedback.gap.templates import draw
from feedback.gap.values import Silent
from tests.gap import made, made_small


@pytest.mark.parametrize(("points", "at"), [(-100, 2), (0, 50), (50, 74), (100, 98)])
def test_a_score_stands_between_the_ends(points: float, at: float) -> None:
    assert across("nps").at(points) == at


def test_a_share_of_happy_people_uses_the_whole_width() -> None:
    assert [across("csat").at(points) for points in (0, 50, 100)] == [2, 50, 98]
    assert [points for points, _ in across("csat").ticks] == [0, 25, 50, 75, 100]


def test_nobody_has_no_bounds() -> None:
    assert pictures.silent(made_small.of_nothing().silent).at is None


def test_the_silent_are_drawn_from_the_widest_bounds_inwards() -> None:
    found: Silent = made.report().silent
    picture = pictures.silent(found)
    assert [step.people for step in picture.steps] == [20140, 18730, 9920, 9480, 6240, 4164, 1033]
    assert picture.steps[0].width == 100
    widths = [reach.width for reach in picture.reaches]
    assert widths == sorted(widths, reverse=True)
    assert len(widths) == 3
    assert "20,140" in draw("silent", picture=picture)
