"""Settings: what the person who looks wants to be told, and the digest as it would be now."""

from dataclasses import replace
from datetime import timedelta

import flask
from werkzeug import Response

from feedback.charts import files
from feedback.core.errors import Code, Problem
from feedback.desk import door, notice_words, settings_form
from feedback.desk.form import text
from feedback.desk.settings_form import NOTHING, Tried
from feedback.gap import words
from feedback.http.context import services
from feedback.notices import choices, log
from feedback.notices.choices import Reader, Wish
from feedback.notices.contents import Message, Writer

blueprint = door.behind_login("desk_notices")
blueprint.before_request(door.numbers_only)

_A_WEEK = timedelta(days=7)


@blueprint.get("/desk/settings/notices")
def page() -> flask.typing.ResponseReturnValue:
    """The choices, and what was sent lately."""
    return _page(NOTHING)


@blueprint.post("/desk/settings/notices")
def put() -> flask.typing.ResponseReturnValue:
    """Keep the choices."""
    here, viewer = services(), flask.g.viewer
    try:
        with here.database.transaction() as session:
            wish = _typed(choices.reader(session, viewer.email, here.secrets.vault).wish)
            private = here.settings.webhook_private_addresses and viewer.role == "admin"
            choices.put(
                session,
                viewer.email,
                wish,
                vault=here.secrets.vault,
                private=private,
                actor=viewer.actor,
                now=here.clock(),
            )
    except settings_form.REFUSALS as error:
        return _page(settings_form.refused("notices", error))
    return flask.redirect(f"{flask.url_for('desk_notices.page')}?saved=yes", 303)


@blueprint.post("/desk/settings/notices/test")
def test() -> Response:
    """Send a test by each way that is chosen."""
    here = services()
    with here.database.transaction() as session:
        reader = choices.reader(session, flask.g.viewer.email, here.secrets.vault)
        for channel in reader.channels:
            log.test(session, channel, reader.staff_id, now=here.clock())
    return flask.redirect(f"{flask.url_for('desk_notices.page')}#sent", 303)


@blueprint.get("/desk/settings/notices/preview")
def preview() -> str:
    """The digest of the last seven days."""
    return flask.render_template("desk/notices_preview.html", message=_digest())


@blueprint.get("/desk/settings/notices/preview.png")
def picture() -> flask.Response:
    """Its picture. Raises NOT_FOUND."""
    found = _digest().picture
    if found is None:
        raise Problem(Code.NOT_FOUND, "There is no picture in the digest of this week.")
    response = flask.Response(files.png(found), mimetype="image/png")
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _digest() -> Message:
    here, now = services(), services().clock()
    return Writer(here).digest(now - _A_WEEK, until=now, now=now)


def _typed(standing: Wish) -> Wish:
    form = flask.request.form
    address = text("slack_address") or standing.slack_address
    if "slack" in form and not address:
        what = "Paste the address of an incoming webhook."
        raise Problem(Code.INVALID, what, errors={"slack_address": [what]})
    return replace(
        standing,
        digest="digest" in form,
        weekday=int(text("weekday")) if text("weekday") in map(str, range(7)) else standing.weekday,
        quiet=text("quiet") != "no",
        by_mail="mail" in form,
        slack_address=address if "slack" in form else "",
        alerts=tuple(form.getlist("alerts")),
    )


def _page(tried: Tried) -> flask.typing.ResponseReturnValue:
    here = services()
    with here.database.reading() as session:
        reader: Reader = choices.reader(session, flask.g.viewer.email, here.secrets.vault)
        sent = log.latest(session, reader.staff_id)
    shown = flask.render_template(
        "desk/notices.html",
        reader=reader,
        wish=reader.wish,
        sent=sent,
        tried=tried,
        saved=flask.request.args.get("saved") == "yes",
        folder=here.settings.smtp_url is None,
        WEEKDAYS=choices.WEEKDAYS,
        say=notice_words,
        words=words,
    )
    return shown, tried.status
