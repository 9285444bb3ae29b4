"""The built widget: which files there are, and the frame's document with the hashes that its policy needs."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "static" / "embed"
_PLACEHOLDER = "<!--data-->"
_INLINE = re.compile(r"<(script|style)>(.*?)</\1>", re.DOTALL)


class WidgetNotBuilt(RuntimeError):
    """The widget's files are not there; `make build` makes them."""


@dataclass(frozen=True, slots=True)
class FrameDocument:
    """The frame's shell, and the CSP sources of its one script and one style."""

    shell: str
    script_source: str
    style_source: str

    def with_data(self, data: Mapping[str, Any] | None) -> str:
        """The document that asks what `data` says; None asks nothing."""
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
        return self.shell.replace(_PLACEHOLDER, f'<script type="application/json" id="data">{text}</script>', 1)


@cache
def rules_path() -> str:
    """Where the rules are served, with the hash of their content in the name."""
    manifest = json.loads(_read("manifest.json"))
    return f"/embed/{manifest['rules']}"


@cache
def frame_document() -> FrameDocument:
    """The frame as it was built."""
    shell = _read("frame.html")
    inline = dict(_INLINE.findall(shell))
    return FrameDocument(shell, _source(inline["script"]), _source(inline["style"]))


def _source(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _read(name: str) -> str:
    try:
        return (FOLDER / name).read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise WidgetNotBuilt(f"{name} is not in {FOLDER}; run `make build`.") from error
