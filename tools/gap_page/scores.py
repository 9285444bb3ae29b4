"""Pictures of scores: one, a gap, many partners in one number, a ranking."""

from math import log

import numpy as np

from feedback.gap.sentences import points_text
from feedback.stats import gap, nps, rollup
from tools.gap_page import cases
from tools.gap_page.svg import WIDTH, Picture, Scale, axis, range_bar


def score() -> Picture:
    """Thirty-six people and what they say of everybody like them, beside five and one."""
    picture = Picture(
        "One score and its interval",
        "Thirty-six people: 8 detractors, 13 passives, 15 promoters. Their score and its interval on a line from minus "
        "100 to 100; under it those of five promoters and of one, whose intervals reach up to 100 and are much wider.",
        height=222,
    )
    kinds = zip(cases.PEOPLE.parts, ("bad", "hollow", "user"), ("0 to 6", "7 or 8", "9 or 10"), strict=True)
    x = 14.0
    for people, kind, words in kinds:
        picture.text(x, 22, f"{people} gave {words}", "soft")
        for place in range(people):
            picture.dot(x + 5 + 12 * (place % 8), 36 + 14 * (place // 8), 4.4, kind)
        x += 116
    scale = Scale(-100, 100, 24, WIDTH - 24)
    axis(picture, scale, 76, 196, (-100, -50, 0, 50, 100))
    named = (
        (cases.PEOPLE, "36 people"),
        (cases.FIVE_HAPPY, "5 people, all promoters"),
        (cases.ONE_HAPPY, "1 promoter"),
    )
    for place, (tally, words) in enumerate(named):
        points, found = nps.score(tally) or 0.0, nps.interval(tally)
        if found is not None:
            y = 104 + 40 * place
            range_bar(picture, scale, y, found.low, points, found.high, "user")
            ends = f"{points_text(points)}, between {points_text(found.low)} and {points_text(found.high)}"
            picture.text(24, y - 10, f"{words}: {ends}")
    return picture


def gap_by_buyers() -> Picture:
    """The same fifty end users beside ever more buyers."""
    picture = Picture(
        "The gap of 50 end users and 1, 2, 4 or 20 buyers",
        "End users score minus 10. With two, four and twenty buyers who score 50 the gap is minus 60 each time; its "
        "interval shrinks and with twenty it no longer reaches 0. One buyer's answer gives the widest interval.",
        height=236,
    )
    scale = Scale(-140, 75, 24, WIDTH - 24)
    axis(picture, scale, 24, 206, (-100, -50, 0, 50))
    picture.text(scale(-4), 18, "users unhappier", "soft", "end")
    picture.text(scale(4), 18, "buyers unhappier", "soft")
    for place, (people, buyers) in enumerate(cases.BUYERS.items()):
        found = gap.estimate(cases.USERS_OF_A_PARTNER, buyers)
        if found is not None:
            y = 54 + 46 * place
            range_bar(picture, scale, y, found.low, found.points, found.high, "user")
            told = "never provable" if found.p_value is None else "provable" if found.provable else "not proven"
            words = f"{people} buyer{'' if people == 1 else 's'}: {points_text(found.points)}, {told}"
            picture.text(24, y - 11, words, "strong" if found.provable else "")
    return picture


def partners() -> Picture:
    """Six partners, and three ways to make one number of them."""
    picture = Picture(
        "Six partners and three overall scores",
        "Partners A to F with their scores, intervals and licences; below them the pooled score, the score weighted by "
        "licences and the plain mean of partners, which differ.",
        height=344,
    )
    scale = Scale(-100, 100, 132, WIDTH - 18)
    axis(picture, scale, 12, 318, (-100, -50, 0, 50, 100))
    for place, (name, (tally, licences)) in enumerate(cases.PARTNERS.items()):
        y, found = 28 + 31 * place, nps.interval(tally)
        picture.text(12, y + 4, name, "strong")
        picture.text(28, y + 4, f"{licences} licences", "soft")
        if found is not None:
            picture.line(scale(found.low), y, scale(found.high), y, "wuser medium")
            picture.dot(scale(nps.score(tally) or 0), y, 2.5 + licences**0.5 / 2, "user")
    tallies, licences_of = zip(*cases.PARTNERS.values(), strict=True)
    picture.line(12, 207, WIDTH - 12, 207, "grid")
    estimates = {
        "Licences weigh": (rollup.seat_weighted(tallies, licences_of), "user"),
        "Answers weigh": (rollup.pooled(tallies), "ink"),
        "Partners alike": (rollup.mean_of_partners(tallies), "ink"),
    }
    for place, (words, (estimate, kind)) in enumerate(estimates.items()):
        y = 230 + 34 * place
        picture.text(12, y + 4, words, "strong" if place == 0 else "")
        if estimate is not None and estimate.low is not None and estimate.high is not None:
            range_bar(picture, scale, y, estimate.low, estimate.points, estimate.high, kind)
            picture.text(scale(estimate.points), y - 9, points_text(estimate.points), "", "middle")
    return picture


def ranking() -> Picture:
    """Eighty made-up partners: raw scores fan out to the left, shrunken ones do not."""
    picture = Picture(
        "Raw and shrunken scores by number of answers",
        "A funnel: raw scores of partners with few answers spread from minus 100 to 100, those of partners with many "
        "lie close together. Each shrunken score lies nearer to the middle, the more so the fewer answers there are.",
        height=300,
    )
    counts, _ = cases.many_partners()
    tallies = nps.Tallies(*counts.T)
    x, y = Scale(log(1.8), log(330), 40, WIDTH - 12), Scale(-100, 100, 250, 34)
    for tick in (-100, -50, 0, 50, 100):
        picture.line(40, y(tick), WIDTH - 12, y(tick), "dash" if tick == 0 else "grid")
        picture.text(34, y(tick) + 4, points_text(tick), "soft", "end")
    for tick in (2, 5, 20, 50, 100, 300):
        picture.text(x(log(tick)), 268, str(tick), "soft", "middle")
    picture.text((40 + WIDTH - 12) / 2, 287, "answers", "soft", "middle")
    picture.dot(48, 14, 3.6, "hollow")
    picture.text(57, 18, "raw")
    picture.dot(104, 14, 3.6, "user")
    picture.text(113, 18, "shrunken: what partners are ranked by")
    raw, drawn = 100 * tallies.means, rollup.shrink(tallies)
    for people, before, after in zip(tallies.count.tolist(), raw.tolist(), drawn, strict=True):
        picture.line(x(log(people)), y(before), x(log(people)), y(after or 0), "grid medium")
    for people, before in zip(tallies.count.tolist(), raw.tolist(), strict=True):
        picture.dot(x(log(people)), y(before), 3, "hollow")
    for people, after in zip(tallies.count.tolist(), np.array(drawn, dtype=float).tolist(), strict=True):
        picture.dot(x(log(people)), y(after), 3, "user")
    return picture
