"""Links to pages of the desk that not everybody may open."""

import flask

from feedback.desk import settings_menu


def leads(path: str) -> bool:
    """Whether a link to this page of the desk would open for whoever looks."""
    if path.startswith("/desk/settings/"):
        return any(one.path == path for one in settings_menu.menu(flask.g.viewer))
    return any(rule.rule == path for rule in flask.current_app.url_map.iter_rules())
