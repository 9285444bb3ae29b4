"""Write responses of both audiences: one at a time from the doors, many at a time from imports."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from feedback.core import inbox
from feedback.core.bulk import insert_many, insert_new
from feedback.core.errors import Code, Problem
from feedback.core.lookup import by_partner
from feedback.core.months import month_of
from feedback.responses.models import Response
from feedback.surveys.models import SCALES

_RESPONSES: Table = Response.__table__  # type: ignore[assignment]


class NewResponse(NamedTuple):
    """A response as it arrives. `score` is on the metric's own scale; `answered_at` as the client says."""

    partner_id: UUID
    id: UUID
    survey_id: UUID
    survey_version_id: UUID
    audience: str
    metric: str
    respondent_id: UUID
    score: int
    revision: int
    complete: bool
    answered_at: datetime
    trust: str
    live: bool
    comment: str | None = None
    reason: str | None = None
    locale: str | None = None
    segment_id: int = 0
    impression_id: UUID | None = None
    import_id: UUID | None = None
    notice_version: str | None = None


class Standing(NamedTuple):
    """What became of a response: `created` the first time, `changed` when a higher revision replaced it."""

    revision: int
    created: bool
    changed: bool


def check_score(metric: str, score: int) -> None:
    """Raises INVALID when `score` is not on the scale of `metric`."""
    low, high = SCALES[metric]
    if not low <= score <= high:
        raise Problem(
            Code.INVALID,
            f"A score of {metric} is a whole number from {low} to {high}, not {score}.",
            errors={"score": [f"Must be from {low} to {high}."]},
        )


def put_response(session: Session, new: NewResponse, *, now: datetime) -> Standing:
    """The same as `put_responses`, for one. Raises INVALID, REVISION_CONFLICT, RESPONSE_OF_ANOTHER."""
    (outcome,) = put_responses(session, [new], now=now)
    if isinstance(outcome, Problem):
        raise outcome
    return outcome


def put_responses(session: Session, batch: Sequence[NewResponse], *, now: datetime) -> list[Standing | Problem]:
    """Keep responses, or higher revisions of them, with their inbox rows; of each what came of it.

    A lower revision is ignored; an equal one is a repeat when it says the same, else REVISION_CONFLICT. An id that
    stands for somebody else's answer or for another survey is RESPONSE_OF_ANOTHER. INVALID: not on the metric's scale.
    """
    outcomes: list[Standing | Problem | None] = [None] * len(batch)
    fits: list[int] = []
    again: list[int] = []
    last = None
    # In the same order everywhere, so that two who insert the same rows do not wait for each other for ever.
    order = [(new.partner_id.int, new.id.int, new.revision, place) for place, new in enumerate(batch)]
    for partner, own, _revision, place in sorted(order):
        if (refused := _off_scale(batch[place])) is not None:
            outcomes[place] = refused
        elif last == (partner, own):
            again.append(place)
        else:
            last = partner, own
            fits.append(place)
    # Insert first: of fifty that come at once one makes the row, the others wait for it and find it below.
    there = insert_new(session, _RESPONSES, _COLUMNS, [_row(batch[place], now, known_at=now) for place in fits])
    standing = _standing(session, [_key(batch[fits[one]]) for one in there]) if there else {}
    touched = []
    for one, place in enumerate(fits):
        new = batch[place]
        # What stood may have been deleted since.
        found = standing.get(_key(new)) if one in there else None
        outcome = Standing(new.revision, created=True, changed=True) if found is None else _grow(found, new, now)
        outcomes[place] = outcome
        if isinstance(outcome, Standing) and outcome.changed:
            touched.append((new.partner_id, new.respondent_id, new.metric))
    inbox.put_many(session, touched, now=now)
    if again:
        later = put_responses(session, [batch[place] for place in again], now=now)
        for place, outcome in zip(again, later, strict=True):
            outcomes[place] = outcome
    return [one for one in outcomes if one is not None]


def _key(new: NewResponse) -> tuple[UUID, UUID]:
    return new.partner_id, new.id


def _off_scale(new: NewResponse) -> Problem | None:
    low, high = SCALES[new.metric]
    if low <= new.score <= high:
        return None
    try:
        check_score(new.metric, new.score)
    except Problem as problem:
        return problem
    return None


def _standing(session: Session, keys: Sequence[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], Response]:
    found: dict[tuple[UUID, UUID], Response] = {}
    for partner_id, ids in by_partner(sorted(keys)):
        own = Response.partner_id == partner_id, Response.id.in_(ids)
        for row in session.scalars(select(Response).where(*own).order_by(Response.id).with_for_update()):
            found[row.partner_id, row.id] = row
    return found


