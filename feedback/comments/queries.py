"""Read what people wrote, newest first, with what the team made of it. Whoever shows it writes down who read it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, TypeVarTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, String, and_, func, literal, or_, select, tuple_, type_coerce
from sqlalchemy.orm import Session

from feedback.comments.models import STATUSES, CommentMark
from feedback.comments.search import has_all, words_of
from feedback.core.lookup import by_partner
from feedback.responses.models import Response

ROWS_PER_PAGE = 50
BANDS: Mapping[str, Mapping[str, tuple[int, int]]] = {
    "low": {"nps": (0, 6), "csat": (1, 2), "ces": (1, 3)},
    "middle": {"nps": (7, 8), "csat": (3, 3), "ces": (4, 4)},
    "high": {"nps": (9, 10), "csat": (4, 5), "ces": (5, 7)},
}
"""From and to, by metric, as the metrics define whom they count as for, against and neither."""

Columns = TypeVarTuple("Columns")
Place = tuple[datetime, UUID]
"""Where a page ends: when the last answer was given, and its id."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which comments. None and empty: any. Months as `core.months`; `search`: words that must all occur.

    `score`: a band or a score on its metric's own scale. `restricted`: False leaves out what is restricted, True reads
    nothing else, None reads both. `language`: primary subtag, `de` finds `de-CH` too. `label`: exactly so. `claim_id`,
    `decision_id`: those linked to it. `response_id`: this one.
    """

    partner_id: UUID | None = None
    audience: str | None = None
    score: str | int | None = None
    language: str | None = None
    first_month: int | None = None
    last_month: int | None = None
    status: str | None = None
    label: str | None = None
    search: str = ""
    restricted: bool | None = False
    claim_id: UUID | None = None
    decision_id: UUID | None = None
    response_id: UUID | None = None

    @property
    def only_marked(self) -> bool:
        """True when a comment without a mark cannot be among them."""
        return bool(self.restricted) or any((self.label, self.claim_id, self.decision_id))


class Comment(NamedTuple):
    """One comment. Who wrote it is not among this: nobody who reads comments needs it."""

    partner_id: UUID
    response_id: UUID
    audience: str
    metric: str
    score: int
    text: str
    locale: str | None
    trust: str
    answered_at: datetime
    status: str
    label: str | None
    note: str | None
    restricted: str | None
    claim_id: UUID | None
    decision_id: UUID | None


@dataclass(frozen=True, slots=True)
class CommentPage:
    """`counts`: by status, whatever status is asked for. `following`: where the next page begins, if there is one."""

    comments: tuple[Comment, ...]
    counts: Mapping[str, int]
    following: Place | None


_status = func.coalesce(CommentMark.status, "new")
_place = tuple_(Response.answered_at, Response.id)
_JOINED = and_(CommentMark.partner_id == Response.partner_id, CommentMark.response_id == Response.id)


def comment_page(session: Session, wanted: Wanted, after: Place | None = None) -> CommentPage:
    """Up to 50 comments behind `after`, newest first."""
    words = words_of(wanted.search)
    found, counts = _by_words(session, wanted, words, after) if words else _by_database(session, wanted, after)
    shown = tuple(found[:ROWS_PER_PAGE])
    more = len(found) > ROWS_PER_PAGE
    following = (shown[-1].answered_at, shown[-1].response_id) if more else None
    return CommentPage(shown, {status: counts.get(status, 0) for status in STATUSES}, following)


def latest(session: Session, partner_id: UUID, audience: str, most: int) -> Sequence[Comment]:
    """What one side at one partner wrote last; what is restricted is not among it."""
    wanted = Wanted(partner_id=partner_id, audience=audience)
    return _made(session, _newest_first(_of(_columns(), wanted)).limit(most))


def every(session: Session, wanted: Wanted) -> Iterator[Comment]:
    """All comments that are wanted, newest first."""
    words = words_of(wanted.search)
    for row in session.execute(_newest_first(_of(_columns(), wanted)).execution_options(yield_per=1000)):
        if not words or has_all(row[5], words):
            yield Comment(*row)


def labels(session: Session) -> list[str]:
    """The labels in use."""
    named = select(CommentMark.label).where(CommentMark.label.is_not(None)).distinct()
    return sorted((label for label in session.scalars(named) if label), key=str.casefold)


def _by_database(session: Session, wanted: Wanted, after: Place | None) -> tuple[Sequence[Comment], Mapping[str, int]]:
    counted = _of(select(_status, func.count()), wanted, any_status=True).group_by(_status)
    counts = {status: count for status, count in session.execute(counted)}  # noqa: C416
    statement = _newest_first(_of(_columns(), wanted)).limit(ROWS_PER_PAGE + 1)
    if after is not None:
        statement = statement.where(_place < after)
    return _made(session, statement), counts


def _by_words(
    session: Session, wanted: Wanted, words: tuple[str, ...], after: Place | None
) -> tuple[Sequence[Comment], Mapping[str, int]]:
    """One look at every comment that the rest of the filter leaves; only those of the page are then read whole."""
    counts: Counter[str] = Counter()
    keys: list[tuple[UUID, UUID]] = []
    behind = literal(value=True) if after is None else _place < after
    # Ids stay as the driver gives them: making ten thousand UUIDs takes as long as finding the words.
    ids = type_coerce(Response.partner_id, String), type_coerce(Response.id, String)
    light = _newest_first(_of(select(Response.comment, _status, behind, *ids), wanted, any_status=True))
    for text, status, is_behind, partner_id, response_id in session.execute(light).yield_per(1000):
        if has_all(text or "", words):
            counts[status] += 1
            if is_behind and wanted.status in {None, status} and len(keys) <= ROWS_PER_PAGE:
                keys.append((UUID(str(partner_id)), UUID(str(response_id))))
    if not keys:
        return [], counts
    these = or_(*(and_(Response.partner_id == partner, Response.id.in_(ids)) for partner, ids in by_partner(keys)))
    return _made(session, _newest_first(_of(_columns(), wanted).where(these))), counts


def _columns() -> Select[*tuple[Any, ...]]:
    return select(
        Response.partner_id,
        Response.id,
        Response.audience,
        Response.metric,
        Response.score,
        Response.comment,
        Response.locale,
        Response.trust,
        Response.answered_at,
        _status,
        CommentMark.label,
        CommentMark.note,
        CommentMark.restricted,
        CommentMark.claim_id,
        CommentMark.decision_id,
    )


def _made(session: Session, statement: Select[*tuple[Any, ...]]) -> list[Comment]:
    return [Comment(*row) for row in session.execute(statement)]


def _newest_first(statement: Select[*Columns]) -> Select[*Columns]:
    return statement.order_by(Response.answered_at.desc(), Response.id.desc())


def _of(statement: Select[*Columns], wanted: Wanted, *, any_status: bool = False) -> Select[*Columns]:
    """`statement` about the comments that are wanted, but for their words."""
    where = [*_written(), *_about(wanted), *_marked(wanted)]
    if wanted.status is not None and not any_status:
        where.append(_status == wanted.status)
    return statement.select_from(Response).join(CommentMark, _JOINED, isouter=not wanted.only_marked).where(*where)


def _written() -> tuple[ColumnElement[bool], ...]:
    """The first is the condition of the index."""
    return Response.comment.is_not(None), Response.comment != "", Response.live.is_(True)


def _marked(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.restricted is not None:
        yield CommentMark.restricted.is_not(None) if wanted.restricted else CommentMark.restricted.is_(None)
    if wanted.label is not None:
        yield CommentMark.label == wanted.label
    if wanted.claim_id is not None:
        yield CommentMark.claim_id == wanted.claim_id
    if wanted.decision_id is not None:
        yield CommentMark.decision_id == wanted.decision_id


def _about(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.partner_id is not None:
        yield Response.partner_id == wanted.partner_id
    if wanted.response_id is not None:
        yield Response.id == wanted.response_id
    if wanted.audience is not None:
        yield Response.audience == wanted.audience
    if wanted.first_month is not None:
        yield Response.month >= wanted.first_month
    if wanted.last_month is not None:
        yield Response.month <= wanted.last_month
    if wanted.language is not None:
        tag = func.lower(func.replace(Response.locale, "_", "-"))
        yield or_(tag == wanted.language, tag.startswith(wanted.language + "-", autoescape=True))
    if isinstance(wanted.score, int):
        yield and_(Response.metric.in_(BANDS["low"]), Response.score == wanted.score)
    elif wanted.score is not None:
        bands = BANDS[wanted.score].items()
        yield or_(*(and_(Response.metric == metric, Response.score.between(*ends)) for metric, ends in bands))
