"""The tests for flags: each looks at the days that end with one day, at all partners, and says what stands out.

A test is made once for each day. `ALPHA` is the chance of a false alarm of one kind at one partner in a month, if
honest answers are as they are modelled; what it is on an honest world is measured by `python -m
tools.false_alarms`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from feedback.core.months import first_day, month_of
from feedback.flags.flow import PERIOD_DAYS, Counts, Flow
from feedback.stats import suspicion

ALPHA = 0.001
TESTS_A_MONTH = 30
_BURST_DAYS = (1, 3, 7)
_PROMPT_DAYS = 7
_PROMPTS_A_MONTH = 4
_KNOWN_FOR_DAYS = 28
"""Before so many days there is nothing that a rise could be compared with."""
_FEWEST = 8
"""Fewer answers say nothing of anybody, and move no score much."""
_FEWEST_UNKNOWN = 5
_NOT_YET_ON_FILE = 0.1
"""Share of seats by which what the vendor knows may lag behind, and activity may go unreported."""
_USUALLY_UNKNOWN = 0.05
_CLOSE_S, _BUSY_S = 20.0, 4 * 3600.0
_WEEK = 7


@dataclass(frozen=True, slots=True)
class Alarm:
    """What stands out at the partner in `place`, on the days `first` to `last` (ordinals)."""

    kind: str
    place: int
    first: int
    last: int
    p_value: float | None
    evidence: dict[str, Any]


def above_seats(flow: Flow, day: int) -> Iterator[Alarm]:
    """More people answered in the month than have a seat or a licence, at partners of which either is known."""
    first = first_day(month_of(date.fromordinal(day))).toordinal()
    seats, licences = flow.room(day)
    room, people = np.maximum(seats, licences), flow.window(flow.answers, first, day)
    least = np.maximum(_FEWEST_UNKNOWN, _NOT_YET_ON_FILE * room)
    for place in np.flatnonzero((room > 0) & (people - room >= least)).tolist():
        told = {"people": int(people[place]), "seats": int(seats[place]), "licences": int(licences[place])}
        yield Alarm("above_seats", place, first, day, None, told)


def unknown(flow: Flow, day: int) -> Iterator[Alarm]:
    """People whom the vendor does not know answer more than elsewhere, where the vendor names its people at all."""
    first = day - PERIOD_DAYS + 1
    named = flow.room(day).seats > 0
    people = np.where(named, flow.window(flow.answers, first, day), 0)
    strange = np.where(named, flow.window(flow.unknown, first, day), 0)
    shares, spread = suspicion.shares_elsewhere(strange, people, _USUALLY_UNKNOWN)
    p_values = suspicion.excess(strange, np.maximum(people, strange), shares, spread)
    for place in np.flatnonzero((strange >= _FEWEST_UNKNOWN) & (p_values < ALPHA / TESTS_A_MONTH)).tolist():
        told = {"unknown": int(strange[place]), "people": int(people[place]), "elsewhere": float(shares[place])}
        yield Alarm("unknown", place, first, day, float(p_values[place]), told)


def pattern(flow: Flow, day: int) -> Iterator[Alarm]:
    """One and the same score, more often than other partners' people make believable."""
    first = day - PERIOD_DAYS + 1
    start = max(0, first - flow.first_day)
    scores = flow.scores[:, start : day + 1 - flow.first_day].sum(axis=1)
    people = scores.sum(axis=1)
    threshold = ALPHA / TESTS_A_MONTH / len(flow.scale)
    for score in flow.scale:
        those = scores[:, score]
        shares, spread = suspicion.shares_elsewhere(those, people, 1 / len(flow.scale))
        p_values = suspicion.excess(those, people, shares, spread)
        for place in np.flatnonzero((those >= _FEWEST) & (p_values < threshold)).tolist():
            told: dict[str, Any] = {"score": score, "those": int(those[place]), "people": int(people[place])}
            told |= {"elsewhere": float(shares[place])}
            yield Alarm("pattern", place, first, day, float(p_values[place]), told)


def burst(flow: Flow, day: int) -> Iterator[Alarm]:
    """People who had never answered come all at once."""
    threshold = ALPHA / TESTS_A_MONTH / len(_BURST_DAYS)
    places = np.arange(len(flow.partners))
    found: dict[int, Alarm] = {}
    for days in _BURST_DAYS:
        first = day - days + 1
        inside, p_values, foreseen = _rises(flow, flow.fresh, places, np.full(len(places), first), days, day)
        for place in np.flatnonzero((inside >= _FEWEST) & (p_values < threshold)).tolist():
            own, signed = (flow.window(one, first, day)[place] for one in (flow.answers, flow.signed))
            told = {"people": int(inside[place]), "expected": float(foreseen[place]), "days": days}
            told |= {"answers": int(own), "partner_signed": int(signed)}
            alarm = Alarm("burst", place, first, day, float(p_values[place]), told)
            if place not in found or p_values[place] < (found[place].p_value or 0):
                found[place] = alarm
    yield from found.values()


