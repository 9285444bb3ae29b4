"""Who did not answer, and what that could hide. End users of all partners pooled, each counting the same."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from feedback.gap.inputs import Inputs
from feedback.gap.measures import END_USER, Counts, one_tally
from feedback.gap.values import Funnel, PartnerRow, Representativity, Silent, WeightedScore, WhatIf
from feedback.stats import nonresponse, raking
from feedback.tallies.cube import SEAT

SPREADS_POINTS = (10, 20, 30)
_UNKNOWN = ""
_ACTIVE = "the seats active in the window at partners that allow asking (whoever answered could have)"
_DEPLOYED = "the seats deployed at partners that allow asking, because no activity is on record"
_NOBODY_KNOWS = "neither seats nor activity are on record: nobody knows how many could have answered"

Vectors = Mapping[int, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Seen:
    """People and seats of the partners of a report, at the end of its window.

    `people` (11) those who scored; `people_by_segment` the same by segment id (11); `seats_by_segment` deployed
    seats by segment id.
    """

    people: Counts
    people_by_segment: Mapping[int, Counts]
    seats_by_segment: Mapping[int, int]
    vectors: Vectors


def judge(metric: str, funnel: Funnel, seen: Seen, could_have: str, *, partners_silent: int) -> Silent:
    """Bounds, what-ifs, representativity and a weighted score for those who answered.

    `could_have`: who the eligible are, in words; empty where nobody knows how many they are.
    """
    tally = one_tally(metric, seen.people)
    worst = nonresponse.bounds(tally, funnel.eligible) if could_have else None
    score = 100 * tally.total / tally.count if tally.count else None
    what_if = (
        WhatIf(float(points), found.low, found.high)
        for points in SPREADS_POINTS
        if could_have and (found := nonresponse.sensitivity(tally, funnel.eligible, points)) is not None
    )
    return Silent(
        funnel=funnel,
        participation=funnel.scored / funnel.eligible if could_have and funnel.eligible else None,
        participation_of=f"people who gave a score, of {could_have}" if could_have else _NOBODY_KNOWS,
        score=score,
        worst=None if worst is None else worst.low,
        best=None if worst is None else worst.high,
        what_if=tuple(what_if),
        representativity=tuple(_representativity(seen)),
        weighted=_weighted(metric, seen, score),
        partners_silent=partners_silent,
    )


def funnel(
    *,
    licences: int | None,
    deployed: Counts,
    active: Counts | None,
    shown: Counts,
    scored: Counts,
    commented: Counts,
    may_ask: np.ndarray,
) -> Funnel:
    """In persons, by partner and added up. Nobody comes later without having come before: whoever answered was shown
    a survey, whoever was shown one was eligible; and there are never fewer active or deployed than eligible.

    `active`: None where no activity is on record at all; then everybody deployed could be asked.
    """
    reached = np.maximum(shown, scored)
    eligible = int(np.maximum(np.where(may_ask, deployed if active is None else active, 0), reached).sum())
    # As the report says them elsewhere, wherever that is in order.
    used = None if active is None else max(int(active.sum()), eligible)
    return Funnel(
        licences=licences,
        deployed=max(int(deployed.sum()), used or 0, eligible),
        active=used,
        eligible=eligible,
        shown=int(reached.sum()),
        scored=int(scored.sum()),
        commented=int(commented.sum()),
    )


def _representativity(seen: Seen) -> Iterable[Representativity]:
    for name in _names(seen.vectors, seen.seats_by_segment):
        population = _by_value(name, seen.seats_by_segment, seen.vectors)
        answered = {segment: int(people.sum()) for segment, people in seen.people_by_segment.items()}
        respondents = _by_value(name, answered, seen.vectors)
        population.pop(_UNKNOWN, None)
        respondents.pop(_UNKNOWN, None)
        r = nonresponse.r_indicator(population, respondents)
        if r is not None and any(respondents.values()):
            yield Representativity(name, r, sum(population.values()))


def _weighted(metric: str, seen: Seen, plain: float | None) -> WeightedScore | None:
    names = _names(seen.vectors, seen.seats_by_segment)
    if not names or plain is None:
        return None
    cells: dict[tuple[str, ...], Counts] = {}
    for segment, people in seen.people_by_segment.items():
        vector = seen.vectors.get(segment, {})
        cell = tuple(vector.get(name, _UNKNOWN) for name in names)
        cells[cell] = cells[cell] + people if cell in cells else people
    population = [_by_value(name, seen.seats_by_segment, seen.vectors) for name in names]
    found = raking.rake({cell: one_tally(metric, people) for cell, people in cells.items()}, population)
    if found is None:
        return None
    return WeightedScore(
        found.points, found.low, found.high, found.n, found.effective_n, found.trimmed, tuple(names), plain
    )


def _names(vectors: Vectors, segments: Iterable[int]) -> list[str]:
    return sorted({name for segment in segments for name in vectors.get(segment, {})})


def _by_value(name: str, counts: Mapping[int, int], vectors: Vectors) -> dict[str, int]:
    found: dict[str, int] = {}
    for segment, count in counts.items():
        value = vectors.get(segment, {}).get(name, _UNKNOWN)
        found[value] = found.get(value, 0) + count
    return found


def silent(inputs: Inputs, partners: Sequence[PartnerRow]) -> Silent:
    """Who did not answer in the window of a report."""
    licences, deployed = inputs.licences, inputs.seats[:, SEAT["deployed"]]
    reach = funnel(
        licences=int(licences[licences > 0].sum()) if (licences >= 0).any() else None,
        deployed=deployed,
        active=inputs.reached("active") if inputs.active else None,
        shown=inputs.reached("shown"),
        scored=inputs.sides[:, END_USER].sum(axis=-1),
        commented=inputs.commented,
        may_ask=inputs.may_ask,
    )
    seen = Seen(
        people=inputs.sides[:, END_USER].sum(axis=0),
        people_by_segment={segment: sides[END_USER] for segment, sides in inputs.segment_people.items()},
        seats_by_segment={
            segment: int(counts[SEAT["deployed"]]) for segment, counts in inputs.seats_by_segment.items()
        },
        vectors=inputs.vectors,
    )
    without = sum(bool(row.licences) and not row.end_user.people for row in partners)
    could_have = _ACTIVE if inputs.active else _DEPLOYED if deployed.any() else ""
    return judge(inputs.metric, reach, seen, could_have, partners_silent=without)
