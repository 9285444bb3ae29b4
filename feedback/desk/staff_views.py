"""Staff and roles: who may sign in, as what; for admins."""

from collections.abc import Callable
from uuid import UUID

import flask
from werkzeug import Response

from feedback.desk import door, form, staff_list, staff_words, table_files
from feedback.desk.staff_list import PAGE
from feedback.http.context import services
from feedback.sign_in_settings import STAFF_ROLES
from feedback.staff import commands, queries, sessions

blueprint = door.behind_login("desk_staff")
blueprint.before_request(door.admins_only)


@blueprint.get(PAGE)
def page() -> str:
    """Everybody, and a form for somebody new."""
    return _list_page()


@blueprint.get(f"{PAGE}.<any(csv, xlsx):kind>")
def page_file(kind: str) -> flask.Response:
    """The same people as a file."""
    here = services()
    with here.database.reading() as session:
        everybody = staff_list.people(session, here.settings.sign_in, now=here.clock())
    rows = []
    for one in staff_list.found(everybody, staff_list.read(flask.request.args)):
        moments = [at.isoformat() if at else "" for at in (one.disabled_at, one.seen_at)]
        second = "yes" if one.second_factor else "no"
        rows.append((one.name, one.email, one.role, *moments, second, ", ".join(one.ways) or "link"))
    titles = ("name", "email", "role", "disabled_at", "last_seen_at", "second_factor", "signs_in_by")
    return table_files.file(kind, "staff", titles, rows)


@blueprint.post(PAGE)
def add() -> str:
    """Let somebody in; the page shows, once, the link to send."""
    here, viewer = services(), flask.g.viewer
    now = here.clock()
    with here.database.transaction() as session:
        row = commands.add(
            session, form.text("email"), name=form.text("name"), role=form.text("role"), actor=viewer.actor, now=now
        )
        token = commands.create_sign_in_link(session, row.email, actor=viewer.actor, now=now)
    return _person_page(row.id, link=token)


@blueprint.get(f"{PAGE}/<uuid:staff_id>")
def person(staff_id: UUID) -> str:
    """One of them, and what may be done."""
    return _person_page(staff_id)


@blueprint.post(f"{PAGE}/<uuid:staff_id>/link")
def make_link(staff_id: UUID) -> str:
    """A new link; the page shows it once."""
    here, viewer = services(), flask.g.viewer
    with here.database.transaction() as session:
        row = queries.member_by_id(session, staff_id)
        token = commands.create_sign_in_link(session, row.email, actor=viewer.actor, now=here.clock())
    return _person_page(staff_id, link=token)


@blueprint.post(f"{PAGE}/<uuid:staff_id>/role")
def put_role(staff_id: UUID) -> Response:
    """Another role."""
    here, viewer = services(), flask.g.viewer
    with here.database.transaction() as session:
        row = queries.member_by_id(session, staff_id)
        commands.change_role(session, row.email, form.text("role"), actor=viewer.actor, now=here.clock())
    return _back(staff_id)


@blueprint.post(f"{PAGE}/<uuid:staff_id>/<any(disable, enable, 'end-sessions', 'reset-second-factor'):what>")
def change(staff_id: UUID, what: str) -> Response:
    """What is done with a button alone."""
    here, viewer = services(), flask.g.viewer
    done: dict[str, Callable[..., object]] = {
        "disable": commands.disable,
        "enable": commands.enable,
        "end-sessions": commands.end_sessions,
        "reset-second-factor": commands.reset_second_factor,
    }
    with here.database.transaction() as session:
        row = queries.member_by_id(session, staff_id)
        done[what](session, row.email, actor=viewer.actor, now=here.clock())
    return _back(staff_id)


@blueprint.post(f"{PAGE}/<uuid:staff_id>/sessions/<name>")
def end_session(staff_id: UUID, name: str) -> Response:
    """Sign one browser of theirs out."""
    here, viewer = services(), flask.g.viewer
    with here.database.transaction() as session:
        row = queries.member_by_id(session, staff_id)
        sessions.end_named(session, row, name, actor=viewer.actor, now=here.clock())
    return _back(staff_id)


def _list_page() -> str:
    here = services()
    address = staff_list.read(flask.request.args)
    now = here.clock()
    with here.database.reading() as session:
        everybody = staff_list.people(session, here.settings.sign_in, now=now)
    return flask.render_template(
        "desk/staff.html",
        people=staff_list.found(everybody, address),
        everybody=everybody,
        address=address,
        roles=STAFF_ROLES,
        rules=here.settings.sign_in,
        say=staff_words,
        now=now,
    )


def _person_page(staff_id: UUID, *, link: str | None = None) -> str:
    here = services()
    now = here.clock()
    with here.database.reading() as session:
        row = queries.member_by_id(session, staff_id)
        everybody = staff_list.people(session, here.settings.sign_in, now=now)
        browsers = sessions.signed_in(session, staff_id, own_token=door.own_token(), now=now)
    (one,) = [one for one in everybody if one.id == row.id]
    return flask.render_template(
        "desk/staff_person.html",
        one=one,
        row=row,
        link=None if link is None else f"{here.settings.public_url}/login/{link}",
        only_admin=[who.id for who in everybody if who.role == "admin" and who.disabled_at is None] == [row.id],
        browsers=browsers,
        roles=STAFF_ROLES,
        rules=here.settings.sign_in,
        say=staff_words,
        now=now,
    )


def _back(staff_id: UUID) -> Response:
    return flask.redirect(f"{PAGE}/{staff_id}", 303)
