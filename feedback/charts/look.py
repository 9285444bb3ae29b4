"""Colours, letters and shapes of all charts.

The colours are those of the light page. A page's style sheet turns each into its own of the moment, by attribute: so
one specification serves light and dark, print and forced colours, and a file has colours without any sheet.
"""

from types import MappingProxyType
from typing import Any

import altair as alt

INK, SOFT, LINE, PAPER = "#1d1c1a", "#66635c", "#e3dfd6", "#fbfaf7"
USER, BUYER = "#0b7a75", "#a65a0c"
GOOD, BAD, DARK = "#2a7448", "#a8322a", "#5b3a78"

STATE_COLOURS = MappingProxyType(
    {"compounding": GOOD, "pre_churn": BAD, "buyer_friction": BUYER, "broken_value": DARK, "undetermined": SOFT}
)
STATE_SHAPES = MappingProxyType(
    {
        "compounding": "circle",
        "pre_churn": "triangle-down",
        "buyer_friction": "diamond",
        "broken_value": "square",
        "undetermined": "cross",
    }
)
"""For whoever cannot tell the colours apart."""
SIGNS = MappingProxyType(
    {"compounding": "●", "pre_churn": "▼", "buyer_friction": "◆", "broken_value": "■", "undetermined": "✚"}
)
"""The same shapes as letters."""
FONT = "ui-sans-serif, system-ui, sans-serif"
_AXIS = {
    "aria": False,
    "labelColor": SOFT,
    "labelFontSize": 12,
    "titleColor": SOFT,
    "titleFontSize": 12,
    "titleFontWeight": "normal",
    "gridColor": LINE,
    "domain": False,
    "ticks": False,
    "labelPadding": 6,
}
_CONFIG = {
    "font": FONT,
    "background": None,
    "view": {"stroke": None},
    "axis": _AXIS,
    # Read one by one marks are noise; the whole is said once, and the numbers stand in the table beside.
    "mark": {"aria": False},
    "text": {"color": INK, "fontSize": 12},
}


def finished(
    chart: alt.LayerChart | alt.FacetChart, height_px: int, *, padding: dict[str, int] | None = None, **config: Any
) -> dict[str, Any]:
    """The specification as plain values, with our look; `height_px` and the width include axes and `padding`."""
    made = chart.properties(
        height=height_px,
        autosize=alt.AutoSizeParams(type="fit", contains="padding"),
    )
    # Built of typed parts: checking it against the whole schema would take longer than drawing it.
    # Values that are given in place stay there: `datasets` is what the chart is filled with later.
    with alt.data_transformers.enable(consolidate_datasets=False):
        spec: dict[str, Any] = made.to_dict(validate=False)
    spec["padding"] = {"left": 0, "right": 0, "top": 4, "bottom": 2, **(padding or {})}
    spec["config"] = {**_CONFIG, **config}
    return spec


def by_state() -> tuple[alt.Color, alt.Shape]:
    """Colour and shape of a datum's `state`."""
    names = list(STATE_COLOURS)
    colours = alt.Scale(domain=names, range=list(STATE_COLOURS.values()))
    shapes = alt.Scale(domain=names, range=list(STATE_SHAPES.values()))
    return alt.Color("state:N", scale=colours, legend=None), alt.Shape("state:N", scale=shapes, legend=None)


def told(*titles: tuple[str, str]) -> list[alt.Tooltip]:
    """Fields, each with what it is called, for who points at a mark; the values are words already."""
    return [alt.Tooltip(f"{field}:N", title=title) for field, title in titles]
