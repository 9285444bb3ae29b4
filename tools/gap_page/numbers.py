"""What the page says in numbers, sentence by sentence, as the product's own functions give it."""

from collections.abc import Callable, Iterator
from functools import cache
from math import floor
from pathlib import Path
from typing import TypeVar

import numpy as np

from bench import coverage
from feedback.gap import adoption, backtest, exposure, renewals, watch
from feedback.gap.sentences import percent, points_text
from feedback.settings import Settings
from feedback.stats import decompose, gap, nonresponse, nps, proportion, raking, rollup, shrinkage, states, trend
from feedback.stats.interval import Interval
from feedback.tallies.seat_counts import COUNTS
from tools.gap_page import cases
from tools.gap_page.power import proven
from tools.gap_page.use import NAMES

SETTINGS = Settings(home=Path(), database_url="")
Value = TypeVar("Value")


def _score() -> Iterator[str]:
    tally, found = cases.PEOPLE, _known(nps.interval(cases.PEOPLE))
    yield (
        f"{tally.detractors} detractors, {tally.passives} passives and {tally.promoters} promoters are {tally.count} "
        f"people: ({tally.promoters} − {tally.detractors}) / {tally.count} × 100 = {points_text(nps.score(tally))}"
    )
    yield f"between {_and(found)} at 95 %"
    yield f"five promoters score 100, between {_and(_known(nps.interval(cases.FIVE_HAPPY)))}"
    yield f"one promoter scores 100, between {_and(_known(nps.interval(cases.ONE_HAPPY)))}"
    yield f"the adjusted Wald interval, which many readers know, gives {_and(_known(nps.adjusted_wald(tally)))} here"
    lowest = {people: _lowest_coverage(people) for people in coverage.N_BUYER}
    listed = ", ".join(f"{lowest[people]} of 100 with {people}" for people in coverage.N_BUYER[:-1])
    yield f"{listed} and {lowest[coverage.N_BUYER[-1]]} of 100 with {coverage.N_BUYER[-1]} people"
    share = proportion.Tally(30, 10)
    content = _and(_known(proportion.interval(share)))
    yield f"30 of 40 content is {points_text(proportion.score(share))}, between {content}"


def _lowest_coverage(people: int) -> int:
    """Over every population in steps of 5 %, rounded down: how many of 100 intervals hold the truth."""
    steps = [(d / 20, (20 - d - p) / 20, p / 20) for d in range(21) for p in range(21 - d)]
    return floor(100 * min(coverage.single_coverage(shares, people) for shares in steps) + 1e-6)


def _gap() -> Iterator[str]:
    users = cases.USERS_OF_A_PARTNER
    yield f"50 end users who score {points_text(nps.score(users))} beside buyers who score 50"
    for people, buyers in cases.BUYERS.items():
        found = _known(gap.estimate(users, buyers))
        p_value = "none" if found.p_value is None else f"{found.p_value:.3f}"
        yield (
            f"| {people} | {points_text(found.points)} | {_to(found.low, found.high)} | {p_value} | "
            f"{'yes' if found.provable else 'no'} |"
        )
    four = cases.BUYERS[4]
    all_known, half_known = (_known(gap.estimate(users, four, buyers_known=known)) for known in (4, 8))
    predictive = _known(gap.estimate(users, four))
    yield f"four buyers like these: {_to(predictive.low, predictive.high)}"
    yield f"these four of eight known: {_to(half_known.low, half_known.high)}"
    yield f"these four, and no others are known: {_to(all_known.low, all_known.high)}"


def _smallest() -> Iterator[str]:
    yield f"users' variance {gap.END_USER_VARIANCE}, buyers' {gap.BUYER_VARIANCE}"
    for people in coverage.N_BUYER:
        points = gap.minimum_detectable(50, people)
        if points is None:
            yield f"| {people} | none: more than 200 would be needed | never |"
        else:
            low, high = (percent(chance) for chance in proven(50, people))
            yield f"| {people} | {points_text(points)} | {low} to {high} |"
    many = points_text(gap.minimum_detectable(10_000, 2))
    yield f"With 10,000 end users instead of 50 two buyers would still need {many} points"


