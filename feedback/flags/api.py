"""The vendor's door for flags. No credential of a partner opens it."""

from typing import Any

from feedback.flags.queries import Wanted, flag_page
from feedback.flags.schemas import FlagPageSchema, FlagQuery, FlagQuerySchema, listed
from feedback.http.api import Blueprint
from feedback.http.auth import secret_key_required
from feedback.http.context import reading
from feedback.http.pages import next_cursor
from feedback.partners.queries import partner_by_slug, partner_rows

blueprint = Blueprint("flags", __name__, description="What speaks against some answers, and what was decided about it.")


@blueprint.get("/v1/flags")
@secret_key_required("read")
@blueprint.arguments(FlagQuerySchema(), location="query")
@blueprint.response(200, FlagPageSchema())
def list_flags(query: FlagQuery) -> dict[str, Any]:
    """Flags in the order in which they were raised, of all partners or of one."""
    with reading() as session:
        partner_id = partner_by_slug(session, query.partner).id if query.partner else None
        wanted = Wanted(partner_id, query.kind, query.state)
        rows = flag_page(session, wanted, query.page.after, query.page.limit)
        partners = {one.id: one for one in partner_rows(session)}
    return {
        "flags": [listed(one, partners) for one in rows],
        "next_cursor": next_cursor(rows, query.page, lambda one: (one.raised_at, one.id)),
    }
