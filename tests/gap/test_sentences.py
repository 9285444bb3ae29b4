"""Words for scores and gaps."""

import pytest

from feedback.gap.sentences import gap_words, headline_words, points_text, proof_words, score_words
from feedback.gap.values import Gap, Headline, NamedScore, Score
from feedback.gap.words import chance


def gap(points: float, low: float | None = None, high: float | None = None, p_value: float | None = 0.01) -> Gap:
    return Gap(points, low, high, p_value, provable=p_value is not None and p_value < 0.05)


@pytest.mark.parametrize(
    ("points", "low", "high", "words"),
    [
        (-29.2, -41.3, -17.4, "29 points below, between 17 and 41"),
        (4, -12, 20, "4 points above, between 12 below and 20 above"),
        (-4, -20, 12, "4 points below, between 20 below and 12 above"),
        (1.2, 0.6, 2, "1 point above, between 1 and 2"),
        (0, 0, 0, "no difference"),
        (0.3, -12, 20, "no difference, between 12 below and 20 above"),
        (-0.4, -0.9, -0.1, "no difference, between 1 below and 0"),
        (-15, -30.2, 0.3, "15 points below, between 0 and 30"),
        (-29, -29.4, -28.6, "29 points below"),
        (-200, None, None, "200 points below"),
    ],
)
def test_a_gap_is_said_from_the_users_side(points: float, low: float | None, high: float | None, words: str) -> None:
    assert gap_words(gap(points, low, high)) == words


def test_without_both_sides_there_is_no_gap_to_tell() -> None:
    assert gap_words(None) == "no gap to tell: one side has no answers"
    assert proof_words(None, buyers=0) == "there is nothing to compare yet"


def test_what_is_not_proven_says_why() -> None:
    assert proof_words(gap(-50, -80, -20, 0.001), buyers=4) == "more than chance"
    assert proof_words(gap(-50, -80, 20, 0.3), buyers=4).startswith("not proven")
    # Beside an interval without 0 it is said of whom it holds all the same.
    assert "these very buyers" in proof_words(gap(-50, -80, -20, 0.3), buyers=3)
    assert "one buyer" in proof_words(gap(-50, -80, -20, None), buyers=1)
    assert "one partner" in proof_words(gap(-50, None, None, None), buyers=4)


def test_points_are_whole_and_nobody_is_a_dash() -> None:
    assert [points_text(value) for value in (41.4, -3.2, -0.2, None)] == ["41", "−3", "0", "–"]
    assert score_words(Score(41, 12, 63, 9)) == "41, between 12 and 63"
    assert score_words(Score(41, None, None, 9)) == "41"
    assert score_words(Score()) == "no answers"


def test_the_headline_is_one_sentence() -> None:
    users, buyers, nobody = NamedScore(12, 1, 20, 90), NamedScore(41, 20, 60, 4), NamedScore()
    assert headline_words(Headline(users, buyers, gap(-29, -41, -17))) == (
        "End users score 12, buyers 41: 29 points below, between 17 and 41 (more than chance)."
    )
    assert headline_words(Headline(users, nobody, None)) == "End users score 12; no buyers have answered."
    assert headline_words(Headline(nobody, buyers, None)) == "Buyers score 41; no end users have answered."
    assert headline_words(Headline(nobody, nobody, None)) == "Nothing counts in the headline yet."


def test_no_chance_is_quite_none_or_quite_certain() -> None:
    assert [chance(one) for one in (0, 0.004, 0.01, 0.66, 0.99, 0.996, 1, None)] == [
        "under 1 %", "under 1 %", "1 %", "66 %", "99 %", "over 99 %", "over 99 %", "–",
    ]  # fmt: skip
