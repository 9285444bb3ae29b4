"""The end of the mails, by the link under each of them: nobody needs to sign in for it."""

import flask

from feedback.desk import door
from feedback.http.context import services
from feedback.notices import choices, stopping

blueprint = flask.Blueprint("notices_stop", __name__, template_folder="templates")
blueprint.context_processor(door.page_tools)
blueprint.after_request(door.finish)
blueprint.register_error_handler(Exception, door.refusal)


@blueprint.get("/notices/stop/<token>")
def page(token: str) -> str:
    """A button: programs that look at links before people do must not end anything."""
    stopping.owner(services().secrets, token)
    return flask.render_template("desk/notices_stop.html", stopped=False)


@blueprint.post("/notices/stop/<token>")
def stop(token: str) -> str:
    """End the mails; also what mail programs send for their own button (RFC 8058)."""
    here = services()
    staff_id = stopping.owner(here.secrets, token)
    with here.database.transaction() as session:
        choices.stop_mails(session, staff_id, vault=here.secrets.vault, now=here.clock())
    return flask.render_template("desk/notices_stop.html", stopped=True)
