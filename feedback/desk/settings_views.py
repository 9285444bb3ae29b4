"""Settings: the way into them."""

import flask
from werkzeug import Response
from werkzeug.exceptions import NotFound

from feedback.desk import door, settings_menu

blueprint = door.behind_login("desk_settings")


@blueprint.get("/desk/settings")
def first_page() -> Response:
    """To the first page of the settings that this person may open."""
    found = settings_menu.menu(flask.g.viewer)
    if not found:
        raise NotFound
    return flask.redirect(found[0].path)
