"""From what is known of both sides to a state and a side at risk, walking on from the month before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from feedback.core.months import label
from feedback.gap.measures import Floats, known
from feedback.gap.values import SideAtRisk, State, StateMonth, StateName
from feedback.stats import states

STATES: tuple[StateName, ...] = ("compounding", "pre_churn", "buyer_friction", "broken_value", "undetermined")
BAD_STATES = ("pre_churn", "buyer_friction", "broken_value")
"""At least one side is known not to be fine."""
SIDES = ("end_user", "buyer", "undetermined")
"""What the places in arrays mean; the last, -1, is undetermined."""

Places = NDArray[np.integer]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one partner or the portfolio stood at the end of the month before."""

    state: str
    state_months: int
    came_from: str | None
    side: str
    side_months: int


class Frozen(NamedTuple):
    """What a snapshot says of one partner or the portfolio at the end of its month; None where a side was unknown."""

    standing: Standing
    end_user_ok: float | None
    buyer_ok: float | None
    reconstructed: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """One month's judgement of many partners, in their order; `came_from` is None where no month came before."""

    end_user_ok: Floats
    buyer_ok: Floats
    probabilities: Floats
    state: Places
    state_months: Places
    came_from: list[str | None]
    side: Places
    side_months: Places

    def standing(self, place: int) -> Standing:
        """What stands of one partner at the end of this month."""
        return Standing(
            STATES[self.state[place]],
            int(self.state_months[place]),
            self.came_from[place],
            SIDES[self.side[place]],
            int(self.side_months[place]),
        )

    def as_frozen(self, frozen: Sequence[Frozen | None]) -> "Judged":
        """The same with what snapshots say instead, in the partners' order: the past is never judged again."""
        places = [place for place, one in enumerate(frozen) if one is not None]
        rows = [one for one in frozen if one is not None]
        end_user_ok, buyer_ok = self.end_user_ok.copy(), self.buyer_ok.copy()
        end_user_ok[places] = np.array([one.end_user_ok for one in rows], dtype=float)
        buyer_ok[places] = np.array([one.buyer_ok for one in rows], dtype=float)
        names = self.state.copy(), self.state_months.copy(), self.side.copy(), self.side_months.copy()
        came_from = list(self.came_from)
        for place, (one, *_) in zip(places, rows, strict=True):
            own = _place(STATES, one.state), one.state_months, _place(SIDES, one.side), one.side_months
            for column, value in zip(names, own, strict=True):
                column[place] = value
            came_from[place] = one.came_from
        state, state_months, side, side_months = names
        probabilities = states.quadrants_each(end_user_ok, buyer_ok)
        return Judged(end_user_ok, buyer_ok, probabilities, state, state_months, came_from, side, side_months)

    def states(self, month: int, history: Mapping[int, tuple[StateMonth, ...]] | None = None) -> list[State]:
        """Every partner's state in `month`; `history` by place, this month included."""
        likeliest = np.where(np.isnan(self.probabilities[:, 0]), np.nan, np.nanmax(_filled(self.probabilities), axis=1))
        named = np.take_along_axis(self.probabilities, np.maximum(self.state, 0)[:, None], axis=1)[:, 0]
        rows = zip(
            self.state.tolist(),
            np.where(self.state >= 0, named, likeliest).tolist(),
            self.state_months.tolist(),
            self.came_from,
            self.end_user_ok.tolist(),
            self.buyer_ok.tolist(),
            strict=True,
        )
        return [
            State(
                STATES[state],
                known(probability),
                months,
                label(month - months + 1),
                came_from,
                known(end_user_ok),
                known(buyer_ok),
                history.get(place, ()) if history else (),
            )
            for place, (state, probability, months, came_from, end_user_ok, buyer_ok) in enumerate(rows)
        ]

    def sides(self, facts: Mapping[int, tuple[str, ...]]) -> list[SideAtRisk]:
        """Every partner's side at risk, with its facts by place."""
        risk = 1 - np.stack([self.end_user_ok, self.buyer_ok], axis=1)
        probability = np.take_along_axis(risk, np.maximum(self.side, 0)[:, None], axis=1)[:, 0]
        rows = zip(self.side.tolist(), probability.tolist(), self.side_months.tolist(), strict=True)
        return [
            SideAtRisk(
                SIDES[side],  # type: ignore[arg-type]
                known(chance) if side >= 0 else None,
                months,
                facts.get(place, ()),
            )
            for place, (side, chance, months) in enumerate(rows)
        ]


def judge(end_user_ok: Floats, buyer_ok: Floats, before: list[Standing | None]) -> Judged:
    """Walk one month on from `before`, in the partners' order; None: no month came before."""
    probabilities = states.quadrants_each(end_user_ok, buyer_ok)
    standing = [one or _FRESH for one in before]
    state, state_months = states.walks(
        probabilities[:, None, :],
        start=np.array([_place(STATES, one.state) for one in standing], dtype=int),
        start_months=np.array([one.state_months for one in standing], dtype=int),
    )
    side, side_months = states.sides_at_risk(
        end_user_ok[:, None],
        buyer_ok[:, None],
        start=np.array([_place(SIDES, one.side) for one in standing], dtype=int),
        start_months=np.array([one.side_months for one in standing], dtype=int),
    )
    came_from = [
        None if one is None else one.came_from if months > 1 else one.state
        for one, months in zip(before, state_months[:, 0].tolist(), strict=True)
    ]
    return Judged(
        end_user_ok, buyer_ok, probabilities, state[:, 0], state_months[:, 0], came_from, side[:, 0], side_months[:, 0]
    )


_FRESH = Standing("undetermined", 0, None, "undetermined", 0)


def aligned(before: Mapping[UUID, Standing], partners: list[UUID]) -> list[Standing | None]:
    """What stood before, in the order of `partners`."""
    return [before.get(partner) for partner in partners]


def _place(names: tuple[str, ...], name: str) -> int:
    return -1 if name == names[-1] else names.index(name)


def _filled(probabilities: Floats) -> Floats:
    return np.where(np.isnan(probabilities), -1.0, probabilities)
