"""From licences to comments, and what the silent could hide."""

from dataclasses import dataclass

from feedback.gap.pictures.scale import across
from feedback.gap.values import Silent

_STEPS = {
    "licences": "licences",
    "deployed": "seats deployed",
    "active": "active in the window",
    "eligible": "where asking is allowed",
    "shown": "were asked",
    "scored": "gave a score",
    "commented": "wrote a comment",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One bar of the funnel; `width` in per cent of the widest."""

    name: str
    people: int
    width: float


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a score could go; in per cent of the width."""

    says: str
    at: float
    width: float


@dataclass(frozen=True, slots=True)
class SilentPicture:
    """The funnel, and around the score `at` the bounds, widest first; `at` None without a score."""

    steps: tuple[Step, ...]
    at: float | None
    reaches: tuple[Reach, ...]
    ticks: tuple[tuple[int, float], ...]


def silent(found: Silent, metric: str = "nps") -> SilentPicture:
    """The picture of who did not answer."""
    people = [(words, getattr(found.funnel, name)) for name, words in _STEPS.items()]
    most = max((number or 0 for _, number in people), default=0) or 1
    steps = tuple(Step(words, number, round(100 * number / most, 2)) for words, number in people if number is not None)
    scale = across(metric)
    spans = [(f"if the silent differ by up to {one.points:g} points", one.low, one.high) for one in found.what_if]
    spans.sort(key=lambda one: one[1] - one[2])
    if found.worst is not None and found.best is not None:
        spans.insert(0, ("if all the silent gave the worst or the best answer", found.worst, found.best))
    reaches = tuple(Reach(words, scale.at(low), round(scale.at(high) - scale.at(low), 2)) for words, low, high in spans)
    return SilentPicture(steps, None if found.score is None else scale.at(found.score), reaches, scale.ticks)
