"""The two or three facts behind a side at risk, in plain words."""

from collections.abc import Iterator, Sequence

import numpy as np

from feedback.gap.evidence import Evidence
from feedback.gap.judgement import SIDES, Judged
from feedback.gap.measures import BUYER, END_USER, scores
from feedback.gap.once import once
from feedback.gap.sentences import percent, points_text
from feedback.gap.values import Doubts, Score
from feedback.responses.models import REASONS
from feedback.settings import Settings

_MOST = 3
_DOUBTS = {"price": "the price", "value": "missing proof of value", "effort": "the effort of administration"}


class Witness:
    """Says of each partner what speaks for its state, from the evidence of one month's end."""

    def __init__(self, found: Evidence, judged: Judged, doubts: Sequence[Doubts], settings: Settings) -> None:
        """`doubts` in the order of the partners."""
        self._found, self._judged, self._doubts, self._settings = found, judged, doubts, settings
        self._end_users, self._buyers = (scores("nps", found.people[:, side]) for side in (END_USER, BUYER))
        slopes = found.engagement()
        self._falling = [
            (-per_step, -high, -low) if declining else None
            for per_step, low, high, declining in zip(
                slopes.per_step.tolist(),
                slopes.low.tolist(),
                slopes.high.tolist(),
                slopes.declining.tolist(),
                strict=True,
            )
        ]
        self._activated, self._licences = found.seat("activated").tolist(), found.licences.tolist()

    def facts(self) -> dict[int, tuple[str, ...]]:
        """By place, what weighs most first."""
        return {place: tuple(self._facts(place))[:_MOST] for place in range(len(self._licences))}

    def _facts(self, place: int) -> Iterator[str]:
        side = SIDES[self._judged.side[place]]
        if side == "buyer":
            yield from self._of_buyers(place)
            yield from self._of_end_users(place)
        else:
            unknown = tuple(self._unknown(place)) if side == "undetermined" else ()
            yield from unknown
            yield from self._of_end_users(place)
            yield from self._of_buyers(place)

    def _unknown(self, place: int) -> Iterator[str]:
        if not self._licences[place]:
            yield "No contract is in force, so activation cannot be told."
        elif not self._found.active:
            yield "No activity was ever sent, so activation cannot be told."
        if np.isnan(self._judged.buyer_ok[place]):
            answered = self._buyers[place].people
            yield (
                "One buyer answered: one person's answer never names a state."
                if answered
                else "No buyer answered in the last three months, and nothing was signed or cancelled in a year."
            )

    def _of_end_users(self, place: int) -> Iterator[str]:
        score, used = self._end_users[place], self._use(place)
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

    def _use(self, place: int) -> tuple[bool, list[str]] | None:
        """Whether activation is above the threshold and use not falling, and in words; None where it is not known."""
        licences = self._licences[place]
        if not licences or not self._found.active:
            return None
        share, threshold = min(1.0, self._activated[place] / licences), self._settings.activation_threshold
        activation = f"{percent(share)} of {licences:,} licences are activated; more than {percent(threshold)} is fine."
        if (falling := self._falling[place]) is None:
            return share > threshold, [activation]
        per_month, least, most = falling
        use = (
            f"Use is falling: {_points(per_month)} percentage points fewer seats engaged each month, between "
            f"{_points(least)} and {_points(most)}."
        )
        # What makes the side unsafe comes first.
        return False, [activation, use] if share <= threshold else [use, activation]

    def _of_buyers(self, place: int) -> Iterator[str]:
        fact, score = self._found.facts[place], self._buyers[place]
        if fact.sentence:
            yield fact.sentence
        if score.score is not None:
            doubt = self._doubts[place].sentence
            yield f"Buyers score {_score(score, 'buyer')}.{f' {doubt}' if doubt else ''}"


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
