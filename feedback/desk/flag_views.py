"""What staff do about a flag on a partner's page: set answers aside, hold them to be honest, let them count again."""

from uuid import UUID

import flask
from werkzeug import Response

from feedback.core.errors import Code, Problem
from feedback.desk import door, form
from feedback.flags import commands
from feedback.http.context import services
from feedback.partners.queries import known_partner

blueprint = door.behind_login("desk_flags")
blueprint.before_request(door.numbers_only)


@blueprint.before_request
def _who_may() -> None:
    if not flask.g.viewer.reads_comments:
        raise Problem(Code.ROLE_NOT_ALLOWED, "Whether answers count is decided by admins and researchers.")


@blueprint.post("/desk/partners/<slug>/flags/<uuid:flag_id>")
def decide(slug: str, flag_id: UUID) -> Response:
    """Set aside what a flag is about, or hold it to be honest. Raises PARTNER_UNKNOWN, NOT_FOUND, INVALID, CONFLICT."""
    reason, honest = form.text("reason"), form.text("decision") == "honest"
    here = services()
    with here.database.transaction() as session:
        partner_id, actor, now = known_partner(session, slug).id, flask.g.viewer.actor, here.clock()
        if honest:
            commands.settle(session, partner_id, flag_id, reason, actor=actor, now=now)
        else:
            whose = form.text("whose")
            commands.set_aside(session, partner_id, flag_id, reason, whose=whose, actor=actor, now=now)
    return _counted_anew(slug)


@blueprint.post("/desk/partners/<slug>/asides/<uuid:aside_id>/back")
def take_back(slug: str, aside_id: UUID) -> Response:
    """Let count again what was set aside. Raises PARTNER_UNKNOWN, NOT_FOUND, INVALID, CONFLICT."""
    here = services()
    with here.database.transaction() as session:
        partner_id, reason = known_partner(session, slug).id, form.text("reason")
        commands.take_back(session, partner_id, aside_id, reason, actor=flask.g.viewer.actor, now=here.clock())
    return _counted_anew(slug)


def _counted_anew(slug: str) -> Response:
    services().ring("fold")
    return flask.redirect(flask.url_for("desk_partners.page", slug=slug, _anchor="flags"), 303)