def _grow(found: Response, new: NewResponse, now: datetime) -> Standing | Problem:
    """What becomes of a response that stands."""
    if found.respondent_id != new.respondent_id or found.survey_id != new.survey_id or found.live != new.live:
        return Problem(Code.RESPONSE_OF_ANOTHER, "This id stands for another answer.")
    if new.revision < found.revision:
        return Standing(found.revision, created=False, changed=False)
    if new.revision > found.revision:
        _revise(found, new, now)
        return Standing(new.revision, created=False, changed=True)
    if _content(found) == _content(new) and _same_time(found, new.answered_at):
        return Standing(found.revision, created=False, changed=False)
    return Problem(
        Code.REVISION_CONFLICT,
        f"Revision {new.revision} stands with other content.",
        standing_revision=found.revision,
    )


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a file's responses would change. `foreign`: their id stands for another person's or survey's answer."""

    created: list[NewResponse]
    revised: list[tuple[Response, NewResponse]]
    unchanged: list[NewResponse]
    foreign: list[NewResponse]


def compare_imported(session: Session, batch: Sequence[NewResponse], *, leave: Collection[str] = ()) -> Comparison:
    """Compare responses of a file with what stands. Ids at most once in `batch`.

    `leave`: those of comment, reason and locale of which the file says nothing; what stands stays.
    """
    standing: dict[tuple[UUID, UUID], Response] = {}
    for partner_id, ids in by_partner((one.partner_id, one.id) for one in batch):
        found_rows = session.scalars(select(Response).where(Response.partner_id == partner_id, Response.id.in_(ids)))
        standing.update({(row.partner_id, row.id): row for row in found_rows})
    result = Comparison([], [], [], [])
    for arrived in batch:
        found = standing.get((arrived.partner_id, arrived.id))
        if found is None:
            result.created.append(arrived)
            continue
        one = arrived._replace(**{name: getattr(found, name) for name in leave}) if leave else arrived
        if found.respondent_id != one.respondent_id or found.survey_id != one.survey_id or found.live != one.live:
            result.foreign.append(one)
        elif _told(one, one.locale or found.locale) != _told(found, found.locale) or not _same_time(
            found, one.answered_at
        ):
            result.revised.append((found, one))
        else:
            result.unchanged.append(one)
    return result


def keep_imported(session: Session, comparison: Comparison, *, now: datetime) -> None:
    """Keep what `compare_imported` found new or changed in the same transaction; a change is the next revision."""
    for found, one in comparison.revised:
        _revise(found, one, now)
    rows = [_row(one, now, known_at=min(one.answered_at, now)) for one in comparison.created]
    insert_many(session, _RESPONSES, _COLUMNS, rows)
    changed = [*comparison.created, *(one for _found, one in comparison.revised)]
    inbox.put_many(session, {(one.partner_id, one.respondent_id, one.metric) for one in changed}, now=now)


def put_imported(session: Session, batch: Sequence[NewResponse], *, now: datetime) -> tuple[int, int]:
    """Keep many responses of a file: new ones, and changed ones as the next revision. Ids at most once in `batch`.

    What says the same as what stands changes nothing. Returns how many were new and how many were revised.
    Raises RESPONSE_OF_ANOTHER.
    """
    comparison = compare_imported(session, batch)
    for one in comparison.foreign:
        raise Problem(Code.RESPONSE_OF_ANOTHER, f"The response id {one.id} stands for another answer.")
    keep_imported(session, comparison, now=now)
    return len(comparison.created), len(comparison.revised)


_COLUMNS = (
    "partner_id",
    "id",
    "survey_id",
    "survey_version_id",
    "audience",
    "metric",
    "respondent_id",
    "impression_id",
    "import_id",
    "revision",
    "score",
    "comment",
    "reason",
    "complete",
    "locale",
    "segment_id",
    "trust",
    "live",
    "notice_version",
    "answered_at",
    "month",
    "received_at",
    "known_at",
)


def _row(new: NewResponse, now: datetime, *, known_at: datetime) -> tuple[Any, ...]:
    """The values of _COLUMNS."""
    answered_at = min(new.answered_at, now)
    return (
        new.partner_id,
        new.id,
        new.survey_id,
        new.survey_version_id,
        new.audience,
        new.metric,
        new.respondent_id,
        new.impression_id,
        new.import_id,
        new.revision,
        new.score,
        new.comment,
        new.reason,
        new.complete,
        new.locale,
        new.segment_id,
        new.trust,
        new.live,
        new.notice_version,
        answered_at,
        month_of(answered_at),
        now,
        known_at,
    )


def _revise(found: Response, new: NewResponse, now: datetime) -> None:
    """Who vouches for the new content vouches for the answer from now on; the segment stays frozen."""
    answered_at = min(new.answered_at, now)
    found.revision = max(new.revision, found.revision + 1)
    found.survey_version_id = new.survey_version_id
    found.score, found.comment, found.reason = new.score, new.comment, new.reason
    found.complete, found.locale, found.trust = new.complete, new.locale or found.locale, new.trust
    found.answered_at, found.month, found.received_at = answered_at, month_of(answered_at), now
    found.import_id = new.import_id or found.import_id


def _content(response: Response | NewResponse) -> tuple[Any, ...]:
    return response.score, response.comment, response.reason, response.complete, response.survey_version_id


def _told(response: Response | NewResponse, locale: str | None) -> tuple[Any, ...]:
    return response.score, response.comment, response.reason, locale


def _same_time(found: Response, answered_at: datetime) -> bool:
    """The client's time is the same, or it was capped at receipt and still lies beyond it."""
    return answered_at == found.answered_at or (found.answered_at == found.received_at < answered_at)
