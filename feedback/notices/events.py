"""What a signed webhook carries: which event, about whom, ids to ask the API with. No text, no number of a person."""

from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.core.months import label
from feedback.gap.models import PORTFOLIO
from feedback.notices.models import Delivery, News, Told
from feedback.partners.queries import partner_rows


def body(session: Session, delivery: Delivery) -> bytes | None:
    """The JSON of an event, the same at every try; None when its partner is gone."""
    if delivery.kind == "test":
        return _json("test", delivery.made_at, {})
    fact = session.scalars(select(News).join(Told, Told.thing == News.thing).filter_by(delivery_id=delivery.id)).first()
    if fact is None:
        return None
    slugs = {one.id: one.slug for one in partner_rows(session)}
    if fact.partner_id != PORTFOLIO and fact.partner_id not in slugs:
        return None
    data = {"partner": slugs.get(fact.partner_id), **_about(fact)}
    return _json(delivery.kind, fact.at, data)


def _about(fact: News) -> dict[str, Any]:
    subject = fact.subject
    match fact.kind:
        case "labelled":
            return {"response_id": subject["response_id"]}
        case "flag":
            return {"flag": subject["flag"], "kind": subject["kind"], "metric": subject["metric"]}
        case "state" | "unclear":
            month = label(subject["month"])
            return {"month": month, "state": subject["state"], "came_from": subject["came_from"]}
        case _:
            audience, metric = subject["audience"], subject["metric"]
            return {"change": fact.kind, "audience": audience, "metric": metric}


def _json(event: str, at: datetime, data: dict[str, Any]) -> bytes:
    moment = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return orjson.dumps({"type": event, "timestamp": moment, "data": data})