def _partners() -> Iterator[str]:
    for name, (tally, own) in cases.PARTNERS.items():
        counts = ", ".join(map(str, tally.parts))
        yield f"| {name} | {counts} | {own} | {points_text(nps.score(tally))} |"
    tallies, licences = map(list, zip(*cases.PARTNERS.values(), strict=True))
    named = (
        ("every licence the same (the headline)", rollup.seat_weighted(tallies, licences)),
        ("every answer the same", rollup.pooled(tallies)),
        ("every partner the same", rollup.mean_of_partners(tallies)),
    )
    for words, estimate in named:
        one = _known(estimate)
        ends = _to(_known(one.low), _known(one.high))
        yield f"| {words} | {points_text(one.points)} | {one.std_error:.1f} | {ends} |"
    yield "Together they score {}, {} or {}".format(*(points_text(_known(estimate).points) for _, estimate in named))
    one = _known(rollup.seat_weighted(tallies, licences))
    yield f"{one.between_std_error:.1f} between partners and {one.within_std_error:.1f} within them"
    alike = _known(rollup.seat_weighted([cases.ONE_HAPPY] * 5, [10] * 5))
    yield (
        f"five partners of equal size with one promoter each have {alike.between_std_error:.0f} between them and "
        f"{alike.within_std_error:.1f} within: 100, between {points_text(alike.low)} and {points_text(alike.high)}"
    )


def _adoption() -> Iterator[str]:
    for place, seat in enumerate(cases.SEATS, start=1):
        found = cases.fates((seat,))
        fate = next(name for name in ("engaged", "never", "abandoned", "lapsed") if found[name])
        days = (f"{day.day} {day:%b}" if day else "–" for day in (seat.deployed, seat.first, seat.last))
        yield f"| {place} | {' | '.join(days)} | {fate} |"
    found = cases.fates()
    row = adoption.rows(
        np.array([[found[name] for name in COUNTS]]), [cases.LICENCES], settings=SETTINGS, known=True, words=True
    )[0]
    yield from row.sentences
    yield f"{row.activated} of {row.licences} licences are activated, {percent(_known(row.activation))}"
    yield f"{row.engaged} of {row.deployed} deployed seats are engaged, {percent(_known(row.engagement))}"


def _states() -> Iterator[str]:
    small, large = (states.share_above(activated, of, 0.5) for activated, of in ((5, 8), (50, 80)))
    yield f"5 activated of 8 licences make {_two(small)}, 50 of 80 {_two(large)}"
    yield f"one buyer's 9 alone would give {_two(nps.probability_above(cases.ONE_HAPPY, 0))}"
    for place, told in enumerate(cases.story(), start=1):
        month = told.month
        known = "notice given" if month.fact is False else ", ".join(map(str, month.buyers.parts))
        likeliest = "–"
        if told.quadrants is not None:
            name = max(told.quadrants, key=told.quadrants.__getitem__)
            likeliest = f"{NAMES[name]} {_two(told.quadrants[name])}"
        named = NAMES[told.state]
        buyers = "–" if told.buyers is None else _two(told.buyers)
        yield (
            f"| {place} | {month.activated} of {month.licences} | {known} | {_two(told.users)} | {buyers} | "
            f"{likeliest} | {named} | {told.side.replace('_', ' ')} |"
        )


