"""The two or three facts behind a side at risk, in plain words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from feedback.gap.evidence import Evidence
from feedback.gap.judgement import SIDES, Judged, Places
from feedback.gap.measures import BUYER, END_USER, Counts, scores
from feedback.gap.once import once
from feedback.gap.sentences import percent, points_text
from feedback.gap.values import Doubts, Score
from feedback.responses.models import REASONS
from feedback.settings import Settings
from feedback.stats import trend

_MOST = 3
_DOUBTS = {"price": "the price", "value": "missing proof of value", "effort": "the effort of administration"}


def facts(found: Evidence, judged: Judged, doubts: Sequence[Doubts], settings: Settings) -> Sequence[tuple[str, ...]]:
    """By partner in their order, what speaks for its state, what weighs most first."""
    return _facts(
        judged.side,
        np.isnan(judged.buyer_ok),
        found.seat("activated"),
        found.licences,
        found.people,
        found.engagement,
        [fact.sentence for fact in found.facts],
        [doubt.sentence for doubt in doubts],
        active=found.active,
        threshold=settings.activation_threshold,
    )


@once
def _facts(
    side: Places,
    buyers_unknown: NDArray[np.bool_],
    activated: Counts,
    licences: Counts,
    people: Counts,
    engagement: trend.Slopes,
    signed: Sequence[str],
    doubts: Sequence[str],
    *,
    active: bool,
    threshold: float,
) -> Sequence[tuple[str, ...]]:
    lines = zip(
        engagement.per_step.tolist(),
        engagement.low.tolist(),
        engagement.high.tolist(),
        engagement.declining.tolist(),
        strict=True,
    )
    columns: tuple[Sequence[Any], ...] = (
        [SIDES[own] for own in side.tolist()],
        buyers_unknown.tolist(),
        activated.tolist(),
        licences.tolist(),
        scores("nps", people[:, END_USER]),
        scores("nps", people[:, BUYER]),
        [(-per_step, -high, -low) if declining else None for per_step, low, high, declining in lines],
        signed,
        doubts,
        [active] * len(side),
        [threshold] * len(side),
    )
    return [tuple(_Witness(*own).facts())[:_MOST] for own in zip(*columns, strict=True)]


@dataclass(frozen=True, slots=True)
class _Witness:
    """Says of one partner what speaks for its state, from the evidence of one month's end.

    `falling`: by how many percentage points a month use falls, at least and at most; None where it does not.
    """

    side: str
    buyers_unknown: bool
    activated: int
    licences: int
    end_users: Score
    buyers: Score
    falling: tuple[float, float, float] | None
    signed: str
    doubt: str
    active: bool
    threshold: float

    def facts(self) -> Iterator[str]:
        if self.side == "buyer":
            yield from self._of_buyers()
            yield from self._of_end_users()
        else:
            unknown = tuple(self._unknown()) if self.side == "undetermined" else ()
            yield from unknown
            yield from self._of_end_users()
            yield from self._of_buyers()

    def _unknown(self) -> Iterator[str]:
        if not self.licences:
            yield "No contract is in force, so activation cannot be told."
        elif not self.active:
            yield "No activity was sent by then, so activation cannot be told."
        if self.buyers_unknown:
            yield (
                "One buyer answered: one person's answer never names a state."
                if self.buyers.people
                else "No buyer answered in the last three months, and nothing was signed or cancelled in a year."
            )

    def _of_end_users(self) -> Iterator[str]:
        score, used = self.end_users, self._use()
        said = "" if score.score is None else f"End users score {_score(score)}."
        if used is None:
            yield from (said,) if said else ()
            return
        fine, told = used
        feel = "happy" if score.low is not None and score.low > 0 else ""
        feel = "unhappy" if score.high is not None and score.high < 0 else feel
        if feel == ("unhappy" if fine else "happy"):
            # In one with what they do, so that both are said however few facts are.
            told[-1] += f" Yet those who answered are {feel}, {_score(score)}: what they say and what most do differ."
            said = ""
        yield from (*told, said) if said else told

    def _use(self) -> tuple[bool, list[str]] | None:
        """Whether activation is above the threshold and use not falling, and in words; None where it is not known."""
        if not self.licences or not self.active:
            return None
        share, fine = min(1.0, self.activated / self.licences), percent(self.threshold)
        activation = f"{percent(share)} of {self.licences:,} licences are activated; more than {fine} is fine."
        if self.falling is None:
            return share > self.threshold, [activation]
        per_month, least, most = self.falling
        use = (
            f"Use is falling: {_points(per_month)} percentage points fewer seats engaged each month, between "
            f"{_points(least)} and {_points(most)}."
        )
        # What makes the side unsafe comes first.
        return False, [activation, use] if share <= self.threshold else [use, activation]

    def _of_buyers(self) -> Iterator[str]:
        if self.signed:
            yield self.signed
        if self.buyers.score is not None:
            doubt = f" {self.doubt}" if self.doubt else ""
            yield f"Buyers score {_score(self.buyers, 'buyer')}.{doubt}"


@once
def doubts(reasons: np.ndarray) -> Sequence[Doubts]:
    """Why buyers doubt, from people by reason (rows, reasons)."""
    found = []
    for own in reasons.tolist():
        price, value, effort, other = own
        found.append(Doubts(price, value, effort, other, _doubt(dict(zip(REASONS, own, strict=True)))))
    return found


def _doubt(people: dict[str, int]) -> str:
    whole = sum(people.values())
    most = max(people.values(), default=0)
    prevailing = [reason for reason, count in people.items() if count == most]
    if not whole or prevailing == ["other"]:
        return ""
    if len(prevailing) > 1:
        return "No one reason prevails." if whole > 1 else ""
    what = _DOUBTS[prevailing[0]]
    return (
        f"{most} of {whole} who gave a reason name {what}." if whole > 1 else f"The one who gave a reason names {what}."
    )


def _score(score: Score, one: str = "end user") -> str:
    people = f"{score.people:,} {one if score.people == 1 else one + 's'}"
    return f"{points_text(score.score)} ({people}, between {points_text(score.low)} and {points_text(score.high)})"


def _points(value: float) -> str:
    return f"{value:.1f}"
