"""Does it warn in time? Monthly snapshots replayed against the renewals that came later, without looking ahead.

A signal's warning stands for a contract when it stood at the last month's end before anybody could know the outcome:
before the day of notice, of the decision, and of the renewal. Its lead is counted from the first month's end of that
unbroken run. A loss is a contract that churned or was renewed with less.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from statistics import median
from typing import Any, Literal
from uuid import UUID

import numpy as np
from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from feedback.core.months import label, last_day
from feedback.core.preferences import in_force
from feedback.gap.judgement import BAD_STATES
from feedback.gap.models import PORTFOLIO, Snapshot
from feedback.gap.sentences import percent
from feedback.partners.contracts import ContractRow
from feedback.partners.queries import contract_rows, partner_rows
from feedback.settings import Settings
from feedback.stats import gap as stats_gap
from feedback.stats import nps, proportion, states

SIGNALS = ("state", "activation", "gap", "buyer score")
FEWEST = 5
"""With fewer losses or fewer contracts kept, a replay cannot tell whether a signal warns."""
LOOK_BACK_MONTHS = 12
_BINS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
_SNAPSHOTS: Table = Snapshot.__table__  # type: ignore[assignment]

Fate = Literal["loss", "kept"]


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many, with the 95 % Wilson interval, 0..1; nothing where there are none."""

    count: int
    of: int
    share: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Bin:
    """Contracts whose signal lay from `low` to `high`, read as a probability: how many were lost, and its mean."""

    low: float
    high: float
    said: float | None
    lost: Share


@dataclass(frozen=True, slots=True)
class Signal:
    """How one signal did. `unknown`: contracts of which it knew nothing; losses among them were not warned of."""

    name: str
    caught: Share
    false_alarms: Share
    right: Share
    unknown: int
    median_lead_days: float | None
    brier: float | None
    brier_of_base_rate: float | None
    calibration: tuple[Bin, ...]
    sentence: str


@dataclass(frozen=True, slots=True)
class Replayed:
    """One contract that was decided: since when each signal had warned of it; None where it did not."""

    partner: str
    name: str
    contract_id: str
    outcome: str
    lost: bool
    known_on: date
    warned_since: Mapping[str, date | None]


@dataclass(frozen=True, slots=True)
class Backtest:
    """The replay. `reconstructed`: how many of the month's ends used were rebuilt instead of frozen on their day."""

    as_of: date
    first_month: str | None
    last_month: str | None
    contracts: int
    losses: int
    months: int
    reconstructed: int
    without_history: int
    can_tell: bool
    signals: tuple[Signal, ...]
    replayed: tuple[Replayed, ...]
    sentence: str


@dataclass(frozen=True, slots=True)
class _Point:
    """One partner at one month's end: each signal's risk that the contract is lost, nan where unknown; its warning."""

    month: int
    reconstructed: bool
    risks: Mapping[str, float]
    warns: Mapping[str, bool]


