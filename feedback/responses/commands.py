"""Write responses of both audiences: one at a time from the doors, many at a time from imports."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, delete, insert, select
from sqlalchemy.orm import Session

from feedback.core import inbox
from feedback.core.bulk import insert_new
from feedback.core.errors import Code, Problem
from feedback.core.lookup import by_partner
from feedback.core.months import month_of
from feedback.responses.models import Contact, Impression, Invitation, Response
from feedback.surveys.models import SCALES

_RESPONSES: Table = Response.__table__  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class NewResponse:
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


@dataclass(frozen=True, slots=True)
class Standing:
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
    outcomes: dict[int, Standing | Problem] = {}
    fits: dict[tuple[UUID, UUID], tuple[int, NewResponse]] = {}
    again: list[tuple[int, NewResponse]] = []
    # In the same order everywhere, so that two who insert the same rows do not wait for each other for ever.
    order = sorted(enumerate(batch), key=lambda one: (one[1].partner_id.int, one[1].id.int, one[1].revision))
    for place, new in order:
        if (refused := _off_scale(new)) is not None:
            outcomes[place] = refused
        elif fits.setdefault((new.partner_id, new.id), (place, new))[1] is not new:
            again.append((place, new))
    # Insert first: of fifty that come at once one makes the row, the others wait for it and find it below.
    rows = [_row(new, now, known_at=now) for _place, new in fits.values()]
    inserted = insert_new(session, _RESPONSES, rows)
    standing = _standing(session, [key for key in fits if key not in inserted])
    touched = []
    for key, (place, new) in fits.items():
        found = standing.get(key)
        created = Standing(new.revision, created=True, changed=True)
        outcomes[place] = outcome = created if found is None else _grow(found, new, now)
        if isinstance(outcome, Standing) and outcome.changed:
            touched.append((new.partner_id, new.respondent_id, new.metric))
    inbox.put_many(session, touched, now=now)
    if again:
        later = put_responses(session, [new for _place, new in again], now=now)
        outcomes |= {place: outcome for (place, _new), outcome in zip(again, later, strict=True)}
    return [outcomes[place] for place in range(len(batch))]


def _off_scale(new: NewResponse) -> Problem | None:
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
        one = replace(arrived, **{name: getattr(found, name) for name in leave}) if leave else arrived
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
    # Tables, not models: for those SQLAlchemy makes a statement of its own for every pattern of empty columns.
    if comparison.created:
        rows = [_row(one, now, known_at=min(one.answered_at, now)) for one in comparison.created]
        session.execute(insert(_RESPONSES), rows)
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


def _row(new: NewResponse, now: datetime, *, known_at: datetime) -> dict[str, Any]:
    answered_at = min(new.answered_at, now)
    return {
        "partner_id": new.partner_id,
        "id": new.id,
        "survey_id": new.survey_id,
        "survey_version_id": new.survey_version_id,
        "audience": new.audience,
        "metric": new.metric,
        "respondent_id": new.respondent_id,
        "impression_id": new.impression_id,
        "import_id": new.import_id,
        "revision": new.revision,
        "score": new.score,
        "comment": new.comment,
        "reason": new.reason,
        "complete": new.complete,
        "locale": new.locale,
        "segment_id": new.segment_id,
        "trust": new.trust,
        "live": new.live,
        "notice_version": new.notice_version,
        "answered_at": answered_at,
        "month": month_of(answered_at),
        "received_at": now,
        "known_at": known_at,
    }


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


def erase(session: Session, partner_id: UUID, respondent_id: UUID, *, now: datetime) -> int:
    """Delete every answer, impression, link and address of one respondent; the fold takes back what they gave.

    Returns how many answers there were.
    """
    own = (Response.partner_id == partner_id) & (Response.respondent_id == respondent_id)
    metrics = session.scalars(select(Response.metric).where(own).distinct()).all()
    answers = session.execute(delete(Response).where(own))
    for model in (Impression, Invitation, Contact):
        session.execute(delete(model).where(model.partner_id == partner_id, model.respondent_id == respondent_id))
    for metric in metrics:
        inbox.put(session, partner_id, respondent_id, metric, now=now)
    return int(answers.rowcount)  # type: ignore[attr-defined]
