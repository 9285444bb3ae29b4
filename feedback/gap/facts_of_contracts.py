"""What was signed, cancelled or cut last, and whether it speaks for the buyer side of a partner."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from feedback.gap.sentences import percent
from feedback.partners.contracts import ContractRow, licences_of_one

_A_YEAR_DAYS = 365
_NOTICE, _GOOD, _BAD = range(3)


@dataclass(frozen=True, slots=True)
class Fact:
    """What was signed or cancelled: whether it speaks for the buyer side (None: nothing known), and in words."""

    fine: bool | None
    sentence: str


NO_FACT = Fact(None, "")


class _Step(NamedTuple):
    """Of two steps on one day the one of the higher `rank` counts: a decision ends a notice, bad news prevails."""

    day: date
    rank: int
    contract_id: str
    contract: ContractRow


def fact(contracts: Sequence[ContractRow], on: date) -> Fact:
    """The latest thing known on `on` of one partner's `contracts`, in any order, that still says something.

    Renewed or expanded: fine. Notice, a renewal with less, a loss, or a contract that starts with fewer licences than
    were in force before it: not. A partner that had left and came back: nothing known. A decision says nothing any
    more after a year; a notice stands until the contract is decided or replaced, and a year past its renewal at most.
    """
    since = date.fromordinal(max(1, on.toordinal() - _A_YEAR_DAYS))
    step = max(_steps(contracts, since, on), default=None)
    found = NO_FACT if step is None else _notice(step) if step.rank == _NOTICE else _decision(step)
    if len(contracts) > 1:
        starts = {one.starts_on for one in contracts if since <= one.starts_on <= on}
        for day in sorted(starts, reverse=True):
            if step is not None and day < step.day:
                break
            if (started := _start(contracts, day)) is not None:
                return found if step is not None and step.day == day and found.fine is False else started
    return found


def _steps(contracts: Sequence[ContractRow], since: date, on: date) -> Iterator[_Step]:
    """Decisions and notices that still say something."""
    for one in contracts:
        decided = None
        if one.outcome != "open":
            known_on = one.decided_on or one.renews_on
            if known_on <= on:
                decided = known_on
                if decided >= since:
                    yield _Step(decided, _BAD if _is_bad(one) else _GOOD, one.contract_id, one)
        notice = one.notice_on
        if (
            notice is not None
            and notice <= on
            and (decided is None or decided < notice)
            and max(notice, one.renews_on) >= since
            and not any(one.renews_on <= other.starts_on <= on for other in contracts)
        ):
            yield _Step(notice, _NOTICE, one.contract_id, one)


def _is_bad(contract: ContractRow) -> bool:
    if contract.outcome == "renewed":
        return contract.kept_licences < contract.licences
    return contract.outcome != "expanded"


def _notice(step: _Step) -> Fact:
    return Fact(False, f"They gave notice on {step.day}.")


def _decision(step: _Step) -> Fact:
    day, contract = step.day, step.contract
    if contract.outcome == "churned":
        said = contract.decided_on is not None
        return Fact(False, f"They decided on {day} not to renew." if said else f"They did not renew on {day}.")
    before, after = contract.licences, contract.kept_licences
    how = _change(before, after)
    if contract.outcome == "contracted" and after >= before:
        how = "for less"
    if contract.outcome == "expanded" and after <= before:
        how = "for more"
    return Fact(step.rank == _GOOD, f"They renewed {how} on {day}." if how else f"They renewed on {day}.")


def _start(contracts: Sequence[ContractRow], day: date) -> Fact | None:
    """What it says that a contract starts on `day`: a cut, or that nothing is known; None where it says nothing."""
    if day == date.min or not any(one.renews_on <= day for one in contracts):
        return None
    before = licences_of_one(contracts, date.fromordinal(day.toordinal() - 1))
    after = licences_of_one(contracts, day)
    if before is None:
        return NO_FACT
    if after is None or after >= before:
        return None
    return Fact(False, f"They cut their licences from {before:,} to {after:,} on {day}.")


def _change(before: int, after: int) -> str:
    """`with 20 % more licences`; nothing for no change, and without a percentage where there was nothing before."""
    if before == after:
        return ""
    more = "more" if after > before else "fewer"
    return f"with {percent(abs(after - before) / before)} {more} licences" if before else f"with {more} licences"
