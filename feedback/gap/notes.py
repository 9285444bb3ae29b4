"""What a reader must know about a report, in plain words."""

from collections.abc import Iterator, Sequence

from feedback.core.months import label
from feedback.gap.business import rates_used
from feedback.gap.inputs import Inputs
from feedback.gap.measures import BUYER, END_USER
from feedback.gap.sentences import gap_words
from feedback.gap.values import PartnerRow, Quality
from feedback.gap.window import Window
from feedback.settings import TRUST_CLASSES
from feedback.surveys.models import METRICS

_NAMED = 3
_SIDES = {END_USER: "End users", BUYER: "Buyers"}


def write(found: Quality, inputs: Inputs) -> tuple[str, ...]:
    """The notes of a report, what weighs most first."""
    return (
        *_nothing(inputs),
        *_not_vouched_for(found),
        *_suspected(found),
        *_not_comparable(inputs),
        *_left_out(found, inputs),
        *_few(found, inputs),
        *_use(found, inputs),
        *_money(inputs),
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


def _suspected(found: Quality) -> Iterator[str]:
    standing = [one for one in found.flags if one.set_aside is None and not one.settled]
    if standing:
        names = list(dict.fromkeys(one.name for one in standing))
        yield (
            f"{_count(len(standing), 'flag')} {_are(len(standing))} raised against answers at {_listed(names)}: "
            f"{standing[0].sentence} Look at the evidence before you rely on them; they count until they are set aside."
        )
    people = found.trust.end_user.aside + found.trust.buyer.aside
    if people:
        gap = found.with_set_aside and found.with_set_aside.gap
        instead = f" With them: {gap_words(gap)}." if gap else ""
        yield f"The answers of {_count(people, 'person', 'people')} were set aside by staff and do not count.{instead}"


def _not_comparable(inputs: Inputs) -> Iterator[str]:
    """A side that answered, but in other metrics: scores on two scales are not set beside each other."""
    metric, months = inputs.metric, (inputs.window.first_month, inputs.window.last_month)
    missing = [side for side in (END_USER, BUYER) if not inputs.sides[:, side].any()]
    if len(missing) != 1:
        return
    (side,) = missing
    people = {one: inputs.own(inputs.cube.people(one, *months, inputs.trust)) for one in METRICS if one != metric}
    others = [one for one, sides in people.items() if sides[:, side].any()]
    if others:
        asked = " and ".join(one.upper() for one in others)
        yield (
            f"{_SIDES[side]} answered in {asked}, which cannot be compared with {metric.upper()}: there is no gap "
            "between two scales. Ask both sides the same."
        )


def _left_out(found: Quality, inputs: Inputs) -> Iterator[str]:
    yield from _without_licences(found, inputs)
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


def _without_licences(found: Quality, inputs: Inputs) -> Iterator[str]:
    day, ids = found.licences_on, {partner.slug: partner.id for partner in inputs.partners}
    began = {one.partner_id for one in inputs.spans.contracts if one.starts_on <= day}
    known = {one.partner_id for one in inputs.spans.contracts}
    rows: dict[str, list[PartnerRow]] = {"ended": [], "later": [], "none": []}
    for row in found.without_licences:
        own, nothing = ids[row.partner], row.licences is None
        rows["ended" if nothing and own in began else "later" if nothing and own in known else "none"].append(row)
    for why, own_rows in rows.items():
        if not own_rows:
            continue
        have, contracts = ("has", "its contract has") if len(own_rows) == 1 else ("have", "their contracts have")
        reason = {
            "ended": f"{contracts} ended by {day}: not in the headline.",
            "later": f"{contracts} not begun by {day}: not in the headline.",
            "none": f"no licences in force on {day}: not in the headline. Import the contracts to count them.",
        }[why]
        yield f"{_names(own_rows)} {have} answers, but {reason}"


def _few(found: Quality, inputs: Inputs) -> Iterator[str]:
    if inputs.chosen is None and found.headline_partners == 1:
        yield (
            "The headline rests on one partner. How far another one would differ cannot be told from one, so it has "
            "no interval; that partner's own row has."
        )


def _use(found: Quality, inputs: Inputs) -> Iterator[str]:
    if inputs.partners and not inputs.active:
        yield (
            "No activity was sent by then, so use cannot be told: activation and every state stay open. Send it from "
            "your server (POST /v1/partners/{partner}/activity), import it (feedback import activity FILE), or embed "
            "the widget."
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


def _money(inputs: Inputs) -> Iterator[str]:
    """At which rates values were converted, and which currencies stay apart for want of one."""
    into = inputs.settings.reporting_currency
    if into is None:
        return
    for one in rates_used(inputs):
        rate = f"1 {one.currency} = {one.rate} {into} ({one.day.isoformat()})"
        yield f"Values in {one.currency} count as {into} at {rate}."
    there = {partner.id for partner in inputs.partners}
    found = {one.currency for one in inputs.spans.contracts if one.partner_id in there} - {into, None}
    if found:
        apart = _listed(sorted(filter(None, found)))
        yield f"Values in {apart} stay apart: the settings have no rate for {'it' if len(found) == 1 else 'them'}."


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