def run(session: Session, settings: Settings, *, now: datetime) -> Backtest:
    """Replay every snapshot against every contract whose outcome is known."""
    points = _points(session, in_force(session, settings))
    names = {partner.id: (partner.slug, partner.name) for partner in partner_rows(session)}
    decided = [(one, _could_know(one)) for one in contract_rows(session) if one.outcome != "open"]
    decided = [(one, known_on) for one, known_on in decided if known_on <= now.date()]
    seen: list[tuple[ContractRow, date, list[_Point]]] = []
    for contract, known_on in sorted(decided, key=lambda one: (one[1], str(one[0].partner_id), one[0].contract_id)):
        before = [point for point in points.get(contract.partner_id, []) if last_day(point.month) < known_on]
        recent = before[-LOOK_BACK_MONTHS:]
        # A history that ended long before says nothing of this renewal.
        if recent and (known_on - last_day(recent[-1].month)).days <= 62 and contract.partner_id in names:
            seen.append((contract, known_on, recent))
    losses = sum(_is_loss(contract) for contract, _, _ in seen)
    can_tell = min(losses, len(seen) - losses) >= FEWEST
    signals = tuple(_signal(name, seen, can_tell=can_tell) for name in SIGNALS)
    used = {(contract.partner_id, point.month): point for contract, _, own in seen for point in own}
    months = [point.month for own in points.values() for point in own]
    return Backtest(
        as_of=now.date(),
        first_month=label(min(months)) if months else None,
        last_month=label(max(months)) if months else None,
        contracts=len(seen),
        losses=losses,
        months=len(used),
        reconstructed=sum(point.reconstructed for point in used.values()),
        without_history=len(decided) - len(seen),
        can_tell=can_tell,
        signals=signals,
        replayed=tuple(
            Replayed(
                *names[contract.partner_id],
                contract.contract_id,
                contract.outcome,
                _is_loss(contract),
                known_on,
                {name: _warned_since(name, own) for name in SIGNALS},
            )
            for contract, known_on, own in seen
        ),
        sentence=_sentence(signals[0], losses, len(seen), can_tell=can_tell),
    )


def _could_know(contract: ContractRow) -> date:
    """The first day on which the outcome may have been known."""
    days = (contract.notice_on, contract.decided_on, contract.renews_on)
    return min(day for day in days if day is not None)


def _is_loss(contract: ContractRow) -> bool:
    """Churned, or renewed with less, whatever it is called."""
    return contract.outcome in ("churned", "contracted") or contract.kept_licences < contract.licences


def _points(session: Session, settings: Settings) -> dict[UUID, list[_Point]]:
    one = _SNAPSHOTS.c
    rows = session.execute(
        select(one.partner_id, one.month, one.reconstructed, one.state, one.end_user_ok, one.buyer_ok, one["values"])
        .where(one.partner_id != PORTFOLIO)
        .order_by(one.partner_id, one.month)
    ).all()
    if not rows:
        return {}
    risks = _risks(rows, settings)
    found: dict[UUID, list[_Point]] = {}
    for place, row in enumerate(rows):
        own = {name: float(column[place]) for name, column in risks.items()}
        before = found.setdefault(row.partner_id, [])
        warns = {name: _walk(own[name], standing=before[-1].warns[name] if before else False) for name in SIGNALS[1:]}
        warns["state"] = row.state in BAD_STATES
        before.append(_Point(row.month, row.reconstructed, own, warns))
    return found


def _risks(rows: Sequence[Any], settings: Settings) -> dict[str, np.ndarray]:
    """Each signal by snapshot, 0..1, as if it were the probability of a loss: calibration tells whether it may be.

    State: that not both sides are fine. Activation and buyer score: that this side is not. Gap: its one-sided p-value
    turned round.
    """
    values = [row.values for row in rows]
    histograms = np.array([[one["end_user"], one["buyer"]] for one in values], dtype=np.int64)
    end_users, buyers = (nps.Tallies.from_histograms(histograms[:, side]) for side in (0, 1))
    licences = np.array([one["licences"] for one in values])
    activated = np.array([one["seats"]["activated"] for one in values])
    active = np.array([one["active"] for one in values])
    users_fine = states.shares_above(activated, licences, settings.activation_threshold)
    gaps = stats_gap.estimates(end_users, buyers)
    below = np.where(gaps.points < 0, 1 - gaps.p_value / 2, gaps.p_value / 2)
    ok = [
        np.array([np.nan if value is None else value for value in column], dtype=float)
        for column in ([row.end_user_ok for row in rows], [row.buyer_ok for row in rows])
    ]
    return {
        "state": 1 - ok[0] * ok[1],
        "activation": np.where((licences > 0) & active, 1 - users_fine, np.nan),
        "gap": below,
        "buyer score": 1 - states.buyers_fine_each(buyers, np.full(len(rows), np.nan)),
    }


