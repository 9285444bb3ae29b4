"""The built widget: which files there are, and the frame's document with the hashes that its policy needs."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Template
    from markupsafe import Markup

FOLDER = Path(__file__).parents[1] / "static" / "embed"
_INLINE = re.compile(r"<(script|style)>(.*?)</\1>", re.DOTALL)


class WidgetNotBuilt(RuntimeError):
    """The widget's files are not there; `make build` makes them."""


@dataclass(frozen=True, slots=True)
class Page:
    """A document and the CSP sources of what is inline in it."""

    text: str
    script_source: str
    style_sources: str


@dataclass(frozen=True, slots=True)
class FrameDocument:
    """The frame as it was built: its markup to fill, its one script and its one style."""

    template: "Template"
    script: str
    style: str

    def asking(self, values: Mapping[str, Any], look: str, data: Mapping[str, Any]) -> Page:
        """The document that asks. `look`: the survey's own style sheet, after the one that is built in."""
        text = self.template.render(values, style=_tags("style", self.style, look), script=self._script(data))
        return Page(text, _source(self.script), f"{_source(self.style)} {_source(look)}")

    def on_trial(
        self, values: Mapping[str, Any], look: str, data: Mapping[str, Any], plan: Mapping[str, Any], mark: str
    ) -> Page:
        """The document that asks, to be looked at: nothing that it would send leaves it.

        `plan`: `reply` of the server that is played (`kept`, `refused`, `offline`) and `press`, selectors of what is
        pressed in turn. `mark`: what stands above the card; may be empty.
        """
        player = _TRIAL.read_text(encoding="utf-8")
        played = _data("plan", plan) + _tags("script", player)
        filled = {"style": _tags("style", self.style, look), "script": played + self._script(data)}
        # Values are escaped: the only tag of this name is the card's.
        text = str(self.template.render(values, **filled)).replace("<main", _marked(mark) + "<main", 1)
        return Page(text, f"{_source(player)} {_source(self.script)}", f"{_source(self.style)} {_source(look)}")

    def silent(self) -> Page:
        """The document that asks nothing and says to the page that it is closed."""
        text = f'<!doctype html><html lang="en"><title>Feedback</title>{self._script(None)}'
        return Page(text, _source(self.script), "'none'")

    def message(self, values: Mapping[str, str], look: str) -> Page:
        """A page of our own that only says something: `locale`, `dir`, `title`, `text`."""
        text = _template(_MESSAGE.read_text(encoding="utf-8")).render(values, style=_tags("style", self.style, look))
        return Page(text, "'none'", f"{_source(self.style)} {_source(look)}")

    def _script(self, data: Mapping[str, Any] | None) -> str:
        return _data("data", data) + _tags("script", self.script)


_MESSAGE = Path(__file__).parent / "message.html"
_TRIAL = Path(__file__).parent / "trial.js"


@cache
def rules_path() -> str:
    """Where the rules are served, with the hash of their content in the name."""
    manifest = json.loads(_read("manifest.json"))
    return f"/embed/{manifest['rules']}"


@cache
def frame_document() -> FrameDocument:
    """The frame as it was built."""
    built = _read("frame.html")
    inline = dict(_INLINE.findall(built))
    # Out of the template while it is filled: not a byte of what is hashed may change.
    markup = _INLINE.sub(lambda found: "{{ " + found[1] + " }}", built)
    return FrameDocument(_template(markup), inline["script"], inline["style"])


@cache
def _template(markup: str) -> "Template":
    # Only who shows a page waits for this.
    from jinja2 import Environment, StrictUndefined

    return Environment(autoescape=True, undefined=StrictUndefined).from_string(markup)


def _data(name: str, data: Mapping[str, Any] | None) -> "Markup":
    from markupsafe import Markup

    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return Markup('<script type="application/json" id="{}">{}</script>').format(name, Markup(text))  # nosec B704 # noqa: S704 - JSON without "<"


def _marked(mark: str) -> str:
    if not mark:
        return ""
    from markupsafe import Markup

    return str(Markup('<p class="mark" lang="en" dir="ltr">{}</p>').format(mark))


def _tags(name: str, *texts: str) -> str:
    from markupsafe import Markup

    return Markup("").join(Markup(f"<{name}>{text}</{name}>") for text in texts)  # nosec B704 # noqa: S704 - ours, no outside words


def _source(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _read(name: str) -> str:
    try:
        return (FOLDER / name).read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise WidgetNotBuilt(f"{name} is not in {FOLDER}; run `make build`.") from error
