"""Privacy notices in the settings: what people are told, by version and language, and a form that publishes one."""

import flask

from feedback.desk import door, noting, settings_form
from feedback.desk.settings_form import NOTHING, Tried, texts
from feedback.gap import words
from feedback.http.context import services
from feedback.partners.notice_texts import notices, publish_notice
from feedback.partners.terms_api import LONGEST, NewNoticeSchema
from feedback.staff.audit import record

blueprint = door.behind_login("desk_privacy_notices")
blueprint.before_request(settings_form.admins_change)

_NEW = NewNoticeSchema()


@blueprint.get("/desk/settings/privacy-notices")
def page() -> flask.typing.ResponseReturnValue:
    """Everything that was published, whole."""
    return _page(NOTHING)


@blueprint.post("/desk/settings/privacy-notices")
@noting.notes_changes
def publish() -> flask.typing.ResponseReturnValue:
    """Publish a version in one language, for good."""
    here = services()
    try:
        new = _NEW.load(texts("version", "locale", "text"))
        with here.database.transaction() as session:
            _, is_new = publish_notice(session, new, actor=flask.g.viewer.actor, now=here.clock())
            if is_new:
                told = {"locale": new.locale}
                record(session, flask.g.viewer.actor, "notice.published", new.version, told, here.clock())
    except settings_form.REFUSALS as error:
        return _page(settings_form.refused("notice", error))
    return flask.redirect(flask.url_for("desk_privacy_notices.page"), 303)


def _page(tried: Tried) -> flask.typing.ResponseReturnValue:
    with services().database.reading() as session:
        found = notices(session)
    return flask.render_template(
        "desk/privacy_notices.html", notices=found, tried=tried, most=LONGEST, words=words
    ), tried.status