def prompted(flow: Flow, day: int) -> Iterator[Alarm]:
    """More answers in the week after somebody on the buyer's side had turned to people, or to us."""
    began = day - _PROMPT_DAYS + 1
    own = [one for one in flow.prompts if one.day == began]
    if not own:
        return
    places = np.array([one.place for one in own])
    starts = np.full(len(own), began)
    inside, p_values, foreseen = _rises(flow, flow.answers, places, starts, _PROMPT_DAYS, day)
    for number in np.flatnonzero((inside >= _FEWEST) & (p_values < ALPHA / _PROMPTS_A_MONTH)).tolist():
        place = int(places[number])
        told = {"what": own[number].what, "answers": int(inside[number]), "expected": float(foreseen[number])}
        told |= {"score": _mean(flow, place, began, day)}
        told |= {"score_before": _mean(flow, place, began - PERIOD_DAYS, began - 1)}
        yield Alarm("prompted", place, began, day, float(p_values[number]), told)


def timing(flow: Flow, day: int) -> Iterator[Alarm]:
    """Answers that follow each other within seconds, as nobody's people do."""
    for place in range(len(flow.partners)):
        seconds = flow.moments.get((place, day))
        if seconds is None or len(seconds) < _FEWEST:
            continue
        close, p_value = suspicion.close_followers(seconds, _CLOSE_S, _BUSY_S)
        if p_value < ALPHA / TESTS_A_MONTH:
            told = {"answers": len(seconds), "close": close, "seconds": int(_CLOSE_S)}
            yield Alarm("timing", place, day, day, p_value, told)


TRIALS: tuple[Callable[[Flow, int], Iterator[Alarm]], ...] = (above_seats, unknown, pattern, burst, prompted, timing)


def _rises(
    flow: Flow, counts: Counts, places: Counts, starts: Counts, days: int, until: int
) -> tuple[Counts, Any, Any]:
    """Counts of the `days` from `starts` on at `places`, how improbable so many are, and how many were expected.

    A day's share of the time is what it is at all other partners: so what is busy for all, as after a release, is
    nobody's alarm. A partner's time begins with its first answer.
    """
    first = max(flow.first_day, until - PERIOD_DAYS + 1)
    column = np.arange(first, until + 1)
    window = counts[:, first - flow.first_day : until + 1 - flow.first_day]
    there = column[None, :] >= flow.began[:, None]
    # One more on each day: where there are few others every day is like another.
    usual = np.where(there, window.sum(axis=0)[None, :] - window + 1.0, 0)
    spread = _spread(window, usual)
    own_days, own_usual = window[places], usual[places]
    within = (column[None, :] >= starts[:, None]) & (column[None, :] < starts[:, None] + days)
    inside = np.where(within, own_days, 0).sum(axis=1)
    outside = own_days.sum(axis=1) - inside
    share = np.where(within, own_usual, 0).sum(axis=1) / np.maximum(own_usual.sum(axis=1), 1e-9)
    p_values = suspicion.rise(inside, outside, share, spread[places])
    known = starts - flow.began[places] >= _KNOWN_FOR_DAYS
    return inside, np.where(known, p_values, 1.0), suspicion.expected(outside, share)


def _spread(window: Counts, usual: Any) -> Any:
    """How far whole weeks of other partners spread around what is usual."""
    weeks = window.shape[1] // _WEEK
    if not weeks:
        return np.full(len(window), suspicion.LEAST_SPREAD_OF_COUNTS)
    shape = (len(window), weeks, _WEEK)
    observed = window[:, -weeks * _WEEK :].reshape(shape).sum(axis=2)
    foreseen = usual[:, -weeks * _WEEK :].reshape(shape).sum(axis=2)
    foreseen = foreseen * (observed.sum(axis=1) / np.maximum(foreseen.sum(axis=1), 1e-9))[:, None]
    return suspicion.spread_of_counts(observed, foreseen)


def _mean(flow: Flow, place: int, first: int, last: int) -> float | None:
    start = max(0, first - flow.first_day)
    scores = flow.scores[place, start : max(start, last + 1 - flow.first_day)].sum(axis=0)
    people = int(scores.sum())
    return float(scores @ np.arange(11)) / people if people else None
