"""What the team makes of a comment. Who changed what is written down, never what anybody wrote."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from feedback.comments.models import CommentMark
from feedback.core import outbox
from feedback.core.errors import Code, Problem
from feedback.core.upsert import upsert
from feedback.responses.models import Response
from feedback.staff import audit


@dataclass(frozen=True, slots=True)
class Remarks:
    """What is kept beside a comment; None: nothing. `label` up to 40 characters, `restricted` one of RESTRICTIONS.

    `claim_id` and `decision_id`: what it bears on, of its partner; whoever calls has looked whether they exist.
    """

    label: str | None
    note: str | None
    restricted: str | None
    claim_id: UUID | None = None
    decision_id: UUID | None = None


def note_reading(
    session: Session, reader: str, what: str, *, asked: Mapping[str, Any], count: int, now: datetime
) -> None:
    """Write down that somebody read a page: `what` of, which filter, how many; once a page, not once a comment.

    The words searched for are not kept: they may be somebody's name.
    """
    audit.record(session, reader, "comment.read", what, {**asked, "count": count}, now)


def set_status(
    session: Session, partner_id: UUID, response_id: UUID, status: str, *, actor: str, now: datetime
) -> CommentMark:
    """How far the team is with a comment. Raises NOT_FOUND."""
    return _change(session, partner_id, response_id, {"status": status}, actor=actor, now=now)


def remark(
    session: Session, partner_id: UUID, response_id: UUID, remarks: Remarks, *, actor: str, now: datetime
) -> CommentMark:
    """Label, note, restriction and links of a comment, all as given. Raises NOT_FOUND."""
    return _change(session, partner_id, response_id, asdict(remarks), actor=actor, now=now)


def forget_marks(session: Session) -> int:
    """Delete what was made of comments that are gone: a note may repeat them. Returns how many there were."""
    same = Response.partner_id == CommentMark.partner_id, Response.id == CommentMark.response_id
    gone = ~exists().where(*same, Response.comment != "")
    return int(session.execute(delete(CommentMark).where(gone)).rowcount)  # type: ignore[attr-defined]


def _change(
    session: Session,
    partner_id: UUID,
    response_id: UUID,
    values: Mapping[str, str | UUID | None],
    *,
    actor: str,
    now: datetime,
) -> CommentMark:
    mark = _locked(session, partner_id, response_id, actor=actor, now=now)
    changed = sorted(name for name, value in values.items() if getattr(mark, name) != value)
    if not changed:
        return mark
    for name in changed:
        setattr(mark, name, values[name])
    mark.changed_at, mark.changed_by = now, actor
    session.flush()
    detail = {"partner": str(partner_id), "changed": changed}
    entry = audit.record(session, actor, "comment.marked", str(response_id), detail, now)
    if "label" in changed and mark.label is not None and mark.restricted is None:
        about = {"response_id": str(response_id)}
        outbox.put(session, "labelled", partner_id, f"label {entry.id}", about, now=now)
    return mark


def _locked(session: Session, partner_id: UUID, response_id: UUID, *, actor: str, now: datetime) -> CommentMark:
    """The mark, for this transaction alone; made when there is none."""
    own = Response.partner_id == partner_id, Response.id == response_id, Response.live.is_(True), Response.comment != ""
    if not session.scalar(select(exists().where(*own))):
        raise Problem(Code.NOT_FOUND, "There is no such comment; whoever wrote it may have taken it back.")
    key = {"partner_id": partner_id, "response_id": response_id}
    upsert(session, CommentMark, [{**key, "status": "new", "changed_at": now, "changed_by": actor}], change={})
    return session.scalars(select(CommentMark).filter_by(**key).with_for_update()).one()
