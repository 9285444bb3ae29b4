"""What changed since the previous period, and what gave most to it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from feedback.core.months import first_day, last_day
from feedback.gap.measures import Counts, both, each_tally, one_tally
from feedback.gap.once import once
from feedback.gap.sentences import points_text
from feedback.gap.values import AttributeChange, Change, ChangePart, Changes, SideChange
from feedback.gap.window import Window
from feedback.stats import decompose

Attributes = Mapping[str, Mapping[str, Counts]]
"""Attribute, value, sides (2, 11): people pooled."""

_SHOWN = 3
_WORTH_SAYING_POINTS = 0.5
_WHO = ("End users", "Buyers")


def between(
    metric: str,
    window: Window,
    partners: Sequence[tuple[str, str]],
    sides: tuple[Counts, Counts],
    licences: tuple[Counts, Counts],
    attributes: tuple[Attributes, Attributes],
    *,
    portfolio: bool,
) -> Changes:
    """Take the change from the previous period (first of each pair) to this one (second) apart.

    `partners` are (slug, name) in the order of `sides` (partners, 2, 11) and `licences` (partners). Of a portfolio
    by partner, for those that count in the headline of either period, weighted as there; of one partner its own score,
    where all is rate; and by declared attribute.
    """
    if portfolio:
        counted = [both(own) & (weights > 0) for own, weights in zip(sides, licences, strict=True)]
    else:
        counted = [np.ones(len(partners), dtype=bool)] * 2
        licences = (np.ones_like(licences[0]), np.ones_like(licences[1]))
    found = []
    for side in (0, 1):
        by_partner = _by_partner(metric, partners, sides, licences, counted, side)
        found.append(SideChange(by_partner, tuple(_by_attribute(metric, attributes, side))))
    months = len(window.months)
    return Changes(
        first_day(window.first_month - months),
        last_day(window.first_month - 1),
        found[0],
        found[1],
        tuple(sentence for side in (0, 1) for sentence in _sentences(_WHO[side], found[side])),
    )


def _by_partner(
    metric: str,
    partners: Sequence[tuple[str, str]],
    sides: tuple[Counts, Counts],
    licences: tuple[Counts, Counts],
    counted: Sequence[NDArray[np.bool_]],
    side: int,
) -> Change | None:
    weights = [np.where(there, own, 0) for there, own in zip(counted, licences, strict=True)]
    found = _apart(metric, sides[0][:, side], sides[1][:, side], *weights)
    return _change(found, dict(enumerate(partners)))


@once
def _apart(
    metric: str, before: Counts, after: Counts, weights_before: Counts, weights_after: Counts
) -> decompose.Change | None:
    """The change by place of the partner; `before` and `after` (partners, 11). Who weighs nothing does not count."""
    old, new = (
        {
            place: tally
            for place, (tally, weight) in enumerate(zip(each_tally(metric, own), weights.tolist(), strict=True))
            if weight and tally.count
        }
        for own, weights in ((before, weights_before), (after, weights_after))
    )
    weights = np.stack([weights_before, weights_after], axis=1).astype(float).tolist()
    return decompose.kitagawa(old, new, {place: (weights[place][0], weights[place][1]) for place in {**old, **new}})


def _by_attribute(metric: str, attributes: tuple[Attributes, Attributes], side: int) -> Iterator[AttributeChange]:
    for name in sorted({*attributes[0], *attributes[1]}):
        before, after = (
            {
                value: tally
                for value, sides in own.get(name, {}).items()
                if (tally := one_tally(metric, sides[side])).count
            }
            for own in attributes
        )
        change = _change(decompose.kitagawa(before, after), {value: (value, value) for value in {*before, *after}})
        if change is not None:
            yield AttributeChange(name, change)


def _change(found: decompose.Change | None, named: Mapping[Any, tuple[str, str]]) -> Change | None:
    """`named`: what each part is called, its key and its name."""
    if found is None:
        return None
    parts = tuple(ChangePart(*named[key], part.mix, part.rate, part.total) for key, part in found.parts.items())
    return Change(found.total, found.mix, found.rate, found.is_contradicted(), parts)


def _sentences(who: str, side: SideChange) -> Iterator[str]:
    if side.by_partner is not None:
        yield from _told(who, side.by_partner, "partners")
    for one in side.by_attribute:
        if one.change.contradicted:
            yield _warning(who, one.change, one.attribute)


def _told(who: str, change: Change, groups: str) -> Iterator[str]:
    if abs(change.total) < _WORTH_SAYING_POINTS:
        yield f"{who}: no change to speak of."
    elif len(change.parts) == 1:
        yield f"{who}: {_signed(change.total)} points."
    else:
        largest = [part for part in change.parts if abs(part.total) >= _WORTH_SAYING_POINTS][:_SHOWN]
        named = ", ".join(f"{part.name} {_signed(part.total)}" for part in largest)
        yield (
            f"{who}: {_signed(change.total)} points, {_signed(change.rate)} because {groups} scored differently and "
            f"{_signed(change.mix)} because others weigh or answered{f'; most from {named}' if named else ''}."
        )
    if change.contradicted:
        yield _warning(who, change, groups)


def _warning(who: str, change: Change, groups: str) -> str:
    went, fell = ("up", "fell") if change.rate > 0 else ("down", "rose")
    return (
        f"Careful: within {groups} {who.lower()} went {went} by {points_text(abs(change.rate))} points, yet the total "
        f"{fell} by {points_text(abs(change.total))}, because who answered changed. Do not read the total alone."
    )


def _signed(points: float) -> str:
    text = points_text(points)
    return f"+{text}" if round(points) > 0 else text
