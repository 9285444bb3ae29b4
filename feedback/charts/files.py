"""Charts as files, for mails, downloads and pages that are read without a script: SVG and PNG.

Drawn by a child process that ends afterwards: 1.5 seconds and 170 MB that no web worker is left with. What was drawn
is kept by content, so that asking for the same picture again costs nothing while the numbers are the same.
"""

import base64
import subprocess
import sys
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from threading import Lock
from typing import Any
from xml.sax.saxutils import escape

import orjson

from feedback.charts.chart import Chart
from feedback.core.errors import Code, Problem

_TIME_LIMIT_S = 60
_MOST_KEPT = 48
_WHITE = "#ffffff"
# What no XML may hold, however it is written: one such letter in one name, and nothing is drawn.
_NOT_IN_XML = dict.fromkeys((*range(9), 0xB, 0xC, *range(0xE, 0x20), 0xFFFE, 0xFFFF), "\ufffd")
_kept: OrderedDict[bytes, str] = OrderedDict()
_one_at_a_time = Lock()


def svg(chart: Chart) -> str:
    """The chart on white, as a file of its own."""
    (drawn,) = _drawn([_asked("svg", chart, background=_WHITE)])
    return _described(drawn, chart)


def png(chart: Chart) -> bytes:
    """The chart on white, two pixels for each of its own."""
    (drawn,) = _drawn([_asked("png", chart, background=_WHITE)])
    return base64.b64decode(drawn)


def inline(charts: Sequence[tuple[Chart, bool]]) -> list[str]:
    """Each as SVG to stand within a page, without a ground, narrow or not; all of them by one child process."""
    drawn = _drawn([_asked("svg", chart, narrow=narrow) for chart, narrow in charts])
    return [_described(one, chart) for one, (chart, _) in zip(drawn, charts, strict=True)]


def _described(drawn: str, chart: Chart) -> str:
    """With the words that a browser would add; its links are for pointing at, not 250 stops of a keyboard."""
    words = escape(chart.says.translate(_NOT_IN_XML), {'"': "&quot;"})
    described = drawn.replace("<svg ", f'<svg role="graphics-document" aria-label="{words}" ', 1)
    return described.replace("<a xlink:href=", '<a tabindex="-1" xlink:href=')


def _asked(kind: str, chart: Chart, *, narrow: bool = False, background: str | None = None) -> bytes:
    spec = chart.vega_lite(width=360 if narrow else chart.width_px, narrow=narrow)
    spec["description"] = chart.says.translate(_NOT_IN_XML)
    spec["datasets"] = {name: [_in_xml(row) for row in rows] for name, rows in chart.data.items()}
    if background is not None:
        spec["background"] = background
        spec["padding"] = {side: px + 12 for side, px in spec["padding"].items()}
    return orjson.dumps([kind, spec])


def _in_xml(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value.translate(_NOT_IN_XML) if isinstance(value, str) else value for key, value in row.items()}


def _drawn(asked: Sequence[bytes]) -> list[str]:
    keys = [blake2b(one, digest_size=16).digest() for one in asked]
    # Whoever wants the same picture meanwhile finds it kept.
    with _one_at_a_time:
        missing = {key: one for key, one in zip(keys, asked, strict=True) if key not in _kept}
        if missing:
            _kept.update(zip(missing, _by_child(list(missing.values())), strict=True))
        for key in keys:
            _kept.move_to_end(key)
        found = [_kept[key] for key in keys]
        while len(_kept) > _MOST_KEPT:
            _kept.popitem(last=False)
    return found


def _by_child(asked: Sequence[bytes]) -> list[str]:
    command = [sys.executable, "-m", "feedback.charts.convert"]
    try:
        done = subprocess.run(  # nosec B603 # noqa: S603 - nothing of what is asked stands in the command
            command, input=b"[" + b",".join(asked) + b"]", capture_output=True, timeout=_TIME_LIMIT_S, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise Problem(Code.INTERNAL, "A chart could not be drawn as a file.") from error
    drawn: list[str] = orjson.loads(done.stdout)
    return drawn
