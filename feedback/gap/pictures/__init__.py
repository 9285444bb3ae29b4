"""The report's pictures: where their marks stand. Templates draw them as inline SVG, for files and for the desk.

Not Vega: it fixes text widths, colours and size on the server, while these follow the reader's screen, scheme and
direction of writing.
"""

from pathlib import Path

from feedback.gap import templates
from feedback.gap.pictures.apart import PartnerPicture, partners
from feedback.gap.pictures.at_state import Gauge, StateBar, by_state, gauges
from feedback.gap.pictures.by_month import MonthsPicture, months, use
from feedback.gap.pictures.map import MapPicture, place
from feedback.gap.pictures.silence import SilentPicture, silent

STYLE = Path(templates.__file__).with_name("pictures.css")
"""Colours and marks; a page that shows a picture has it among its styles."""

__all__ = [
    "STYLE",
    "Gauge",
    "MapPicture",
    "MonthsPicture",
    "PartnerPicture",
    "SilentPicture",
    "StateBar",
    "by_state",
    "gauges",
    "months",
    "partners",
    "place",
    "silent",
    "use",
]