def _ranking() -> Iterator[str]:
    tallies = [tally for tally, _ in cases.PARTNERS.values()]
    fitted = shrinkage.fit(np.array([tally.parts for tally in tallies], dtype=float))
    weight, mean = fitted.sum(), 100 * (fitted[2] - fitted[0]) / fitted.sum()
    yield f"what they have in common scores {points_text(mean)} and weighs as much as {weight:.1f} answers"
    shrunken, worst = rollup.shrink(tallies), rollup.worst_tenth(tallies)
    for name, tally, own, chance in zip(cases.PARTNERS, tallies, shrunken, worst, strict=True):
        raw_points, likely = points_text(nps.score(tally)), percent(_known(chance))
        yield f"| {name} | {tally.count} | {raw_points} | {points_text(own)} | {likely} |"
    counts, true = cases.many_partners()
    many = nps.Tallies(*counts.T)
    raw, drawn = 100 * many.means, np.array(rollup.shrink(many), dtype=float)
    few = [int((many.count[np.argsort(scores, kind="stable")[:8]] < 10).sum()) for scores in (raw, drawn)]
    yield (
        f"of the eight lowest raw scores {few[0]} rest on fewer than ten answers, of the eight lowest shrunken ones "
        f"{few[1]}"
    )
    off = (float(np.abs(scores - true).mean()) for scores in (raw, drawn))
    yield "raw scores are off by {:.0f} points on average, shrunken ones by {:.0f}".format(*off)


def _change() -> Iterator[str]:
    few, many = (_known(decompose.kitagawa(*cases.mixed(size), cases.WEIGHTS)) for size in (1, 20))
    for name, weights in cases.WEIGHTS.items():
        place = list(cases.WEIGHTS).index(name)
        part = few.parts[name]
        yield (
            f"| {name} | {percent(weights[0])} | {percent(weights[1])} | {points_text(cases.BEFORE_SCORES[place])} | "
            f"{points_text(cases.AFTER_SCORES[place])} | {points_text(part.mix)} | {_signed(part.rate)} |"
        )
    yield f"{points_text(few.total)} = {points_text(few.mix)} + {points_text(few.rate)}"
    told = {True: "warns", False: "does not warn"}
    yield (
        f"With 100 answers behind each of the four scores the rate's standard error is {few.rate_std_error:.1f} and "
        f"the report {told[few.is_contradicted()]}; with 2,000 it is {many.rate_std_error:.1f} and the report "
        f"{told[many.is_contradicted()]}."
    )


