"""Small pictures inside tables and lists: where their bars stand. Templates draw them as inline SVG.

The large ones are charts (`feedback.charts`); these follow the reader's screen by HTML alone.
"""

from pathlib import Path

from feedback.gap import templates
from feedback.gap.pictures.at_state import Gauge, StateBar, by_state, gauges
from feedback.gap.pictures.silence import SilentPicture, silent

STYLE = Path(templates.__file__).with_name("pictures.css")
"""Colours and marks; a page that shows a picture or a chart has it among its styles."""

__all__ = ["STYLE", "Gauge", "SilentPicture", "StateBar", "by_state", "gauges", "silent"]
