"""Whether a partner's pages are wired up: what was seen of its embeds, and whom their tokens name.

Nothing of answers is in it: pages, keys, tokens and counts of people only.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, TypedDict
from uuid import UUID

from sqlalchemy.orm import Session

from feedback.partners import keys, policies, queries
from feedback.partners.models import EmbedKey, EmbedSighting, Partner, SigningKey
from feedback.partners.policies import StandingPolicy
from feedback.partners.queries import KnownPartner
from feedback.partners.sightings import (
    BLOCKED,
    LOADED,
    NOBODY,
    OURS,
    REFUSED,
    REFUSED_ORIGIN,
    SIGNED,
    UNSIGNED,
    SeenOf,
    all_sightings,
    sightings_of,
)
from feedback.seats.queries import TokenSubjects, token_subjects
from feedback.surveys.queries import live_surveys

SUBJECTS_WITHIN = timedelta(days=90)
_NOT_ASKED = TokenSubjects(0, 0, 0)


class Span(NamedTuple):
    """When something was seen first and last."""

    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Seen:
    """Something seen of a key's embeds on pages of `origin` (empty: the frame, a server or our own pages).

    `what`: the kind of page, the reason of a refusal, or the directive of a policy. `partner_known` False: with a
    vendor-wide key, of which no token said whose page it was.
    """

    what: str
    key: str
    origin: str
    partner_known: bool
    span: Span
    ours: bool = False


@dataclass(frozen=True, slots=True)
class EmbedCheck:
    """What is known of the embeds of one partner, the latest first."""

    partner: Partner | KnownPartner
    checked_at: datetime
    keys: Sequence[EmbedKey]
    can_sign: bool
    policy: StandingPolicy
    surveys_live: bool
    seen: Sequence[Seen]
    refused: Sequence[Seen]
    turned_away: Sequence[Seen]
    violations: Sequence[Seen]
    subjects: TokenSubjects

    def span(self, *kinds: str) -> Span | None:
        """When any of these kinds was seen of this partner for certain; None: never."""
        return spanning(one.span for one in self.seen if one.partner_known and one.what in kinds)


def check(session: Session, slug: str, *, now: datetime) -> EmbedCheck:
    """What is known of the embeds of this partner. Raises PARTNER_UNKNOWN."""
    partner = queries.partner_by_slug(session, slug)
    in_use = [one for one in keys.all_embed_keys(session) if _serves(one, partner.id)]
    known = {key.key for key in in_use}
    today = now.date()
    return EmbedCheck(
        partner=partner,
        checked_at=now,
        keys=in_use,
        can_sign=any(_serves(one, partner.id) for one in keys.all_signing_keys(session)),
        policy=policies.standing_policy(session, partner.id),
        surveys_live=bool(live_surveys(session)),
        subjects=token_subjects(session, partner.id, today - SUBJECTS_WITHIN),
        **_sorted([_seen(one) for one in sightings_of(session, [partner.id, NOBODY]) if one.key in known]),
    )


def check_all(session: Session, *, now: datetime) -> list[EmbedCheck]:
    """The same of every partner that has not left, by name, in a few statements.

    Without the people whom tokens named: to compare them with the vendor's files every seat would have to be read.
    """
    by_owner: dict[UUID | None, list[EmbedKey]] = defaultdict(list)
    for key in keys.all_embed_keys(session):
        if key.revoked_at is None:
            by_owner[key.partner_id].append(key)
    signers = {one.partner_id for one in keys.all_signing_keys(session) if one.revoked_at is None}
    rows: dict[UUID, list[tuple[str, Seen]]] = defaultdict(list)
    for row in all_sightings(session):
        rows[row.partner_id].append(_seen(row))
    standing, asks = policies.standing_policies(session), bool(live_surveys(session))
    found = []
    for partner in queries.partner_rows(session):
        if partner.left_at is not None:
            continue
        in_use = [*by_owner[None], *by_owner[partner.id]]
        known = {key.key for key in in_use}
        found.append(
            EmbedCheck(
                partner=partner,
                checked_at=now,
                keys=in_use,
                can_sign=bool(signers & {None, partner.id}),
                policy=standing.get(partner.id, policies.DEFAULT),
                surveys_live=asks,
                subjects=_NOT_ASKED,
                **_sorted([one for one in (*rows[partner.id], *rows[NOBODY]) if one[1].key in known]),
            )
        )
    return found


class _Sorted(TypedDict):
    seen: Sequence[Seen]
    refused: Sequence[Seen]
    turned_away: Sequence[Seen]
    violations: Sequence[Seen]


def _sorted(rows: Sequence[tuple[str, Seen]]) -> _Sorted:
    """What was seen by what it tells, the latest first."""
    latest = sorted(rows, key=lambda one: one[1].span.last_at, reverse=True)
    return {
        "seen": [one for kind, one in latest if kind in (LOADED, SIGNED, UNSIGNED)],
        "refused": [one for kind, one in latest if kind.startswith(REFUSED) and kind != REFUSED_ORIGIN],
        "turned_away": [one for kind, one in latest if kind == REFUSED_ORIGIN],
        "violations": [one for kind, one in latest if kind.startswith(BLOCKED)],
    }


def spanning(spans: Iterable[Span]) -> Span | None:
    """From the first to the last of them."""
    ends = list(spans)
    return Span(min(one.first_at for one in ends), max(one.last_at for one in ends)) if ends else None


def _serves(key: EmbedKey | SigningKey, partner_id: UUID) -> bool:
    return key.revoked_at is None and key.partner_id in (None, partner_id)


def _seen(row: EmbedSighting | SeenOf) -> tuple[str, Seen]:
    what = row.kind.removeprefix(REFUSED)
    ours = False
    if row.kind.startswith(BLOCKED):
        what, _, whose = row.kind.removeprefix(BLOCKED).partition(" ")
        ours = whose == OURS
    span = Span(row.first_at, row.last_at)
    return row.kind, Seen(what, row.key, row.origin, row.partner_id != NOBODY, span, ours)
