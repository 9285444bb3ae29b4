"""Pictures of what changes, and of who is silent."""

import numpy as np

from feedback.gap.sentences import points_text
from feedback.stats import decompose, nonresponse, nps
from feedback.stats.interval import Interval
from tools.gap_page import cases
from tools.gap_page.svg import WIDTH, Picture, Scale, axis, range_bar


def change() -> Picture:
    """From before to after in two steps."""
    found = decompose.kitagawa(*cases.mixed(1), cases.WEIGHTS)
    if found is None:
        raise ArithmeticError("the example has answers on both sides")
    start = sum(score * weights[0] for score, weights in zip(cases.BEFORE_SCORES, cases.WEIGHTS.values(), strict=True))
    picture = Picture(
        "A change of minus 15 taken apart",
        f"From {points_text(start)} before, minus 20 because the unhappier partner weighs more, plus 5 because both "
        f"score better, to {points_text(start + found.total)} after.",
        height=190,
    )
    y = Scale(0, 36, 150, 18)
    steps = (
        ("before", 0.0, start, "user", points_text(start)),
        ("mix", start, start + found.mix, "bad", points_text(found.mix)),
        ("rate", start + found.mix, start + found.total, "good", f"+{points_text(found.rate)}"),
        ("after", 0.0, start + found.total, "user", points_text(start + found.total)),
    )
    below = ("", "who weighs", "how scored", "")
    for place, (name, begin, end, kind, words) in enumerate(steps):
        x = 18 + 84 * place
        picture.box(x, y(max(begin, end)), 60, abs(y(end) - y(begin)), kind)
        picture.text(x + 30, y(max(begin, end)) - 5, words, "strong", "middle")
        picture.text(x + 30, 166, name, "", "middle")
        picture.text(x + 30, 181, below[place], "soft", "middle")
        if place < 3:
            picture.line(x + 60, y(end), x + 84, y(end), "dash")
    picture.line(12, y(0), WIDTH - 12, y(0))
    return picture


def daily() -> Picture:
    """One of the quiet years, read every day: by fixed intervals and by a confidence sequence."""
    low, high, sequence_low, sequence_high, mean = cases.quiet_years()
    fixed, safe = cases.misses(low, high), cases.misses(sequence_low, sequence_high)
    long_enough = (fixed[:, 45:].sum(axis=1) >= 12) & ~safe.any(axis=1)
    year = int(np.flatnonzero(long_enough)[0])
    picture = Picture(
        "A quiet year, read every day",
        "The score so far over 365 days around its true value of 25. The band of the fixed 95 % interval leaves the "
        "true value out on some days, marked below; the wider band of the confidence sequence never does.",
        height=300,
    )
    x, y = Scale(0, 364, 38, WIDTH - 12), Scale(-25, 75, 236, 44)
    for tick in (-25, 0, 25, 50, 75):
        picture.line(38, y(tick), WIDTH - 12, y(tick), "grid")
        picture.text(32, y(tick) + 4, points_text(tick), "soft", "end")
    days = range(8, 365, 3)
    for ends, kind in (((sequence_low, sequence_high), "user paler"), ((low, high), "user half")):
        there = [(x(day), y(_held(ends[1][year, day]))) for day in days]
        back = [(x(day), y(_held(ends[0][year, day]))) for day in reversed(days)]
        picture.curve([*there, *back], kind, closed=True)
    picture.curve([(x(day), y(mean[year, day])) for day in days], "wuser medium")
    picture.line(38, y(cases.TRUE_POINTS), WIDTH - 12, y(cases.TRUE_POINTS), "dash")
    picture.text(WIDTH - 14, y(6), "dashed: the true score, 25", "soft", "end")
    for day in np.flatnonzero(fixed[year]).tolist():
        if day >= 8:
            picture.box(x(day), 242, 1.2, 9, "bad")
    for words, day in (("April", 90), ("July", 181), ("October", 273)):
        picture.text(x(day), 268, words, "soft", "middle")
    picture.box(12, 279, 8, 9, "bad")
    picture.text(26, 288, "days on which the fixed interval is wrong")
    picture.box(12, 10, 12, 10, "user half")
    picture.text(30, 19, "fixed interval")
    picture.box(136, 10, 12, 10, "user paler")
    picture.text(154, 19, "confidence sequence")
    return picture


