"""Parts of an address: slugs of partners, names of surveys, and other people's ids."""

import flask
from werkzeug.routing import BaseConverter

from feedback.http.api import Api

SLUG_PATTERN = "[a-z0-9](?:[a-z0-9-]{0,78}[a-z0-9])?"


class SlugConverter(BaseConverter):
    """1 to 80 of a-z, 0-9 and inner hyphens."""

    regex = SLUG_PATTERN


class ExternalConverter(BaseConverter):
    """An id that the vendor chose: 1 to 200 characters, slashes too, at the end of an address."""

    regex = "(?s:.{1,200})"
    part_isolating = False


def register(app: flask.Flask) -> None:
    """Let the routes of `app` use `<slug:...>` and `<external:...>`; before any blueprint."""
    app.url_map.converters.update(slug=SlugConverter, external=ExternalConverter)
    # `a//b` is another id than `a/b`, not a mistyped address.
    app.url_map.merge_slashes = False


def describe(api: Api) -> None:
    """Say in the reference what the converters take."""
    api.register_converter(SlugConverter, lambda _: {"type": "string", "pattern": f"^{SLUG_PATTERN}$"})
    api.register_converter(
        ExternalConverter,
        lambda _: {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[^\\u0000]*$"},
    )
