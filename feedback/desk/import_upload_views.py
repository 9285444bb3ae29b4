"""A file comes in: written down while it arrives, and only after its form was found to be ours."""

from contextlib import AbstractContextManager
from typing import BinaryIO
from uuid import UUID

import flask
from werkzeug import Response

from feedback.core.errors import Code, Problem
from feedback.core.ids import new_id
from feedback.desk import door, import_views, large_form
from feedback.http.context import services
from feedback.imports import mappings, orders, uploads
from feedback.imports.kinds import KINDS
from feedback.imports.table import Table

_SHOWN_ON_THE_PAGE = (Code.INVALID, Code.TOO_LARGE, Code.FILE_REFUSED, Code.BAD_REQUEST)

blueprint = door.behind_login("desk_import_upload", forms_checked=False)
blueprint.before_request(door.admins_only)


@blueprint.get("/desk/settings/imports/upload")
def to_list() -> Response:
    """Who comes back here, after signing in anew or by the address, finds the form."""
    return flask.redirect(flask.url_for("desk_imports.list_page"))


@blueprint.post("/desk/settings/imports/upload")
def upload() -> flask.typing.ResponseReturnValue:
    """Keep the file and go on to its columns; what is wrong with it is said on the page it came from."""
    order_id = new_id()
    fields: dict[str, str] = {}
    try:
        return _taken(order_id, fields)
    except Problem as problem:
        uploads.forget(services().settings, order_id)
        if problem.code not in _SHOWN_ON_THE_PAGE:
            raise
        return import_views.show_list(problem, fields.get("kind", ""))
    except BaseException:
        uploads.forget(services().settings, order_id)
        raise


def _taken(order_id: UUID, fields: dict[str, str]) -> Response:
    here = services()

    def place(seen: dict[str, str], _name: str) -> AbstractContextManager[BinaryIO]:
        fields.update(seen)
        if fields.get("kind") not in KINDS:
            raise Problem(Code.INVALID, "Choose what is in the file.")
        return uploads.receiving(here.settings, order_id)

    _, name, size = large_form.read(here.settings.import_upload_limit_bytes, place)
    new = orders.HandedIn(order_id, fields["kind"], name, size, "desk")
    with Table(uploads.uploaded(here.settings, order_id), orders.shown_name(name)) as table:
        header = table.header
    with here.database.transaction() as session:
        mapping = mappings.fitting(session, new.kind, header)
        orders.take_in(session, new, mapping, actor=flask.g.viewer.actor, now=here.clock())
    return flask.redirect(flask.url_for("desk_imports.page", order_id=order_id), 303)
