"""What a reader must know about a report, in plain words."""

from collections.abc import Iterator, Sequence

from feedback.core.months import label
from feedback.gap.inputs import Inputs
from feedback.gap.values import PartnerRow, Quality
from feedback.gap.window import Window
from feedback.settings import TRUST_CLASSES

_NAMED = 3


def write(found: Quality, inputs: Inputs) -> tuple[str, ...]:
    """The notes of a report, what weighs most first."""
    return (
        *_nothing(inputs),
        *_not_vouched_for(found),
        *_left_out(found, inputs),
        *_few(found, inputs),
        *_use(found, inputs),
        *_waiting(found),
        *_window(inputs.window),
    )


def _nothing(inputs: Inputs) -> Iterator[str]:
    if not inputs.partners:
        yield "There are no partners yet. feedback import contracts FILE brings them with their licences."
    elif not inputs.by_trust.any():
        yield f"Nobody answered in {inputs.window.words}."


def _not_vouched_for(found: Quality) -> Iterator[str]:
    trust = found.trust
    people = {name: getattr(trust.end_user, name) + getattr(trust.buyer, name) for name in TRUST_CLASSES}
    counted = sum(people[name] for name in trust.counted)
    unsigned = 0 if "none" in trust.counted else people["none"]
    partners = 0 if "partner" in trust.counted else people["partner"]
    if unsigned:
        answers = _count(unsigned, "answer")
        nothing_else = "Nothing counts yet: " if not counted else ""
        yield (
            f"{nothing_else}{answers} came without a signed token, so nobody vouches for who gave them, and they do "
            "not count. Make a signing key (feedback keys add-signing) and sign a short token for each person on your "
            "server."
        )
    if partners:
        yield (
            f"{_count(partners, 'person', 'people')} answered under a token that the partner signed; these settings "
            "count only whom the vendor vouches for."
        )


def _left_out(found: Quality, inputs: Inputs) -> Iterator[str]:
    day = found.licences_on.isoformat()
    if found.without_licences:
        have = "has" if len(found.without_licences) == 1 else "have"
        yield (
            f"{_names(found.without_licences)} {have} answers, but no licences in force on {day}: not in the headline. "
            "Import the contracts to count them."
        )
    only_users = [row for row in found.one_sided if row.end_user.people]
    only_buyers = [row for row in found.one_sided if not row.end_user.people]
    for rows, missing in ((only_users, "buyer"), (only_buyers, "end user")):
        if rows:
            yield f"No {missing} answered at {_names(rows)}: not in the headline, which compares both sides."
    if found.silent and inputs.by_trust.any():
        yield f"Nobody answered at {_names(found.silent)}."
    if found.left_partners_people:
        yield (
            f"{_count(found.left_partners_people, 'person', 'people')} answered at partners that have left; they are "
            "nowhere in this report."
        )


def _few(found: Quality, inputs: Inputs) -> Iterator[str]:
    if inputs.chosen is None and found.headline_partners == 1:
        yield (
            "The headline rests on one partner. How far another one would differ cannot be told from one, so it has "
            "no interval; that partner's own row has."
        )


def _use(found: Quality, inputs: Inputs) -> Iterator[str]:
    if inputs.partners and not inputs.active:
        yield (
            "No activity was ever sent, so use cannot be told: activation and every state stay open. Send it from your "
            "server (POST /v1/partners/{partner}/activity), import it (feedback import activity FILE), or embed the "
            "widget."
        )
    fresh = found.freshness
    if fresh.seats_counted_on is not None and fresh.seats_counted_on < inputs.weighed_on:
        yield f"Seats were last counted as of {fresh.seats_counted_on.isoformat()}."
    elif fresh.seats_waiting:
        partners = _count(fresh.seats_waiting, "partner")
        yield f"Seats of {partners} changed and {_are(fresh.seats_waiting)} not counted anew yet."
    rebuilt = sum(one.reconstructed for one in inputs.history)
    if rebuilt:
        yield (
            f"The states of {_count(rebuilt, 'month')} were rebuilt from what was known by then, not frozen on their "
            "day."
        )


def _waiting(found: Quality) -> Iterator[str]:
    fresh = found.freshness
    if fresh.waiting and fresh.waiting_since is not None:
        since = fresh.waiting_since.strftime("%Y-%m-%d %H:%M")
        yield f"{_count(fresh.waiting, 'change')} since {since} UTC {_are(fresh.waiting)} not counted yet."
    if fresh.set_aside:
        yield (
            f"{_count(fresh.set_aside, 'change')} could not be counted and {_are(fresh.set_aside)} set aside; "
            "feedback doctor tells more."
        )


def _window(window: Window) -> Iterator[str]:
    if window.widened:
        yield f"Reports run over whole months: this one covers {window.words}."
    if window.partial:
        yield f"{label(window.last_month)} is not over; its numbers still move."


def _names(rows: Sequence[PartnerRow]) -> str:
    return _listed([row.name for row in rows])


def _listed(names: list[str]) -> str:
    """`Acme`, `Acme and Bolt`, `Acme, Bolt, Cargo and 4 more`."""
    if len(names) > _NAMED + 1:
        names = [*names[:_NAMED], f"{len(names) - _NAMED} more"]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def _are(number: int) -> str:
    return "is" if number == 1 else "are"
