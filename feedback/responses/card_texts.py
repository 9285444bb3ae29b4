"""What a card said when it was shown: kept with its impression before anybody reads it, once for all alike."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Table
from sqlalchemy.orm import Session

from feedback.core.bulk import update_many
from feedback.core.group_commit import GroupCommit
from feedback.core.services import Services
from feedback.core.upsert import upsert
from feedback.responses.models import CardText, Impression

_IMPRESSIONS: Table = Impression.__table__  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class Shown:
    """The words of one card. `is_kept`: its impression names them already."""

    partner_id: UUID
    impression_id: UUID
    id: str
    locale: str
    texts: Mapping[str, str]
    now: datetime
    is_kept: bool


def shown(impression: Impression, locale: str, texts: Mapping[str, str], *, now: datetime) -> Shown:
    """What an impression shows now, under the id that the same words always have."""
    plain = json.dumps([locale, texts], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    digest = hashlib.sha256(plain.encode()).hexdigest()
    kept = impression.card_text_id == digest
    return Shown(impression.partner_id, impression.id, digest, locale, texts, now, kept)


def keep_shown(services: Services, one: Shown) -> None:
    """Keep it, on disk when this returns. Raises BUSY: what is not on record is not shown."""
    if not one.is_kept:
        services.shared("card_texts", _keeper).submit(one)


def keep(session: Session, batch: Sequence[Shown]) -> list[None]:
    """Keep texts, and which impressions showed them last. Each impression at most once in `batch`."""
    new = {(one.partner_id, one.id): one for one in batch}
    rows = [
        {
            "partner_id": one.partner_id,
            "id": one.id,
            "locale": one.locale,
            "texts": dict(one.texts),
            "first_shown_at": one.now,
        }
        for one in new.values()
    ]
    upsert(session, CardText, rows, change={})
    shows = [(one.partner_id, one.impression_id, one.id) for one in batch]
    update_many(session, _IMPRESSIONS, ("partner_id", "id", "card_text_id"), shows)
    return [None] * len(batch)


def _keeper(services: Services) -> GroupCommit[Shown, None]:
    return GroupCommit("card_texts", services.database, keep, lambda one: one.impression_id)
