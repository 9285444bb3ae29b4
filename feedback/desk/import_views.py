"""Imports by upload: what was imported, the columns of a file, its check, how far it is and what came of it."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import flask
from werkzeug import Response

from feedback.core.errors import Code, Problem
from feedback.desk import door, form, import_columns, import_report, import_words
from feedback.desk.table_files import csv_file
from feedback.gap import words
from feedback.http.context import services
from feedback.imports import mappings, orders, uploads
from feedback.imports.kinds import KINDS
from feedback.imports.models import ImportOrder
from feedback.imports.table import Table
from feedback.seats.attributes import Declared

_SHOWN = 100
_EXPORTED = 10_000
_POLICY = f"{door.POLICY_WITH_SCRIPTS}; connect-src 'self'"
_TITLES = ("kind", "file", "by", "at", "state", "lines", *(name for name, _ in import_words.COUNTS))

blueprint = door.behind_login("desk_imports")
blueprint.before_request(door.admins_only)


@blueprint.get("/desk/settings/imports")
def list_page() -> flask.Response:
    """The form for a file, what was imported, and the saved mappings."""
    return show_list()


def show_list(problem: Problem | None = None, kind: str = "") -> flask.Response:
    """The list; with what is wrong about a file that was just sent."""
    here = services()
    with here.database.reading() as session:
        past = orders.past(session, _SHOWN + 1)
        saved = mappings.saved(session)
    page = flask.render_template(
        "desk/imports.html",
        past=past[:_SHOWN],
        more=len(past) > _SHOWN,
        most=_SHOWN,
        saved=saved,
        problem=problem,
        chosen=kind,
        limit_bytes=here.settings.import_upload_limit_bytes,
        folder=here.settings.import_folder,
        say=import_words,
        words=words,
    )
    return _scripted(page, 200 if problem is None else problem.code.status)


@blueprint.get("/desk/settings/imports.csv")
def list_file() -> flask.Response:
    """The imports as a file."""
    with services().database.reading() as session:
        past = orders.past(session, _EXPORTED)
    rows = []
    for one in past:
        counts = one.counts or {}
        each = [counts.get(name) for name in ("lines", *(name for name, _ in import_words.COUNTS))]
        by = import_words.actor(one.actor)
        rows.append([one.kind, one.file_name, by, one.at.isoformat(), import_words.STATES[one.state], *each])
    return csv_file("imports.csv", _TITLES, rows)


@blueprint.get("/desk/settings/imports/<uuid:order_id>")
@door.by_itself
def page(order_id: UUID) -> flask.typing.ResponseReturnValue:
    """One import: its columns while they are to be chosen, else how it stands."""
    here = services()
    with here.database.reading() as session:
        order = orders.order_by_id(session, order_id)
    if order.state == "mapping":
        return flask.redirect(flask.url_for("desk_imports.columns_page", order_id=order_id), 303)
    report = uploads.report(here.settings, order_id)
    shown = flask.render_template(
        "desk/import_order.html",
        order=order,
        first=import_report.first_lines(report) if report is not None and order.state in ("checked", "done") else (),
        report=report is not None,
        kept=uploads.uploaded(here.settings, order_id).exists(),
        say=import_words,
        words=words,
    )
    return _scripted(shown)


@blueprint.get("/desk/settings/imports/<uuid:order_id>/columns")
def columns_page(order_id: UUID) -> flask.typing.ResponseReturnValue:
    """Choose which column is which; `mapping` in the address is a saved one to begin with."""
    here = services()
    asked = flask.request.args.get("mapping")
    with here.database.reading() as session:
        order = orders.order_by_id(session, order_id)
        saved = mappings.saved(session, order.kind)
        declared = Declared(session).values
    if order.state not in ("mapping", "checked"):
        return flask.redirect(flask.url_for("desk_imports.page", order_id=order_id), 303)
    kind, name = KINDS[order.kind], order.mapping_name
    maps: Sequence[str] = order.maps
    if asked is not None:
        name, maps = next(((one.name, one.maps) for one in saved if one.name == asked), (None, ()))
    with _open(order) as table:
        header = table.header
    chosen = import_columns.by_maps(header, kind, maps, declared) if maps else None
    unfit = asked if asked and chosen is None else None
    guessed = import_columns.by_guess(header, kind) if chosen is None else chosen
    errors = (order.problem,) if order.problem and asked is None else ()
    return _columns(order, guessed, errors, name if chosen is not None else None, unfit=unfit)


@blueprint.post("/desk/settings/imports/<uuid:order_id>/columns")
def choose_columns(order_id: UUID) -> flask.typing.ResponseReturnValue:
    """Have the file checked with these columns, and keep them under a name if one is given."""
    here, name = services(), form.text("name")
    with here.database.reading() as session:
        order = orders.order_by_id(session, order_id)
        declared = Declared(session).values
    with _open(order) as table:
        header = table.header
    choice = import_columns.choose(header, KINDS[order.kind], flask.request.form, declared)
    errors = choice.errors
    if not errors:
        try:
            with here.database.transaction() as session:
                actor, now = flask.g.viewer.actor, here.clock()
                if name:
                    mappings.save(session, order.kind, name, choice.maps, header, actor=actor, now=now)
                orders.check_with(session, order_id, choice.maps, name or None, actor=actor)
        except Problem as problem:
            if problem.code is not Code.INVALID:
                raise
            errors = (problem.detail,)
    if errors:
        return _columns(order, choice.chosen, errors, None, name=name, status=422)
    here.ring(orders.TASK)
    return _back(order_id)


@blueprint.post("/desk/settings/imports/<uuid:order_id>/import")
def start(order_id: UUID) -> Response:
    """Import what was checked."""
    here = services()
    with here.database.transaction() as session:
        orders.begin(session, order_id, actor=flask.g.viewer.actor)
    here.ring(orders.TASK)
    return _back(order_id)


@blueprint.post("/desk/settings/imports/<uuid:order_id>/again")
def again(order_id: UUID) -> Response:
    """Go on with an import that was stopped."""
    here = services()
    with here.database.transaction() as session:
        orders.go_on(session, order_id, actor=flask.g.viewer.actor)
    here.ring(orders.TASK)
    return _back(order_id)


@blueprint.post("/desk/settings/imports/<uuid:order_id>/drop")
def drop(order_id: UUID) -> Response:
    """Throw a file away that was not imported."""
    here = services()
    with here.database.transaction() as session:
        orders.drop(session, order_id, now=here.clock())
    uploads.forget(here.settings, order_id)
    return flask.redirect(flask.url_for("desk_imports.list_page"), 303)


@blueprint.get("/desk/settings/imports/<uuid:order_id>/rejected.csv")
def rejected(order_id: UUID) -> flask.Response:
    """The list of rejected lines, as `feedback import` writes it."""
    here = services()
    with here.database.reading() as session:
        order = orders.order_by_id(session, order_id)
    path = uploads.report(here.settings, order_id)
    if path is None or order.state == "dropped":
        raise Problem(Code.NOT_FOUND, "No line was rejected, or the list is older than a week and was deleted.")
    name = f"rejected-{order.kind}-{order.made_at:%Y-%m-%d}.csv"
    response = flask.send_file(path, mimetype="text/csv", as_attachment=True, download_name=name, etag=False)
    # The list holds people: no browser keeps it.
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/desk/settings/imports/mappings/remove")
def remove_mapping() -> Response:
    """Forget a saved mapping."""
    here = services()
    with here.database.transaction() as session:
        kind, name = form.text("kind"), form.text("name")
        mappings.remove(session, kind, name, actor=flask.g.viewer.actor, now=here.clock())
    return flask.redirect(flask.url_for("desk_imports.list_page") + "#mappings", 303)


def _columns(
    order: ImportOrder,
    chosen: Mapping[int, str],
    errors: Sequence[str],
    mapping: str | None,
    *,
    name: str = "",
    unfit: str | None = None,
    status: int = 200,
) -> flask.Response:
    kind = KINDS[order.kind]
    with services().database.reading() as session:
        saved = mappings.saved(session, order.kind)
        declared = Declared(session).values
    with _open(order) as table:
        header, first = table.header, import_report.first_records(table, import_columns.SHOWN_LINES)
    page = flask.render_template(
        "desk/import_columns.html",
        order=order,
        kind=kind,
        columns=import_columns.columns(header, first, kind, chosen, declared),
        left_out=max(0, len(header) - import_columns.MOST_COLUMNS),
        missing=import_columns.missing(kind, chosen),
        alike=import_columns.looks_like(header, kind),
        errors=errors,
        mapping=mapping,
        unfit=unfit,
        saved=saved,
        name=name or mapping or "",
        longest=mappings.LONGEST_NAME,
        say=import_words,
        words=words,
    )
    return flask.make_response(page, status)


def _open(order: ImportOrder) -> Table:
    try:
        return Table(uploads.uploaded(services().settings, order.id), order.file_name)
    except FileNotFoundError:
        raise Problem(
            Code.NOT_FOUND, "The file is not there any more: it is kept for a week. Upload it again."
        ) from None


def _scripted(page: str, status: int = 200) -> flask.Response:
    response = flask.make_response(page, status)
    response.headers["Content-Security-Policy"] = _POLICY
    return response


def _back(order_id: UUID) -> Response:
    return flask.redirect(flask.url_for("desk_imports.page", order_id=order_id), 303)
