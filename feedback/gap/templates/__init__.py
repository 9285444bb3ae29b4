"""Templates of the report and its pictures, and what fills them."""

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup


def draw(name: str, /, **values: Any) -> "Markup":
    """The picture of this name as HTML, for a page that escapes what it is given."""
    from markupsafe import Markup

    return Markup(fill(f"pictures/{name}.html", **values))  # nosec B704 # noqa: S704 - escaped while it was filled


def fill(template: str, **values: Any) -> str:
    """A template with these values; names come from outside, so everything is escaped."""
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> "Environment":
    # Only who wants a page waits for this.
    from jinja2 import Environment, PackageLoader, StrictUndefined

    from feedback.gap import sentences, words

    found = Environment(
        loader=PackageLoader("feedback.gap"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: words.printable(value) if type(value) is str else value,
    )
    found.globals |= {"say": sentences, "words": words, "draw": draw}
    return found
