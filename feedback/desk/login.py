"""Signing in and out, and the style sheet: all that can be reached without a session."""

from typing import Any

import flask
from werkzeug import Response

from feedback.core.errors import Code, Problem
from feedback.desk import assets, door, qr
from feedback.http.context import services
from feedback.staff import commands, second_factor, sessions, sign_in

blueprint = door.open_to_all("login")
blueprint.add_url_rule("/desk/static/<name>", "asset", assets.serve)


@blueprint.get("/login")
def page() -> flask.typing.ResponseReturnValue:
    """The form, or the desk for whoever is signed in."""
    target = door.inside(flask.request.args.get("next", ""))
    if door.viewer() is not None:
        return flask.redirect(target)
    return _sign_in_page(target, "", wrong=False)


@blueprint.post("/login")
def with_password() -> flask.typing.ResponseReturnValue:
    """Sign in by password; see `staff.sign_in` for why in three steps."""
    here = services()
    if not here.settings.sign_in.by_password:
        raise Problem(Code.SIGN_IN_REFUSED, "Passwords do not let in here.")
    now = here.clock()
    email = flask.request.form.get("email", "")
    target = door.inside(flask.request.form.get("next", ""))
    with here.database.transaction() as session:
        sign_in.count_attempt(session, email, door.place(), now=now)
    with here.database.reading() as session:
        staff_id = sign_in.check(session, email, flask.request.form.get("password", ""))
    if staff_id is None:
        return _sign_in_page(target, email, wrong=True), Code.NOT_SIGNED_IN.status
    with here.database.transaction() as session:
        entry = sign_in.enter(session, staff_id, how="password", **_rules(), now=now)
    return _entered(entry, target)


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
    now = here.clock()
    with here.database.transaction() as session:
        staff_id = commands.use_sign_in_link(session, token, now=now)
        entry = sign_in.enter(session, staff_id, how="link", **_rules(), now=now)
    return _entered(entry, door.inside(""))


@blueprint.get("/login/code")
def code_page() -> flask.typing.ResponseReturnValue:
    """Ask for a code; of somebody who has no second factor and needs one, for the first."""
    found = _waiting()
    if found is None:
        return flask.redirect(flask.url_for("login.page"), 303)
    return _code_page(found, door.inside(flask.request.args.get("next", "")), wrong=False)


@blueprint.post("/login/code")
def with_code() -> flask.typing.ResponseReturnValue:
    """The second step: count the attempt, then take the code and start the session at once."""
    here = services()
    now, vault = here.clock(), here.secrets.vault
    target, typed = door.inside(flask.request.form.get("next", "")), flask.request.form.get("code", "")
    found = _waiting()
    if found is None:
        raise Problem(Code.NOT_SIGNED_IN, "Signing in took too long, or was finished in another tab.")
    with here.database.transaction() as session:
        sign_in.count_code(session, found.member.email, now=now)
    codes: tuple[str, ...] | None = None
    with here.database.transaction() as session:
        if found.sets_up:
            codes = second_factor.prove(session, found.member, typed, vault, now=now)
            shown = "code" if codes else None
        else:
            shown = second_factor.accept(session, found.member.id, typed, vault, now=now)
        cookie = sign_in.finish(session, door.step(), second=shown, place=door.place(), now=now) if shown else None
    if cookie is None:
        return _code_page(found, target, wrong=True), Code.NOT_SIGNED_IN.status
    if codes:
        page = flask.render_template("desk/recovery_codes.html", codes=codes, onward=target)
        return door.let_in(flask.make_response(page), cookie)
    return door.let_in(flask.redirect(target, 303), cookie)


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


def _rules() -> dict[str, Any]:
    here = services()
    required = here.settings.sign_in.second_factor_required
    return {"required": required, "vault": here.secrets.vault, "place": door.place()}


def _entered(entry: sign_in.Entry, target: str) -> Response:
    if entry.signed_in:
        return door.let_in(flask.redirect(target, 303), entry.token)
    return door.half_in(flask.redirect(flask.url_for("login.code_page", next=target), 303), entry.token)


def _waiting() -> sign_in.Waiting | None:
    here = services()
    with here.database.reading() as session:
        return sign_in.waiting(session, door.step(), now=here.clock())


def _sign_in_page(target: str, email: str, *, wrong: bool) -> str:
    rules = services().settings.sign_in
    return flask.render_template("desk/sign_in.html", target=target, email=email, wrong=wrong, rules=rules)


def _code_page(found: sign_in.Waiting, target: str, *, wrong: bool) -> str:
    here = services()
    drawn = None
    if found.sets_up:
        with here.database.reading() as session:
            secret = second_factor.unproven_secret(session, found.member.id, here.secrets.vault, now=here.clock())
        drawn = None if secret is None else qr.draw(secret, found.member.email)
    return flask.render_template("desk/sign_in_code.html", found=found, target=target, wrong=wrong, drawn=drawn)