def _walk(risk: float, *, standing: bool, rule: states.Rule | None = None) -> bool:
    """A warning is raised and taken back by the rule of states, so that it does not flicker."""
    rule = rule or states.Rule()
    if np.isnan(risk):
        return False
    return risk >= rule.enter or (standing and risk >= rule.leave)


def _warned_since(name: str, own: Sequence[_Point]) -> date | None:
    """The first month's end of the run of warnings that still stood at the last one."""
    since = None
    for point in reversed(own):
        if not point.warns[name]:
            break
        since = last_day(point.month)
    return since


def _signal(name: str, seen: Sequence[tuple[ContractRow, date, list[_Point]]], *, can_tell: bool) -> Signal:
    warned = [(_is_loss(contract), known_on, _warned_since(name, own)) for contract, known_on, own in seen]
    said = [(own[-1].risks[name], _is_loss(contract)) for contract, _, own in seen]
    told = [(risk, lost) for risk, lost in said if not np.isnan(risk)]
    losses = [since for lost, _, since in warned if lost]
    kept = [since for lost, _, since in warned if not lost]
    leads = [(known_on - since).days for lost, known_on, since in warned if lost and since is not None]
    caught = _share(len(leads), len(losses))
    false_alarms = _share(sum(since is not None for since in kept), len(kept))
    base = sum(lost for _, lost in told) / len(told) if told else 0.0
    return Signal(
        name=name,
        caught=caught,
        false_alarms=false_alarms,
        right=_share(len(leads), len(leads) + false_alarms.count),
        unknown=len(said) - len(told),
        median_lead_days=median(leads) if leads else None,
        brier=_brier([(risk, lost) for risk, lost in told]),
        brier_of_base_rate=_brier([(base, lost) for _, lost in told]),
        calibration=_calibration(told),
        sentence=_told(name, caught, false_alarms, leads, can_tell=can_tell),
    )


def _share(count: int, of: int) -> Share:
    interval = proportion.interval(proportion.Tally(count, of - count))
    if interval is None:
        return Share(count, of, None, None, None)
    return Share(count, of, count / of, interval.low / 100, interval.high / 100)


def _brier(told: Sequence[tuple[float, bool]]) -> float | None:
    """Mean squared difference of what was said and what came: 0 is perfect. Brier (1950)."""
    return sum((risk - lost) ** 2 for risk, lost in told) / len(told) if told else None


def _calibration(told: Sequence[tuple[float, bool]]) -> tuple[Bin, ...]:
    bins = []
    for low, high in pairwise(_BINS):
        own = [(risk, lost) for risk, lost in told if low <= risk < high or (risk == high == 1)]
        said = sum(risk for risk, _ in own) / len(own) if own else None
        bins.append(Bin(low, high, said, _share(sum(lost for _, lost in own), len(own))))
    return tuple(bins)


def _told(name: str, caught: Share, false_alarms: Share, leads: Sequence[int], *, can_tell: bool) -> str:
    ahead = f", median {round(median(leads))} days ahead" if leads else ""
    alarms = f"{false_alarms.count} false alarm{'' if false_alarms.count == 1 else 's'}"
    losses = f"{caught.of} loss{'' if caught.of == 1 else 'es'}"
    words = f"{name.capitalize()}: flagged {caught.count} of {losses}{ahead}, {alarms} in {false_alarms.of} kept."
    return words if can_tell else f"{words} Too few to tell whether it warns."


def _sentence(state: Signal, losses: int, contracts: int, *, can_tell: bool) -> str:
    if not contracts:
        return "No decided contract has a month of history before it: there is nothing to replay yet."
    if not can_tell:
        return (
            f"{losses} of {contracts} contracts were lost: too few of one kind to tell whether the signals warn in "
            f"time. {state.sentence}"
        )
    low, high = state.caught.low or 0.0, state.caught.high or 0.0
    return f"{state.sentence} The share of losses that it catches lies between {percent(low)} and {percent(high)}."
