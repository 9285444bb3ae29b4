"""Names beside dots, where they cover neither each other nor a dot.

Placed for the narrowest screen: where there is more room, dots are further apart and names are not.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width

from feedback.gap.words import printable

WIDTH, HEIGHT = 290.0, 270.0
"""The plot for which names are placed, px."""
_MOST = 8
_TRIED = 24
"""In a crowd nobody after these finds room either, and looking for it takes longer than all else."""
_NAMED_ANYWAY = 3
_LETTERS = 20
_LETTER_WIDTH = 6.2
_LINE_HEIGHT = 13.0

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Dot:
    """A dot to be named: where it stands (0..1 from left and from top), its radius in px, and its name."""

    across: float
    down: float
    radius: float
    name: str


@dataclass(frozen=True, slots=True)
class Label:
    """A name, how far from its dot's middle it begins, ends or has its middle (px), and which of the three."""

    text: str
    dx: float
    dy: float
    align: str


def labels(dots: Sequence[Dot], order: Sequence[int]) -> dict[int, Label]:
    """Names of at most eight dots by their place in `dots`; those first in `order` first."""
    taken: list[Box] = []
    boxes = [_box(dot) for dot in dots]
    found: dict[int, Label] = {}
    for index in order[:_TRIED]:
        if len(found) == _MOST:
            break
        places = [(label, box) for label, box in _around(dots[index]) if _inside(box)]
        places = [(label, box) for label, box in places if not any(_touch(box, one) for one in taken)]
        others = boxes[:index] + boxes[index + 1 :]
        covers = [(_covered(box, others), at) for at, (_, box) in enumerate(places)]
        least, at = min(covers, default=(len(dots), 0))
        # The first few must be named, be it across another's dot.
        if least <= (len(found) < _NAMED_ANYWAY):
            found[index], box = places[at]
            taken.append(box)
    return found


def _short(name: str) -> str:
    text = printable(name)
    return text if len(text) <= _LETTERS else text[: _LETTERS - 1].rstrip() + "…"


def _box(dot: Dot) -> Box:
    x, y = dot.across * WIDTH, dot.down * HEIGHT
    return x - dot.radius, y - dot.radius, x + dot.radius, y + dot.radius


def _around(dot: Dot) -> Iterator[tuple[Label, Box]]:
    text = _short(dot.name)
    width = sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text) * _LETTER_WIDTH
    x, y, half = dot.across * WIDTH, dot.down * HEIGHT, _LINE_HEIGHT / 2
    beside, above = dot.radius + 4, dot.radius + half + 1
    yield Label(text, beside, 0, "left"), (x + beside, y - half, x + beside + width, y + half)
    yield Label(text, -beside, 0, "right"), (x - beside - width, y - half, x - beside, y + half)
    for down in (-above, above):
        middle = y + down
        yield Label(text, 0, down, "center"), (x - width / 2, middle - half, x + width / 2, middle + half)


def _inside(box: Box) -> bool:
    return box[0] >= 0 and box[1] >= 0 and box[2] <= WIDTH and box[3] <= HEIGHT


def _covered(box: Box, others: Sequence[Box]) -> int:
    return sum(_touch(box, one) for one in others)


def _touch(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