def _time() -> Iterator[str]:
    points = [_known(nps.score(tally)) for tally in cases.SERIES]
    found = _known(trend.slope(points, [10_000 * tally.smoothed_variance for tally in cases.SERIES]))
    yield f"six months of 40 answers with scores {', '.join(f'{one:g}'.replace('-', '−') for one in points)}"
    yield (
        f"{-found.per_step:.1f} points a month down, between {-found.high:.1f} and {-found.low:.1f}: "
        f"{'declining' if found.declining else 'no clear direction'}"
    )
    low, high, sequence_low, sequence_high, _ = cases.quiet_years()
    shares = (cases.misses(*ends).any(axis=1).mean() for ends in ((low, high), (sequence_low, sequence_high)))
    fixed, safe = (f"{100 * share:.0f}" for share in shares)
    truth = f"a true score of {cases.TRUE_POINTS:.0f}"
    yield f"In {cases.YEARS:,} made-up years with {cases.A_DAY} answers a day and {truth}"
    yield f"missed it on at least one day in {fixed} of 100 years; the confidence sequence did in {safe} of 100"
    for people in (200, 1000):
        sums = round(0.25 * people), round(0.69 * people)
        width = _known(trend.confidence_sequence(people, *sums))
        once = _known(nps.interval(nps.Tally((sums[1] - sums[0]) // 2, people - sums[1], (sums[1] + sums[0]) // 2)))
        yield (
            f"at {people:,} answers ±{(width.high - width.low) / 2:.0f} points instead of "
            f"±{(once.high - once.low) / 2:.0f}"
        )
    _, changed = cases.a_drop()
    yield (
        f"{points_text(changed.before_points)} before, between {_and(changed.before)}, and "
        f"{points_text(changed.after_points)} since, between {_and(changed.after)}"
    )


def _silent() -> Iterator[str]:
    tally, eligible = cases.PEOPLE, cases.ELIGIBLE
    yield f"{tally.count} of {eligible} eligible people answered, {percent(tally.count / eligible)}"
    yield f"between {_and(_known(nonresponse.bounds(tally, eligible)))} whatever the silent think"
    for spread in (10, 20, 30):
        yield f"up to {spread} points: {_to_of(_known(nonresponse.sensitivity(tally, eligible, spread)))}"
    seats = {name: people for name, (people, _) in cases.REPRESENTED.items()}
    answered = {name: people for name, (_, people) in cases.REPRESENTED.items()}
    yield (
        f"{answered['office']} of {seats['office']} office seats answered and {answered['field']} of {seats['field']} "
        f"field seats: R = {_two(nonresponse.r_indicator(seats, answered))}"
    )
    found = _known(raking.rake(cases.ANSWERS_BY_PLACE, [seats]))
    yield (
        f"{points_text(nps.score(tally))} becomes {points_text(found.points)}, between {points_text(found.low)} and "
        f"{points_text(found.high)}, and the {found.n} people tell as much as {found.effective_n:.0f} with equal "
        "weights"
    )


def _backtest() -> Iterator[str]:
    caught = _known(proportion.interval(proportion.Tally(6, 3)))
    yield f"6 of 9 losses flagged is {percent(6 / 9)}, between {caught.low:.0f} % and {caught.high:.0f} %"


def _rules() -> Iterator[str]:
    rule = states.Rule()
    yield f"entered at {rule.enter} and left below {rule.leave}"
    yield f"above {percent(SETTINGS.activation_threshold)} of licences"
    yield f"above {percent(SETTINGS.retention_threshold)} of what came due"
    yield f"active on one of the last {SETTINGS.engaged_days} days"
    yield f"no activity later than {SETTINGS.abandoned_days} days after"
    yield f"fewer than {backtest.FEWEST} losses or fewer than {backtest.FEWEST} contracts kept"
    yield f"{exposure.TIME_TO_ACT_DAYS} days after"
    yield f"more than {raking.HEAVIEST:.0f} times the median weight"
    yield f"K at most {shrinkage.MOST_ANSWERS:,.0f}"
    yield f"{', '.join(map(str, reversed(renewals.BANDS_DAYS)))} days"
    yield f"chance of a false alarm of about {percent(watch.ALPHA)}"
    yield (
        f"under {percent(coverage.FLOOR)} anywhere, under {percent(coverage.ONE_BUYER_FLOOR)} with one buyer, or under "
        f"{percent(coverage.PORTFOLIO_FLOOR)} for the gap of a portfolio"
    )


def _known(value: Value | None) -> Value:
    if value is None:
        raise ArithmeticError("every example on the page has an answer")
    return value


def _signed(points: float) -> str:
    return f"+{points_text(points)}" if points > 0 else points_text(points)


def _two(value: float | None) -> str:
    return f"{_known(value):.2f}"


def _to(low: float, high: float) -> str:
    return f"{points_text(low)} to {points_text(high)}"


def _to_of(interval: Interval) -> str:
    return _to(interval.low, interval.high)


def _and(interval: Interval) -> str:
    return f"{points_text(interval.low)} and {points_text(interval.high)}"


ABOUT: dict[str, Callable[[], Iterator[str]]] = {
    "score": _score,
    "gap": _gap,
    "smallest gap": _smallest,
    "partners": _partners,
    "adoption": _adoption,
    "states": _states,
    "ranking": _ranking,
    "change": _change,
    "time": _time,
    "silent": _silent,
    "backtest": _backtest,
    "rules": _rules,
}


@cache
def sentences(about: str) -> tuple[str, ...]:
    """Those on one of `ABOUT`; each stands on the page word for word, wherever its lines break."""
    return tuple(ABOUT[about]())
