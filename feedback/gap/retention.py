"""How much of what came due was kept, by count, licences and value, and what that says beside use.

A contract counts in the quarter of `renews_on`, once that day has come and its outcome is known. Notice given for a
day that has not come is not yet a loss: it shows in the renewals, not here.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from uuid import UUID

from feedback.core.months import first_day, month_of
from feedback.gap.sentences import percent
from feedback.gap.values import Diagnostic, Kept, KeptMoney, Quarter, Retention
from feedback.partners.contracts import ContractRow, as_known_on
from feedback.stats import proportion, states, trend

QUARTERS = 4


def retention(
    contracts: Iterable[ContractRow], on: date, activation: Mapping[UUID, tuple[int, int]] | None = None
) -> Retention:
    """What came due in four calendar quarters, the one of `on` up to that day and three before, as known on `on`.

    `activation`: activated seats and licences in force by partner, of which those count whose contracts are in the
    rates; a partner without licences in force has nothing to activate and is left out. A contract that comes due on
    the very day and is not decided is not past due yet.
    """
    first_quarter = _quarter(on) - QUARTERS + 1
    first = first_day(3 * first_quarter)
    decided: list[list[ContractRow]] = [[] for _ in range(QUARTERS)]
    undecided = undecided_before = 0
    for contract in contracts:
        if contract.renews_on > on:
            continue
        known = as_known_on(contract, on)
        if known.outcome != "open":
            if known.renews_on >= first:
                decided[_quarter(known.renews_on) - first_quarter].append(known)
        elif known.renews_on < first:
            undecided_before += 1
        elif known.renews_on < on:
            undecided += 1
    every = [contract for quarter in decided for contract in quarter]
    count = _contracts(every)
    interval = proportion.interval(proportion.Tally(count.kept, count.due - count.kept))
    activated, licences = _activation({one.partner_id for one in every}, activation or {})
    return Retention(
        first_day=first,
        last_day=on,
        contracts=count,
        licences=_licences(every),
        values=_values(every),
        low=None if interval is None else interval.low / 100,
        high=None if interval is None else interval.high / 100,
        open_past_due=undecided,
        if_none_renews=_rate(count.kept, count.due + undecided),
        if_all_renew=_rate(count.kept + undecided, count.due + undecided),
        undecided_before=undecided_before,
        quarters=tuple(
            Quarter(_label(first_quarter + place), _contracts(own), _licences(own)) for place, own in enumerate(decided)
        ),
        activated=activated,
        activation_licences=licences,
        activation=None if not licences else min(1.0, activated / licences),
    )


def declining(quarters: Sequence[Quarter]) -> bool:
    """Whether the contracts' rate goes down at 95 %: the interval of its slope over the quarters lies below 0."""
    tallies = [proportion.Tally(one.contracts.kept, one.contracts.due - one.contracts.kept) for one in quarters]
    slope = trend.slope(
        [proportion.score(tally) for tally in tallies],
        [10_000 * tally.smoothed_variance if tally.count else None for tally in tallies],
    )
    return slope is not None and slope.declining


def buyer_side_ok(kept: Retention, threshold: float) -> float | None:
    """Probability that the buyer side of the portfolio is fine: true retention above `threshold` and not declining.

    None when nothing that came due is decided.
    """
    return states.share_above(kept.contracts.kept, kept.contracts.due, threshold, declining(kept.quarters))


def diagnostic(
    retention: float | None, activation: float | None, *, retention_threshold: float, activation_threshold: float
) -> Diagnostic:
    """Retention beside activation, each 0..1 or unknown: on borrowed time where buyers renew what people don't use."""
    borrowed = None
    if retention is not None and activation is not None:
        borrowed = retention > retention_threshold and activation < activation_threshold
    return Diagnostic(
        retention=retention,
        activation=activation,
        retention_threshold=retention_threshold,
        activation_threshold=activation_threshold,
        borrowed_time=borrowed,
        sentence=_sentence(retention, activation, retention_threshold, activation_threshold),
    )


def _sentence(
    retention: float | None, activation: float | None, retention_threshold: float, activation_threshold: float
) -> str:
    if retention is None and activation is None:
        return "Neither retention nor activation can be told: no contract that came due is decided, and use is unknown."
    if retention is None:
        return f"Retention cannot be told: no contract that came due is decided; {percent(activation or 0)} activated."
    if activation is None:
        return (
            f"Activation cannot be told: no licences in force or no activity on record; {percent(retention)} renewed."
        )
    numbers = f"{percent(retention)} renewed, {percent(activation)} activated."
    if retention > retention_threshold:
        return f"Borrowed time: {numbers}" if activation < activation_threshold else f"Renewed and used: {numbers}"
    low = activation < activation_threshold
    return f"Neither renewed nor used enough: {numbers}" if low else f"Used, but not renewed enough: {numbers}"


def _contracts(decided: Sequence[ContractRow]) -> Kept:
    kept = sum(one.outcome != "churned" for one in decided)
    return Kept(len(decided), kept, kept, _rate(kept, len(decided)))


def _licences(decided: Sequence[ContractRow]) -> Kept:
    return Kept(*_sums([(one.licences, one.kept_licences) for one in decided]))


def _values(decided: Sequence[ContractRow]) -> tuple[KeptMoney, ...]:
    """By currency; a contract without a value is left out here, and here alone."""
    amounts: dict[str, list[tuple[int, int]]] = {}
    for one in decided:
        due, kept = one.yearly_value_minor_units, one.kept_value
        if due is not None and kept is not None and one.currency is not None:
            amounts.setdefault(one.currency, []).append((due, kept))
    return tuple(KeptMoney(*_sums(amounts[currency]), currency=currency) for currency in sorted(amounts))


def _sums(pairs: Sequence[tuple[int, int]]) -> tuple[int, int, int, float | None]:
    """Due, kept and renewed from each contract's due and renewed, and the rate."""
    due = sum(before for before, _ in pairs)
    kept = sum(min(pair) for pair in pairs)
    return due, kept, sum(after for _, after in pairs), _rate(kept, due)


def _activation(partners: Iterable[UUID], activation: Mapping[UUID, tuple[int, int]]) -> tuple[int, int]:
    """Activated seats and licences of those of `partners` that have licences in force."""
    own = [activation[partner] for partner in partners if activation.get(partner, (0, 0))[1] > 0]
    return sum(activated for activated, _ in own), sum(licences for _, licences in own)


def _rate(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _quarter(day: date) -> int:
    """Quarters counted from year 0."""
    return month_of(day) // 3


def _label(quarter: int) -> str:
    return f"{quarter // 4:04d}-Q{quarter % 4 + 1}"
