"""A picture of lines, boxes and words that can be read on a telephone, and in the dark."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

WIDTH = 360
"""Of every picture, in its own units: a telephone shows it at nearly that many pixels."""

# A picture that is linked as an image knows nothing of the page around it: it brings its own ground and both palettes.
_STYLE = """
:root{--paper:#fbfaf7;--ink:#1d1c1a;--soft:#5f5c55;--line:#dcd7cc;--user:#0b7a75;--buyer:#a65a0c;--bad:#a8322a;\
--good:#2a7448;--dark:#5b3a78}
@media (prefers-color-scheme:dark){:root{--paper:#171614;--ink:#ece9e2;--soft:#aaa59a;--line:#3a3731;--user:#43b8b0;\
--buyer:#e39a45;--bad:#ec7a70;--good:#6fc48e;--dark:#b08bd6}}
text{font:12.5px ui-sans-serif,system-ui,sans-serif;fill:var(--ink);paint-order:stroke;stroke:var(--paper);\
stroke-width:3px;stroke-linejoin:round}
.paper{fill:var(--paper)}.soft{fill:var(--soft)}.strong{font-weight:600}
.user{fill:var(--user)}.buyer{fill:var(--buyer)}.bad{fill:var(--bad)}.good{fill:var(--good)}.dark{fill:var(--dark)}
.ink{fill:var(--ink)}.half{opacity:.42}.pale{opacity:.25}.paler{opacity:.13}
.hollow{fill:var(--paper);stroke:var(--soft);stroke-width:1.2}.box{fill:none;stroke:var(--soft)}
.rule,.grid,.dash,.wuser,.wbuyer,.wbad,.wink{fill:none;stroke:var(--soft)}.grid{stroke:var(--line)}
.dash{stroke-dasharray:3 3}.wuser{stroke:var(--user)}.wbuyer{stroke:var(--buyer)}.wbad{stroke:var(--bad)}
.wink{stroke:var(--ink)}.thick{stroke-width:2.5}.thicker{stroke-width:7}.medium{stroke-width:1.6}
""".strip().replace("\n", "")


@dataclass(slots=True)
class Picture:
    """One picture. `title` and `says` are for who cannot see it."""

    title: str
    says: str
    height: int
    parts: list[str] = field(default_factory=list)

    def text(self, x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> None:
        """Words whose baseline is at `y`."""
        place = "" if anchor == "start" else f' text-anchor="{anchor}"'
        self.parts.append(f'<text x="{_n(x)}" y="{_n(y)}"{place}{_kind(kind)}>{escape(words)}</text>')

    def line(self, x1: float, y1: float, x2: float, y2: float, kind: str = "rule") -> None:
        """A straight line."""
        self.parts.append(f'<path d="M{_n(x1)} {_n(y1)}L{_n(x2)} {_n(y2)}"{_kind(kind)}/>')

    def curve(self, points: Iterable[tuple[float, float]], kind: str, *, closed: bool = False) -> None:
        """A line through points, or the area within them."""
        way = "L".join(f"{_n(x)} {_n(y)}" for x, y in points)
        self.parts.append(f'<path d="M{way}{"Z" if closed else ""}"{_kind(kind)}/>')

    def box(self, x: float, y: float, width: float, height: float, kind: str, corner: float = 0) -> None:
        """A rectangle."""
        round_off = f' rx="{_n(corner)}"' if corner else ""
        self.parts.append(
            f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}"{round_off}{_kind(kind)}/>'
        )

    def dot(self, x: float, y: float, r: float, kind: str) -> None:
        """A disc."""
        self.parts.append(f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(r)}"{_kind(kind)}/>')

    def __str__(self) -> str:
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {self.height}" width="{WIDTH}" '
            f'height="{self.height}" role="img" aria-labelledby="title desc">'
        )
        words = f'<title id="title">{escape(self.title)}</title><desc id="desc">{escape(self.says)}</desc>'
        ground = f'<rect width="{WIDTH}" height="{self.height}" rx="6" class="paper"/>'
        return "\n".join([head, words, f"<style>{_STYLE}</style>", ground, *self.parts, "</svg>", ""])


@dataclass(frozen=True, slots=True)
class Scale:
    """From numbers to places along one direction."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        return self.start + (self.end - self.start) * (value - self.low) / (self.high - self.low)


def axis(picture: Picture, scale: Scale, top: float, bottom: float, ticks: Sequence[float], zero: float = 0.0) -> None:
    """Vertical lines from `top` to `bottom` with their numbers under them; the one at `zero` is dashed."""
    for tick in ticks:
        picture.line(scale(tick), top, scale(tick), bottom, "dash" if tick == zero else "grid")
        picture.text(scale(tick), bottom + 14, number(tick), "soft", "middle")


def range_bar(picture: Picture, scale: Scale, y: float, low: float, points: float, high: float, side: str) -> None:
    """An interval with the score in it."""
    picture.line(scale(low), y, scale(high), y, f"w{side} thicker pale")
    picture.line(scale(low), y, scale(high), y, f"w{side} medium")
    for end in (low, high):
        picture.line(scale(end), y - 4, scale(end), y + 4, f"w{side} medium")
    picture.dot(scale(points), y, 4, side)


def number(value: float) -> str:
    """`−50`, `0`, `50`."""
    return f"{value:g}".replace("-", "−")


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _kind(kind: str) -> str:
    return f' class="{kind}"' if kind else ""
