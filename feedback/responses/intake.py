"""What came in, by month and by the way on which it came: counted anew once a day, because a page scans no answers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, Table, case, delete, exists, func, insert, select
from sqlalchemy.orm import Session

from feedback.core import chores
from feedback.core.db import Database
from feedback.partners.models import Partner
from feedback.responses.models import AnswerIntake, Invitation, Response, Voice

WAYS = ("widget", "link", "api", "import")
"""The card in a page, the same card behind a personal link, the vendor's backend, a file."""

_INTAKE: Table = AnswerIntake.__table__  # type: ignore[assignment]


class Came(NamedTuple):
    """Answers of one month, one of WAYS, and so on; `revised` of them came more than once."""

    month: int
    metric: str
    audience: str
    way: str
    trust: str
    live: bool
    answers: int
    revised: int


def count_anew(database: Database, *, now: datetime) -> int:
    """Count every answer by month and way, and the voices of each month; returns how many answers there are."""
    # Read first: on SQLite nobody else can write while a transaction that writes reads the raw answers.
    with database.reading() as session:
        found = [Came._make(row) for row in session.execute(_COUNT)]
        voices = {str(month): count for month, count in session.execute(_VOICES)}
    total = sum(one.answers for one in found)
    with database.transaction() as session:
        session.execute(delete(_INTAKE))
        if found:
            session.execute(insert(_INTAKE), [one._asdict() for one in found])
        chores.done(session, chores.INTAKE_COUNTED, {"answers": total, "voices": voices}, now=now)
    return total


def came_in(session: Session) -> Sequence[Came]:
    """What was counted last, the oldest month first. `chores` knows when that was."""
    rows = session.execute(select(*(_INTAKE.c[name] for name in Came._fields)).order_by(_INTAKE.c.month))
    return [Came._make(row) for row in rows]


def newest_received_at(session: Session) -> datetime | None:
    """When the newest answer, or the newest revision of one, came; None before the first. A look-up per partner."""
    newest = select(func.max(Response.received_at)).where(Response.partner_id == Partner.id).scalar_subquery()
    each = select(newest.label("newest")).select_from(Partner).subquery()
    found: datetime | None = session.scalar(select(func.max(each.c.newest)))
    return found


def _statement() -> Select[Any]:
    by_link = exists().where(
        Invitation.partner_id == Response.partner_id,
        # The index of invitations is by person; of one person there are few.
        Invitation.respondent_id == Response.respondent_id,
        Invitation.impression_id == Response.impression_id,
    )
    way = case(
        (Response.import_id.is_not(None), "import"),
        (Response.impression_id.is_(None), "api"),
        (by_link, "link"),
        else_="widget",
    ).label("way")
    keys = Response.month, Response.metric, Response.audience, way, Response.trust, Response.live
    revised = func.count(case((Response.revision > 1, 1)))
    return select(*keys, func.count(), revised).group_by(*keys)


_COUNT = _statement()
_VOICES = select(Voice.month, func.count()).group_by(Voice.month)
