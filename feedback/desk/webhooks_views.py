"""Settings: addresses that are called with what happens, and the log of the calls. For admins alone."""

from uuid import UUID

import flask
from werkzeug import Response

from feedback.core.errors import Code, Problem
from feedback.desk import door, notice_words, settings_form
from feedback.desk.form import text
from feedback.desk.settings_form import NOTHING, Tried
from feedback.gap import words
from feedback.http.context import services
from feedback.notices import endpoints, log, trying
from feedback.notices.models import Endpoint

blueprint = door.behind_login("desk_webhooks")
blueprint.before_request(door.admins_only)

_PATH = "/desk/settings/webhooks"
_ONE = f"{_PATH}/<uuid:endpoint_id>"


@blueprint.get(_PATH)
def page() -> flask.typing.ResponseReturnValue:
    """Every endpoint, and forms for a new one."""
    return _page(NOTHING)


@blueprint.post(_PATH)
def add() -> flask.typing.ResponseReturnValue:
    """A new endpoint; its secret stands in this answer and nowhere else."""
    here, kind = services(), text("kind")
    new = endpoints.NewEndpoint(kind, text("name"), text("address"), tuple(flask.request.form.getlist("events")))
    try:
        with here.database.transaction() as session:
            row, secret = endpoints.add(
                session,
                new,
                vault=here.secrets.vault,
                private=here.settings.webhook_private_addresses,
                actor=flask.g.viewer.actor,
                now=here.clock(),
            )
    except settings_form.REFUSALS as error:
        return _page(settings_form.refused(kind, error))
    return _one(row.id, secret) if secret else flask.redirect(f"{_PATH}/{row.id}", 303)


@blueprint.get(_ONE)
def one(endpoint_id: UUID) -> flask.Response:
    """One endpoint and its log. Raises NOT_FOUND."""
    return _one(endpoint_id)


@blueprint.post(f"{_ONE}/test")
def test(endpoint_id: UUID) -> Response:
    """Send a test. Raises NOT_FOUND."""
    here = services()
    with here.database.transaction() as session:
        row = endpoints.one(session, endpoint_id)
        log.test(session, row.kind, row.id, now=here.clock())
    return _back(endpoint_id)


@blueprint.post(f"{_ONE}/secret")
def rotate(endpoint_id: UUID) -> flask.Response:
    """A new secret, shown in this answer and nowhere else. Raises NOT_FOUND."""
    here = services()
    with here.database.transaction() as session:
        secret = endpoints.rotate(
            session, endpoint_id, vault=here.secrets.vault, actor=flask.g.viewer.actor, now=here.clock()
        )
    return _one(endpoint_id, secret)


@blueprint.post(f"{_ONE}/resume")
def resume(endpoint_id: UUID) -> Response:
    """Call it again. Raises NOT_FOUND."""
    here = services()
    with here.database.transaction() as session:
        endpoints.resume(session, endpoint_id, actor=flask.g.viewer.actor, now=here.clock())
    return _back(endpoint_id)


@blueprint.post(f"{_ONE}/remove")
def remove(endpoint_id: UUID) -> Response:
    """Call it no more. Raises NOT_FOUND."""
    here = services()
    with here.database.transaction() as session:
        endpoints.remove(session, endpoint_id, actor=flask.g.viewer.actor, now=here.clock())
    return flask.redirect(_PATH, 303)


@blueprint.post(f"{_ONE}/deliveries/<uuid:delivery_id>")
def send_again(endpoint_id: UUID, delivery_id: UUID) -> Response:
    """Send one delivery once more. Raises NOT_FOUND."""
    here = services()
    with here.database.transaction() as session:
        endpoints.one(session, endpoint_id)
        if not trying.send_again(session, delivery_id, endpoint_id, now=here.clock()):
            raise Problem(Code.NOT_FOUND, "There is no such delivery, or it waits to be sent already.")
    return _back(endpoint_id)


def _page(tried: Tried) -> flask.typing.ResponseReturnValue:
    here = services()
    with here.database.reading() as session:
        rows, waiting = endpoints.standing(session), log.waiting(session)
    shown = flask.render_template(
        "desk/webhooks.html",
        rows=[(row, _shown_address(row), waiting.get(row.id, 0)) for row in rows],
        tried=tried,
        say=notice_words,
        words=words,
    )
    return shown, tried.status


def _one(endpoint_id: UUID, secret: str | None = None) -> flask.Response:
    here, asked = services(), flask.request.args.get("page", "")
    with here.database.reading() as session:
        row = endpoints.one(session, endpoint_id)
        wanted = max(1, int(asked)) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1
        found = log.log_page(session, row.id, wanted)
    shown = flask.render_template(
        "desk/webhook.html",
        row=row,
        address=_shown_address(row),
        log=found,
        secret=secret,
        old_secret_until=row.old_secret_until if row.old_secret_until and row.old_secret_until > here.clock() else None,
        say=notice_words,
        words=words,
    )
    response = flask.make_response(shown)
    response.headers["Cache-Control"] = "no-store"
    return response


def _shown_address(row: Endpoint) -> str:
    found = endpoints.address(row, vault=services().secrets.vault)
    # Whoever has a channel's address may write there.
    return notice_words.place(found) if row.kind == "team" else found


def _back(endpoint_id: UUID) -> Response:
    return flask.redirect(f"{_PATH}/{endpoint_id}#log", 303)
