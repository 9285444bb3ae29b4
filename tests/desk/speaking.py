"""People who write comments, and what a reader of the desk's pages sees of them."""

import re
from datetime import UTC, datetime
from html import unescape
from uuid import UUID

from sqlalchemy import select

from feedback.core.ids import new_id
from feedback.core.services import Services
from feedback.responses.commands import NewResponse, put_imported
from feedback.seats.commands import seat_id
from feedback.staff.models import AuditEntry
from feedback.surveys.commands import builtin_version
from tests.gap.world import PEPPER, World

LATELY = datetime(2026, 11, 10, 9, tzinfo=UTC)


def text(html: str) -> str:
    """What a reader sees, on one line."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


def written(html: str) -> list[str]:
    """The comments on a page, in its order."""
    return [text(one) for one in re.findall(r'<p class="wrote">(.*?)</p>', html, re.DOTALL)]


def say(
    world: World,
    slug: str,
    comment: str | None,
    *,
    person: str = "",
    score: int = 3,
    audience: str = "end_user",
    metric: str = "nps",
    locale: str | None = None,
    live: bool = True,
    at: datetime = LATELY,
) -> UUID:
    """Somebody answers, with a comment; the id of the answer. Without `person` it is somebody else each time."""
    response_id = new_id()
    with world.services.database.transaction() as session:
        version = builtin_version(session, audience, metric, now=world.services.clock())
        new = NewResponse(
            partner_id=world.ids[slug],
            id=response_id,
            survey_id=version.survey_id,
            survey_version_id=version.id,
            audience=audience,
            metric=metric,
            respondent_id=seat_id(PEPPER, world.ids[slug], person or str(response_id)),
            score=score,
            revision=1,
            complete=True,
            answered_at=at,
            trust="vendor",
            live=live,
            comment=comment,
            locale=locale,
        )
        put_imported(session, [new], now=world.services.clock())
    return response_id


def audited(services: Services, action: str) -> list[AuditEntry]:
    """The audit log's entries about one kind of action, oldest first."""
    with services.database.reading() as session:
        found = select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.at, AuditEntry.id)
        return list(session.scalars(found))
