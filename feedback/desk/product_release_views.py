"""Releases of the vendor's product: the list, and the forms that put one down or take it away."""

from uuid import UUID

import flask
from werkzeug import Response

from feedback.decisions.product_releases import (
    NewProductRelease,
    add_product_release,
    product_releases,
    remove_product_release,
)
from feedback.decisions.values import LONGEST_NAME, LONGEST_TEXT
from feedback.desk import door, form
from feedback.gap import words
from feedback.http.context import services

blueprint = door.behind_login("desk_product_releases")
blueprint.before_request(door.numbers_only)


@blueprint.get("/desk/settings/product-releases")
def page() -> str:
    """What was released when."""
    here = services()
    with here.database.reading() as session:
        found = product_releases(session)
    today = here.clock().date()
    return flask.render_template(
        "desk/product_releases.html",
        releases=found,
        today=today,
        most=LONGEST_NAME,
        most_told=LONGEST_TEXT,
        words=words,
    )


@blueprint.post("/desk/settings/product-releases")
def add() -> Response:
    """Put one down. Raises INVALID."""
    new = NewProductRelease(form.day("day"), form.text("name"), form.text("told"))
    here = services()
    with here.database.transaction() as session:
        add_product_release(session, new, actor=flask.g.viewer.actor, now=here.clock())
    return _back()


@blueprint.post("/desk/settings/product-releases/<uuid:release_id>/remove")
def remove(release_id: UUID) -> Response:
    """Take one away. Raises NOT_FOUND."""
    here = services()
    with here.database.transaction() as session:
        remove_product_release(session, release_id, actor=flask.g.viewer.actor, now=here.clock())
    return _back()


def _back() -> Response:
    return flask.redirect(flask.url_for("desk_product_releases.page"), 303)
