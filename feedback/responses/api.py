"""The vendor's doors for responses: its backend sends and reads them with a secret key."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from feedback.core import metrics
from feedback.http.api import Blueprint
from feedback.http.auth import caller, secret_key_required
from feedback.http.context import now, services, transaction
from feedback.http.pages import PageQuery, PageQuerySchema, next_cursor
from feedback.partners.queries import partner_by_slug
from feedback.responses.card_schemas import StandingSchema
from feedback.responses.models import Response
from feedback.responses.queries import response_page
from feedback.responses.schemas import ResponsePageSchema, VouchedAnswer, VouchedAnswerSchema
from feedback.responses.vouched import put_vouched
from feedback.seats.queries import segments_by_id
from feedback.staff.audit import record

blueprint = Blueprint("responses", __name__, description="Answers of both audiences, sent and read by the vendor.")


@blueprint.put("/v1/partners/<slug:partner>/responses/<uuid:response>")
@secret_key_required("write", test_keys=True)
@blueprint.arguments(VouchedAnswerSchema())
@blueprint.response(201, StandingSchema())
@blueprint.alt_response(200, schema=StandingSchema, description="A revision, a repeat or an older revision.")
def put_response(answer: VouchedAnswer, partner: str, response: UUID) -> Any:
    """Keep an answer under an id that you chose. Acknowledged after it is on disk, never before."""
    pepper, live = services().secrets.pepper, caller().live
    with transaction() as session:
        found = partner_by_slug(session, partner)
        standing = put_vouched(session, found, response, answer, live=live, pepper=pepper, now=now())
        if standing.changed:
            detail = {"response": str(response), "revision": standing.revision}
            record(session, caller().actor, "response.recorded", partner, detail, now())
    if standing.changed:
        services().ring("fold")
    metrics.acknowledged(1, "created" if standing.created else "revised" if standing.changed else "repeated")
    return {"response": response, "revision": standing.revision}, 201 if standing.created else 200


@blueprint.get("/v1/partners/<slug:partner>/responses")
@secret_key_required("read")
@blueprint.arguments(PageQuerySchema(), location="query")
@blueprint.response(200, ResponsePageSchema())
def list_responses(page: PageQuery, partner: str) -> dict[str, Any]:
    """Answers with score and comment, in the order of receipt; a test key reads test answers. Reading is recorded."""
    # A transaction that writes: who read comments goes into the audit log.
    with transaction() as session:
        partner_id = partner_by_slug(session, partner).id
        rows = response_page(session, partner_id, page.after, page.limit, live=caller().live)
        segments = segments_by_id(session, [row[0].segment_id for row in rows])
        record(session, caller().actor, "responses.read", partner, {"responses": len(rows)}, now())
    return {
        "responses": [_listed(row, segments) for row in rows],
        "next_cursor": next_cursor(rows, page, lambda row: (row[0].received_at, row[0].id)),
    }


def _listed(row: Row[Response, str, int], segments: Mapping[int, Mapping[str, str]]) -> dict[str, Any]:
    response, survey, version = row
    names = (
        "revision",
        "audience",
        "metric",
        "score",
        "comment",
        "reason",
        "complete",
        "locale",
        "trust",
        "answered_at",
        "received_at",
    )
    return {
        **{name: getattr(response, name) for name in names},
        "response": response.id,
        "respondent": response.respondent_id,
        "survey": survey,
        "version": version,
        "attributes": segments.get(response.segment_id, {}),
    }