def _held(points: float) -> float:
    return min(75.0, max(-25.0, float(points)))


def split() -> Picture:
    """A partner whose users turned, and the two sequences that no longer overlap."""
    months, found = cases.a_drop()
    picture = Picture(
        "A change between two months",
        "Scores of ten months as dots. The interval of everything before the seventh month lies above the interval of "
        "everything since, without overlap: the change is named there.",
        height=236,
    )
    x, y = Scale(0, len(months), 38, WIDTH - 12), Scale(-75, 75, 196, 16)
    for tick in (-50, 0, 50):
        picture.line(38, y(tick), WIDTH - 12, y(tick), "dash" if tick == 0 else "grid")
        picture.text(32, y(tick) + 4, points_text(tick), "soft", "end")
    sides = (
        (0, found.step, found.before, found.before_points, "user"),
        (found.step, len(months), found.after, found.after_points, "buyer"),
    )
    for first, last, interval, points, kind in sides:
        width = x(last) - x(first) - 4
        picture.box(x(first) + 2, y(interval.high), width, y(interval.low) - y(interval.high), f"{kind} pale")
        picture.line(x(first) + 2, y(points), x(last) - 2, y(points), f"w{kind} thick")
    picture.text(x(0) + 6, y(found.before.high) - 6, f"before: {_told(found.before_points, found.before)}", "user")
    picture.text(x(10) - 4, y(found.after.low) + 16, f"since: {_told(found.after_points, found.after)}", "buyer", "end")
    for place, (detractors, passives, promoters) in enumerate(months.tolist()):
        points = nps.score(nps.Tally(detractors, passives, promoters)) or 0.0
        picture.dot(x(place + 0.5), y(points), 3.5, "ink")
        picture.text(x(place + 0.5), 214, str(place + 1), "soft", "middle")
    picture.text((x(0) + x(10)) / 2, 230, "month", "soft", "middle")
    return picture


def _told(points: float, interval: Interval) -> str:
    return f"{points_text(points)} ({points_text(interval.low)} to {points_text(interval.high)})"


def silent() -> Picture:
    """From licences to answers, and how far the silent could move the score."""
    picture = Picture(
        "Who is silent, and what they could hide",
        "Bars that shrink from 400 licences to 36 people who gave a score. Below, the score with its worst and best "
        "case, and what it could be if the silent differ by up to 10, 20 or 30 points.",
        height=352,
    )
    width = Scale(0, cases.LICENCES, 0, 196)
    for place, (words, people) in enumerate(cases.FUNNEL):
        y = 12 + 25 * place
        picture.text(12, y + 14, words)
        picture.box(92, y + 2, width(people), 16, "user pale" if words != "scored" else "user")
        picture.text(98 + width(people), y + 14, str(people), "strong")
    scale = Scale(-100, 100, 24, WIDTH - 24)
    axis(picture, scale, 176, 324, (-100, -50, 0, 50, 100))
    points, worst = nps.score(cases.PEOPLE) or 0.0, nonresponse.bounds(cases.PEOPLE, cases.ELIGIBLE)
    if worst is None:
        raise ArithmeticError("somebody answered")
    picture.text(24, 192, f"all silent at their worst or best: {_ends(worst)}")
    range_bar(picture, scale, 203, worst.low, points, worst.high, "ink")
    for place, spread in enumerate((30, 20, 10)):
        found = nonresponse.sensitivity(cases.PEOPLE, cases.ELIGIBLE, spread)
        if found is not None:
            y = 237 + 34 * place
            picture.text(24, y - 10, f"they differ by up to {spread} points: {_ends(found)}")
            range_bar(picture, scale, y, found.low, points, found.high, "user")
    return picture


def _ends(interval: Interval) -> str:
    return f"{points_text(interval.low)} to {points_text(interval.high)}"
