"""Partners in the settings: the list, its file, and a new partner."""

import flask

from feedback.desk import door, settings_form, settings_partners, table_files
from feedback.desk.form import text
from feedback.desk.settings_form import NOTHING, Tried
from feedback.gap import sentences, words
from feedback.http.context import services
from feedback.partners.commands import create_partner
from feedback.partners.lines import PartnerLine, partner_lines
from feedback.partners.schemas import PartnerChangeSchema
from feedback.staff.audit import record

blueprint = door.behind_login("desk_settings_partners")
blueprint.before_request(settings_form.admins_change)

_NAMED = PartnerChangeSchema()


@blueprint.get("/desk/settings/partners")
def list_page() -> flask.typing.ResponseReturnValue:
    """Every partner, filtered and ordered as the address says, and a form for a new one."""
    return _list(NOTHING)


@blueprint.get("/desk/settings/partners.<any(csv, xlsx):kind>")
def list_file(kind: str) -> flask.Response:
    """The partners that the address asks for, as a file."""
    with services().database.reading() as session:
        lines = partner_lines(session)
    rows = settings_partners.found(lines, settings_partners.Address.read(flask.request.args))
    return table_files.file(kind, "partners-settings", PartnerLine._fields, map(settings_partners.cells, rows))


@blueprint.post("/desk/settings/partners")
def add() -> flask.typing.ResponseReturnValue:
    """A new partner under a slug that stays."""
    here = services()
    try:
        slug, name = text("slug"), _NAMED.load({"name": text("name")}).name
        with here.database.transaction() as session:
            create_partner(session, slug, name, now=here.clock())
            record(session, flask.g.viewer.actor, "partner.created", slug, {"policy": []}, here.clock())
    except settings_form.REFUSALS as error:
        return _list(settings_form.refused("new", error))
    return flask.redirect(flask.url_for("desk_settings_partner.page", slug=slug), 303)


def _list(tried: Tried) -> flask.typing.ResponseReturnValue:
    asked = settings_partners.Address.read(flask.request.args)
    with services().database.reading() as session:
        lines = partner_lines(session)
    return flask.render_template(
        "desk/settings_partners.html",
        address=asked,
        page=settings_partners.page(settings_partners.found(lines, asked), asked, of=len(lines)),
        FILTERS=settings_partners.FILTERS,
        tried=tried,
        say=sentences,
        words=words,
    ), tried.status
