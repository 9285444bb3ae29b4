"""Signing in and out, and the style sheet: all that can be reached without a session."""

import flask
from werkzeug import Response

from feedback.core.errors import Code
from feedback.desk import assets, door
from feedback.http.context import services
from feedback.staff import commands, sessions, sign_in

blueprint = flask.Blueprint("login", __name__, template_folder="templates")
blueprint.context_processor(door.page_tools)
blueprint.before_request(door.refuse_forged_forms)
blueprint.after_request(door.finish)
blueprint.register_error_handler(Exception, door.refusal)
blueprint.add_url_rule("/desk/static/<name>", "asset", assets.serve)


@blueprint.get("/login")
def page() -> flask.typing.ResponseReturnValue:
    """The form, or the desk for whoever is signed in."""
    target = door.inside(flask.request.args.get("next", ""))
    if door.viewer() is not None:
        return flask.redirect(target)
    return flask.render_template("desk/sign_in.html", target=target, email="", wrong=False)


@blueprint.post("/login")
def with_password() -> flask.typing.ResponseReturnValue:
    """Sign in by password; see `staff.sign_in` for why in three steps."""
    here = services()
    now = here.clock()
    email = flask.request.form.get("email", "")
    target = door.inside(flask.request.form.get("next", ""))
    with here.database.transaction() as session:
        sign_in.count_attempt(session, email, now=now)
    with here.database.reading() as session:
        staff_id = sign_in.check(session, email, flask.request.form.get("password", ""))
    if staff_id is None:
        page = flask.render_template("desk/sign_in.html", target=target, email=email, wrong=True)
        return page, Code.NOT_SIGNED_IN.status
    with here.database.transaction() as session:
        token = sign_in.start(session, staff_id, now=now)
    return door.let_in(flask.redirect(target, 303), token)


@blueprint.get("/login/<token>")
def link(token: str) -> flask.typing.ResponseReturnValue:
    """A page with a button: programs that look at links before people do must not use them up."""
    here = services()
    with here.database.reading() as session:
        member = commands.link_owner(session, token, now=here.clock())
    return flask.render_template("desk/sign_in_link.html", member=member)


@blueprint.post("/login/<token>")
def with_link(token: str) -> Response:
    """Use the link up and go to the desk."""
    here = services()
    with here.database.transaction() as session:
        cookie = commands.use_sign_in_link(session, token, now=here.clock())
    return door.let_in(flask.redirect(flask.url_for("desk.overview_page"), 303), cookie)


@blueprint.post("/logout")
def out() -> Response:
    """End the session."""
    here = services()
    response = flask.redirect(flask.url_for("login.page"), 303)
    token = door.let_out(response)
    if token:
        with here.database.transaction() as session:
            sessions.end(session, token, now=here.clock())
    return response
