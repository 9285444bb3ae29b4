"""What was released to partners: a list, and the released view of one, safe to be shown to its buyer on a screen.

A released view reads what was frozen and nothing else, so that no mistake in a page can show more than was released.
"""

from collections.abc import Iterator

import flask

from feedback.core.preferences import in_force
from feedback.desk import door, released_list, table_files
from feedback.desk.shared_back import shared
from feedback.http.context import services
from feedback.partners.queries import known_partner
from feedback.privacy import queries, words

blueprint = door.behind_login("desk_released")


@blueprint.get("/desk/released")
def list_page() -> flask.typing.ResponseReturnValue:
    """Every partner with the months of its latest release."""
    asked = released_list.Address.read(flask.request.args)
    return flask.render_template(
        "desk/released.html",
        address=asked,
        page=released_list.page(_found(asked), asked),
        next_one=released_list.next_one,
        months=words.months,
    )


@blueprint.get("/desk/released.csv")
def list_csv() -> flask.Response:
    """The partners that the address asks for, as comma-separated lines."""
    return table_files.csv_file("released.csv", released_list.TITLES, _lines())


@blueprint.get("/desk/released.xlsx")
def list_xlsx() -> flask.Response:
    """The same as a workbook."""
    return table_files.xlsx_file("released.xlsx", released_list.TITLES, _lines())


@blueprint.get("/desk/released/<slug>")
def page(slug: str) -> flask.typing.ResponseReturnValue:
    """The released view of one partner, without anything of the desk around it. Raises PARTNER_UNKNOWN.

    What was released stays; but it is not shown while the policy does not allow it, nor to a partner that left.
    """
    here = services()
    now = here.clock()
    with here.database.reading() as session:
        partner = known_partner(session, slug)
        shown = shared(session, partner, today=now.date())
        return flask.render_template(
            "desk/released_view.html",
            partner=partner,
            shared=shown,
            vendor=in_force(session, here.settings).vendor_name,
            say=words,
        )


def _found(asked: released_list.Address) -> tuple[queries.Standing, ...]:
    here = services()
    with here.database.reading() as session:
        return released_list.found(queries.standings(session, here.clock().date()), asked)


def _lines() -> Iterator[tuple[str, ...]]:
    return map(released_list.line, _found(released_list.Address.read(flask.request.args)))
