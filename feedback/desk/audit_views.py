"""The audit log: who read or changed what, newest first; for admins."""

import csv
import io
from collections.abc import Iterator

import flask
import orjson

from feedback.core.spreadsheet import safe_cell
from feedback.desk import audit_address, audit_names, audit_words, door, staff_words
from feedback.desk.audit_address import PAGE, Address
from feedback.http import cursors
from feedback.http.context import services
from feedback.staff import audit, audit_log, queries
from feedback.staff.models import AuditEntry

ROWS_PER_PAGE = 100
_ROWS_PER_READ = 2000

blueprint = door.behind_login("desk_audit")
blueprint.before_request(door.admins_only)


@blueprint.get(PAGE)
def page() -> str:
    """A page of entries, and the filter."""
    here = services()
    address = audit_address.read(flask.request.args)
    before = cursors.decode(address.before) if address.before else None
    with here.database.reading() as session:
        found = audit_log.entries(session, address.wanted, before=before, limit=ROWS_PER_PAGE + 1)
        staff = [row.email for row in queries.all_members(session)]
        shown = found[:ROWS_PER_PAGE]
        names = audit_names.names_in(session, shown)
    older = None
    if len(found) > len(shown):
        older = address.to(before=cursors.encode(shown[-1].at, shown[-1].id))
    return flask.render_template(
        "desk/audit.html",
        entries=shown,
        names=names,
        older=older,
        address=address,
        staff=staff,
        say=audit_words,
        moment=staff_words.moment,
    )


@blueprint.get(f"{PAGE}.csv")
def page_csv() -> flask.Response:
    """All entries that the filter finds, as a file that is written while it is read. Exporting is recorded, too."""
    here = services()
    address = audit_address.read(flask.request.args)
    now = here.clock()
    with here.database.transaction() as session:
        audit.record(session, flask.g.viewer.actor, "audit.exported", "audit log", address.asked, now)
    response = flask.Response(flask.stream_with_context(_lines(address)), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="audit-log-{now:%Y-%m-%d}.csv"'
    return response


def _lines(address: Address) -> Iterator[str]:
    yield _csv([("at", "actor", "action", "target", "detail")])
    before = None
    while True:
        with services().database.reading() as session:
            found = audit_log.entries(session, address.wanted, before=before, limit=_ROWS_PER_READ)
        if found:
            yield _csv([_cells(entry) for entry in found])
        if len(found) < _ROWS_PER_READ:
            return
        before = found[-1].at, found[-1].id


def _cells(entry: AuditEntry) -> tuple[str, ...]:
    return entry.at.isoformat(), entry.actor, entry.action, entry.target, orjson.dumps(entry.detail).decode()


def _csv(rows: list[tuple[str, ...]]) -> str:
    file = io.StringIO()
    csv.writer(file).writerows([safe_cell(cell) for cell in row] for row in rows)
    return file.getvalue()
