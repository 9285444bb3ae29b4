"""One's own account: password, second factor, recovery codes, and the browsers that are signed in."""

import flask
from werkzeug import Response

from feedback.core.errors import Code, Problem
from feedback.desk import door, form, qr, staff_words
from feedback.http.context import services
from feedback.staff import commands, passwords, second_factor, sessions, sign_in
from feedback.staff.models import StaffMember

PAGE = "/desk/settings/account"

blueprint = door.behind_login("desk_account")


@blueprint.get(PAGE)
def page() -> str:
    """What there is, and the forms that change it."""
    here, viewer = services(), flask.g.viewer
    now, own = here.clock(), door.own_token()
    with here.database.reading() as session:
        member = session.get_one(StaffMember, viewer.id)
        stands = second_factor.stands(session, viewer.id)
        secret = second_factor.unproven_secret(session, viewer.id, here.secrets.vault, now=now)
        return flask.render_template(
            "desk/account.html",
            member=member,
            stands=stands,
            codes_left=second_factor.codes_left(session, viewer.id),
            drawn=None if secret is None else qr.draw(secret, viewer.email),
            browsers=sessions.signed_in(session, viewer.id, own_token=own, now=now),
            rules=here.settings.sign_in,
            shortest=passwords.SHORTEST,
            say=staff_words,
            now=now,
        )


@blueprint.post(f"{PAGE}/password")
def put_password() -> Response:
    """A new password, shown the old one, or where there is none a code if codes are asked for; other sessions end."""
    here, viewer = services(), flask.g.viewer
    if not here.settings.sign_in.by_password:
        raise Problem(Code.CONFLICT, "Passwords do not let in here.")
    with here.database.reading() as session:
        has_password = session.get_one(StaffMember, viewer.id).password_hash is not None
        has_code = second_factor.stands(session, viewer.id)
    if has_password or has_code:
        _show_old(has_password=has_password)
    new = flask.request.form.get("new", "")
    if new != flask.request.form.get("again", ""):
        raise Problem(Code.INVALID, "The new password was not the same both times.")
    hashed = passwords.hashed(new)
    with here.database.transaction() as session:
        commands.put_password(session, viewer.id, hashed, actor=viewer.actor, but=door.own_token(), now=here.clock())
    return _back("password")


@blueprint.post(f"{PAGE}/second-factor")
def begin() -> Response:
    """Make a secret; the page shows it until a code proves that an authenticator holds it."""
    here = services()
    with here.database.transaction() as session:
        second_factor.begin(session, flask.g.viewer.id, here.secrets.vault, now=here.clock())
    return _back("second-factor")


@blueprint.post(f"{PAGE}/second-factor/prove")
def prove() -> str:
    """The first code: from now on codes are asked for. The recovery codes are shown here, once."""
    here, viewer = services(), flask.g.viewer
    now = here.clock()
    _count_code(viewer.email)
    with here.database.transaction() as session:
        member = session.get_one(StaffMember, viewer.id)
        codes = second_factor.prove(session, member, form.text("code"), here.secrets.vault, now=now)
    if codes is None:
        raise Problem(Code.INVALID, "This is not the code. Is your telephone’s clock right? Go back, and try the next.")
    return flask.render_template("desk/recovery_codes.html", codes=codes, onward=PAGE)


@blueprint.post(f"{PAGE}/second-factor/remove")
def remove() -> Response:
    """No code any more, shown one, or the password; other sessions end, and where one is required this one too."""
    here, viewer = services(), flask.g.viewer
    _show_again()
    with here.database.transaction() as session:
        commands.remove_second_factor(session, viewer.id, but=door.own_token(), now=here.clock())
    return _back("second-factor")


@blueprint.post(f"{PAGE}/recovery-codes")
def renew() -> str:
    """Ten new recovery codes, shown a code or the password."""
    here, viewer = services(), flask.g.viewer
    _show_again()
    with here.database.transaction() as session:
        codes = second_factor.renew_codes(session, session.get_one(StaffMember, viewer.id), now=here.clock())
    return flask.render_template("desk/recovery_codes.html", codes=codes, onward=PAGE)


@blueprint.post(f"{PAGE}/sessions/others")
def end_others() -> Response:
    """Sign out everywhere but here."""
    here, viewer = services(), flask.g.viewer
    with here.database.transaction() as session:
        commands.end_sessions(session, viewer.email, but=door.own_token(), actor=viewer.actor, now=here.clock())
    return _back("browsers")


@blueprint.post(f"{PAGE}/sessions/<name>")
def end_one(name: str) -> Response:
    """Sign out one browser; it may be this one."""
    here, viewer = services(), flask.g.viewer
    with here.database.transaction() as session:
        member = session.get_one(StaffMember, viewer.id)
        sessions.end_named(session, member, name, actor=viewer.actor, now=here.clock())
    return _back("browsers")


def _show_again() -> None:
    """Whoever took over an open browser shall not take the account with it. Raises INVALID or TOO_MANY_REQUESTS."""
    typed = flask.request.form.get("shown", "")
    if not _is_code(typed) and not _is_password(typed):
        raise Problem(Code.INVALID, "This is neither a code that was not used yet nor your password.")


def _show_old(*, has_password: bool) -> None:
    typed = flask.request.form.get("old", "")
    if not (_is_password(typed) if has_password else _is_code(typed)):
        raise Problem(Code.INVALID, f"This is not your {'old password' if has_password else 'code'}.")


def _is_password(typed: str) -> bool:
    here, email = services(), flask.g.viewer.email
    with here.database.transaction() as session:
        sign_in.count_attempt(session, email, door.place(), now=here.clock())
    with here.database.reading() as session:
        return sign_in.check(session, email, typed) is not None


def _is_code(typed: str) -> bool:
    here, viewer = services(), flask.g.viewer
    _count_code(viewer.email)
    with here.database.transaction() as session:
        return second_factor.accept(session, viewer.id, typed, here.secrets.vault, now=here.clock()) is not None


def _count_code(email: str) -> None:
    here = services()
    with here.database.transaction() as session:
        sign_in.count_code(session, email, now=here.clock())


def _back(anchor: str) -> Response:
    return flask.redirect(f"{PAGE}#{anchor}", 303)
