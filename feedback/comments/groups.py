"""How many people wrote what bears one label, and whether words of ours are theirs: for what leaves in our words."""

import re
from collections.abc import Collection, Iterator
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.comments.models import CommentMark
from feedback.responses.models import Response

_RUN = 4
"""So many words in a row that somebody wrote are theirs; fewer are everybody's."""
_SHORTEST = 3
"""A comment of so many words is somebody's as a whole; a shorter one is too common to be."""
_WORD = re.compile(r"\w+")


def authors(
    session: Session, partner_id: UUID, label: str, first_month: int, last_month: int, trust: Collection[str]
) -> frozenset[UUID]:
    """End users who wrote a comment of this label in these months; restricted comments stand for nobody."""
    mark = CommentMark.partner_id == Response.partner_id, CommentMark.response_id == Response.id
    statement = select(Response.respondent_id).join(CommentMark, mark[0] & mark[1])
    found = session.scalars(
        statement.where(
            Response.partner_id == partner_id,
            Response.audience == "end_user",
            Response.live.is_(True),
            Response.trust.in_(trust),
            Response.comment != "",
            Response.month.between(first_month, last_month),
            CommentMark.label == label,
            CommentMark.restricted.is_(None),
        )
    )
    return frozenset(found)


def labels_of(session: Session, partner_id: UUID) -> list[str]:
    """The labels that comments at this partner bear."""
    own = select(CommentMark.label).where(CommentMark.partner_id == partner_id, CommentMark.label.is_not(None))
    return sorted((label for label in session.scalars(own.distinct()) if label), key=str.casefold)


def repeats(session: Session, partner_id: UUID, text: str) -> bool:
    """Whether `text` holds words in a row that somebody at this partner wrote, whoever it was and whenever."""
    said = tuple(_words(text))
    wrote = select(Response.comment).where(Response.partner_id == partner_id, Response.comment != "")
    ours = {length: set(_runs(said, length)) for length in (_SHORTEST, _RUN)}
    for comment in session.scalars(wrote).yield_per(1000):
        theirs = tuple(_words(comment or ""))
        length = _SHORTEST if len(theirs) == _SHORTEST else _RUN
        if any(run in ours[length] for run in _runs(theirs, length)):
            return True
    return False


def _words(text: str) -> Iterator[str]:
    return (found[0] for found in _WORD.finditer(text.casefold()))


def _runs(words: tuple[str, ...], length: int) -> Iterator[tuple[str, ...]]:
    return (words[start : start + length] for start in range(len(words) - length + 1))
