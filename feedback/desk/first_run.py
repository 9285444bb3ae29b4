"""From nothing to the first gap in five steps, each checked in the database. Nothing is remembered of the steps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from feedback.buyers.queries import buyers_known
from feedback.gap import queries
from feedback.gap.first_gap import Heard, heard
from feedback.gap.values import GapReport
from feedback.gap.words import day, people
from feedback.partners import keys, sightings
from feedback.partners.queries import KnownPartner, partner_rows
from feedback.partners.sightings import LOADED, REFUSED, REFUSED_ORIGIN, SIGNED, UNSIGNED
from feedback.settings import Settings
from feedback.surveys.queries import all_surveys
from feedback.tallies.queries import first_answered_on

DONE, NEXT, WAITS = "done", "next", "waits"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that a step needs: whether it is there, and what is known or exactly what is missing."""

    done: bool
    words: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `state`: `done`, `next` (the first that is not) or `waits`.

    `enough`: why it is done though not all is there.
    """

    name: str
    title: str
    state: str
    checks: Sequence[Check]
    enough: str = ""


@dataclass(frozen=True, slots=True)
class FirstRun:
    """All five. `gap_at`: the slug of a partner whose page shows a gap; None before there is one."""

    steps: Sequence[Step]
    gap_at: str | None
    partners: int

    @property
    def done(self) -> int:
        """How many of the steps are."""
        return sum(one.state == DONE for one in self.steps)

    @property
    def finished(self) -> bool:
        """Whether all are."""
        return self.done == len(self.steps)


def look(session: Session, settings: Settings, *, now: datetime) -> FirstRun:
    """Where this deployment stands."""
    return of_report(session, settings, queries.report(session, settings, now=now), now=now)


def of_report(session: Session, settings: Settings, report: GapReport, *, now: datetime) -> FirstRun:
    """The same, for who has asked for a report that ends today."""
    said = heard(session, settings, now=now)
    known = {one.id: one for one in partner_rows(session)}
    waiting = report.quality.freshness.waiting
    answered = _first(session, known.get(said.end_user), "end_user") if said.end_user else None
    bought = _first(session, known.get(said.buyer), "buyer") if said.buyer else None
    gap_at = known[said.both].slug if said.both in known else None
    widget = _widget(session)
    parts: tuple[tuple[str, str, Sequence[Check], str], ...] = (
        ("partners", "Say who your partners are, and what they signed", _partners(report), ""),
        ("buyers", "Bring what the buyers said", _buyers(session, bought, waiting), ""),
        (
            "widget",
            "Put the widget into your pages, and sign who looks at them",
            widget,
            "End users were heard without it." if answered and not all(one.done for one in widget) else "",
        ),
        ("answer", "Hear the first end user", [_answer(answered, said, waiting)], ""),
        ("gap", "Read the first gap", [_gap(said, known)], ""),
    )
    steps, next_is = [], NEXT
    for name, title, checks, enough in parts:
        done = bool(enough) or all(one.done for one in checks)
        steps.append(Step(name, title, DONE if done else next_is, checks, enough))
        next_is = next_is if done else WAITS
    return FirstRun(steps, gap_at, len(report.partners))


def _partners(report: GapReport) -> Sequence[Check]:
    there = len(report.partners)
    licensed = sum(bool(row.licences) for row in report.partners)
    if not there:
        return [Check(False, "There is no partner yet."), Check(False, "There is no contract yet.")]
    signed = people(licensed, "partner has licences in force", "partners have licences in force")
    return [
        Check(True, f"{people(there, 'partner is', 'partners are')} there."),
        Check(
            bool(licensed),
            f"{signed}."
            if licensed
            else "No contract is in force today: its licences weigh a partner in every number.",
        ),
    ]


def _buyers(session: Session, bought: tuple[KnownPartner, date] | None, waiting: int) -> Sequence[Check]:
    known = sum(buyers_known(session).values())
    if bought is not None:
        partner, on = bought
        return [Check(True, f"A buyer’s score counts at {partner.name}, the first of {day(on)}.")]
    knows = Check(
        bool(known), f"{people(known, 'buyer is', 'buyers are')} known." if known else "No buyer is known yet."
    )
    return [knows, Check(False, f"No buyer’s score counts yet.{_waits(waiting)}")]


def _widget(session: Session) -> Sequence[Check]:
    asks = [one.name for one in all_surveys(session) if one.audience == "end_user" and one.state == "live"]
    embeds = [one for one in keys.all_embed_keys(session) if one.revoked_at is None and one.live]
    signing = [one for one in keys.all_signing_keys(session) if one.revoked_at is None]
    seen = sightings.first_and_last(session)
    return [
        Check(bool(asks), f"The survey {asks[0]} is live." if asks else "No survey for end users is live."),
        Check(
            bool(embeds),
            f"{people(len(embeds), 'key for pages is', 'keys for pages are')} in use."
            if embeds
            else "There is no key for pages.",
        ),
        Check(
            bool(signing),
            f"{people(len(signing), 'key that signs is', 'keys that sign are')} in use."
            if signing
            else "There is no key to sign tokens with.",
        ),
        _page_seen(seen),
        _token_seen(seen),
    ]


def _page_seen(seen: dict[str, tuple[datetime, datetime]]) -> Check:
    first = min((seen[kind][0] for kind in (LOADED, SIGNED, UNSIGNED) if kind in seen), default=None)
    if first is not None:
        return Check(True, f"A page with the tag was seen, first on {_moment(first)}.")
    if REFUSED_ORIGIN in seen:
        last = _moment(seen[REFUSED_ORIGIN][1])
        return Check(False, f"A page was turned away on {last}: its origin is not on the list of its key.")
    return Check(False, "No page with the tag was seen yet.")


def _token_seen(seen: dict[str, tuple[datetime, datetime]]) -> Check:
    if SIGNED in seen:
        return Check(True, f"A valid token came, first on {_moment(seen[SIGNED][0])}.")
    refused = [
        (last, kind.removeprefix(REFUSED))
        for kind, (_, last) in seen.items()
        if kind.startswith(REFUSED) and kind != REFUSED_ORIGIN
    ]
    if refused:
        last, why = max(refused)
        return Check(False, f"A token was refused on {_moment(last)}: {why}")
    if LOADED in seen or UNSIGNED in seen:
        return Check(False, "The page came without a token: nobody knows who looks at it.")
    return Check(False, "No token came yet.")


def _answer(answered: tuple[KnownPartner, date] | None, said: Heard, waiting: int) -> Check:
    if answered is not None:
        partner, on = answered
        return Check(True, f"End users are heard at {partner.name}, the first on {day(on)}.")
    if said.unvouched:
        came = people(said.unvouched, "end user", "end users")
        return Check(False, f"{came} answered, but nobody vouches for them: they do not count without a signed token.")
    return Check(False, f"No end user’s answer counts yet.{_waits(waiting)}")


def _gap(said: Heard, known: Mapping[UUID, KnownPartner]) -> Check:
    if said.both is not None and said.both in known:
        return Check(True, f"Both sides are heard at {known[said.both].name}.")
    if said.end_user and said.buyer:
        return Check(False, "Both sides are heard, but nowhere by the same metric at the same partner.")
    missing = [words for words, side in (("end user", said.end_user), ("buyer", said.buyer)) if not side]
    return Check(False, f"A gap needs both sides at one partner; no {' and no '.join(missing)} is heard yet.")


def _first(session: Session, partner: KnownPartner | None, audience: str) -> tuple[KnownPartner, date] | None:
    on = partner and first_answered_on(session, partner.id, audience)
    return (partner, on) if partner and on else None


def _waits(waiting: int) -> str:
    if not waiting:
        return ""
    return (
        f" {people(waiting, 'change waits', 'changes wait')} to be counted: that takes seconds while the service runs."
    )


def _moment(at: datetime) -> str:
    return f"{day(at.date())}, {at:%H:%M} UTC"
