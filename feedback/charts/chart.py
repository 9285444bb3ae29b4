"""A chart: a Vega-Lite specification, the values it draws, and the words that stand beside it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Spec = Mapping[str, Any]
Data = Mapping[str, Sequence[Mapping[str, Any]]]
Link = Callable[[str], str]
"""From a partner's slug to an address; in a file that is read elsewhere an absolute one."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """One way to lay the chart out: `spec` without values and width, and how high it is with its axes, in px."""

    spec: Spec
    height_px: int


@dataclass(frozen=True, slots=True)
class Chart:
    """One picture. `narrow` is drawn instead of `wide` where a page is narrow; None: `wide` fits everywhere.

    `about` goes on behind the title, `note` stands below; `says` is what somebody hears who cannot see it.
    """

    name: str
    title: str
    about: str
    says: str
    data: Data
    wide: Drawing
    narrow: Drawing | None = None
    note: str = ""
    width_px: int = 640
    """In a file."""

    def vega_lite(self, *, width: int | str = "container", narrow: bool = False) -> dict[str, Any]:
        """The whole specification with its values; `width` in px, or that of what holds it."""
        drawing = self.narrow if narrow and self.narrow is not None else self.wide
        return {**drawing.spec, "width": width, "description": self.says, "datasets": dict(self.data)}

    def for_page(self) -> dict[str, Any]:
        """What the script of a page draws: the values once, and each way to lay them out."""
        narrow = {"narrow": self.narrow.spec} if self.narrow is not None else {}
        return {"wide": self.wide.spec, **narrow, "description": self.says, "datasets": self.data}
