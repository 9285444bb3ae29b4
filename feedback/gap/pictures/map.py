"""The map: how buyers score against how many people use the product, one dot a partner."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from unicodedata import east_asian_width

from feedback.gap.pictures.scale import across
from feedback.gap.pictures.stakes import at_stake
from feedback.gap.sentences import points_text
from feedback.gap.values import PartnerRow
from feedback.gap.words import STATES, printable, share

LEFT, TOP, RIGHT, BOTTOM = 34.0, 18.0, 396.0, 282.0
MOST_DOTS = 250
_MOST_LABELS = 8
_NAMED_ANYWAY = 3
_LETTERS = 20
_LETTER_WIDTH = 5.9
_LINE_HEIGHT = 12.0
_SMALLEST, _LARGEST = 3.5, 15.0
_LONG_LIST = 5
_CALM = ("compounding", "undetermined")

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Label:
    """A name beside its dot."""

    text: str
    x: float
    y: float
    anchor: str


@dataclass(frozen=True, slots=True)
class Dot:
    """One partner, by its slug. `says` is its whole name and numbers."""

    partner: str
    x: float
    y: float
    r: float
    state: str
    says: str
    label: Label | None


@dataclass(frozen=True, slots=True)
class MapPicture:
    """Dots in a box from (LEFT, TOP) to (RIGHT, BOTTOM), the largest first.

    The lines between the corners stand at `middle_x` and `middle_y`; `off`: partners that cannot be placed.
    """

    dots: tuple[Dot, ...]
    of: int
    off: int
    middle_x: float
    middle_y: float
    x_ticks: tuple[tuple[str, float], ...]
    y_ticks: tuple[tuple[str, float], ...]
    says: str
    by: str
    """What their size stands for."""


def place(rows: Sequence[PartnerRow], *, metric: str = "nps", activation_threshold: float = 0.5) -> MapPicture | None:
    """Partners whose use and whose buyers' score are known, at most 250; None when there are fewer than two.

    Where a dot stands was measured. Its colour is the judgement, which also knows contracts and direction.
    """
    stakes = at_stake(rows)
    placed = sorted(
        (row for row in rows if row.state.end_user_ok is not None and _there(row)),
        key=lambda row: (-stakes.of[row.partner], row.name),
    )
    if len(placed) < 2:
        return None
    shown, scale = placed[:MOST_DOTS], across(metric)
    largest = stakes.of[shown[0].partner] or 1

    def x(points: float) -> float:
        return round(LEFT + (RIGHT - LEFT) * (points - scale.low) / (scale.high - scale.low), 1)

    circles = [
        (row, x(row.buyer.score or 0), _y(row.adoption.activation or 0), _radius(stakes.of[row.partner], largest))
        for row in shown
    ]
    labels = _labels(circles)
    return MapPicture(
        dots=tuple(
            Dot(row.partner, at_x, at_y, r, row.state.state, _says(row), labels.get(index))
            for index, (row, at_x, at_y, r) in enumerate(circles)
        ),
        of=len(placed),
        off=len(rows) - len(placed),
        middle_x=x(scale.middle),
        middle_y=_y(activation_threshold),
        x_ticks=tuple((points_text(points), x(points)) for points in (scale.low, scale.middle, scale.high)),
        y_ticks=tuple((share(part), _y(part)) for part in (0, activation_threshold, 1)),
        says=_all(placed),
        by=stakes.words,
    )


def _there(row: PartnerRow) -> bool:
    return row.buyer.score is not None and row.adoption.activation is not None


def _y(part: float) -> float:
    return round(BOTTOM - (BOTTOM - TOP) * min(1.0, part), 1)


def _radius(stake: int, largest: int) -> float:
    return round(max(_SMALLEST, _LARGEST * sqrt(stake / largest)), 1)


def _says(row: PartnerRow) -> str:
    return (
        f"{row.name}: buyers score {points_text(row.buyer.score)}, {share(row.adoption.activation)} of licences "
        f"activated, {STATES[row.state.state]}"
    )


def _all(rows: Sequence[PartnerRow]) -> str:
    parts = []
    for state, words in STATES.items():
        names = [row.name for row in rows if row.state.state == state]
        if names:
            more = f" and {len(names) - _LONG_LIST} more" if len(names) > _LONG_LIST else ""
            listed = "" if state == "undetermined" else f": {', '.join(names[:_LONG_LIST])}{more}"
            parts.append(f"{len(names)} {words}{listed}")
    return f"The map: buyers' score against activation. {'; '.join(parts)}."


def _labels(circles: Sequence[tuple[PartnerRow, float, float, float]]) -> dict[int, Label]:
    """Names of those that need somebody, then of the largest, where they cover neither each other nor a dot."""
    taken: list[Box] = []
    dots = [(x - r, y - r, x + r, y + r) for _, x, y, r in circles]
    found: dict[int, Label] = {}
    order = sorted(range(len(circles)), key=lambda index: (circles[index][0].state.state in _CALM, index))
    for index in order:
        if len(found) == _MOST_LABELS:
            break
        row, x, y, r = circles[index]
        text = _short(row.name)
        places = [(label, box) for label, box in _around(text, x, y, r) if _inside(box)]
        places = [(label, box) for label, box in places if not any(_touch(box, one) for one in taken)]
        others = dots[:index] + dots[index + 1 :]
        covers = [(sum(_touch(box, one) for one in others), at) for at, (_, box) in enumerate(places)]
        least, at = min(covers, default=(len(dots), 0))
        # The first few must be named, be it across another's dot.
        if least <= (len(found) < _NAMED_ANYWAY):
            found[index], box = places[at]
            taken.append(box)
    return found


def _short(name: str) -> str:
    text = printable(name)
    return text if len(text) <= _LETTERS else text[: _LETTERS - 1].rstrip() + "…"


def _around(text: str, x: float, y: float, r: float) -> list[tuple[Label, Box]]:
    width = sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text) * _LETTER_WIDTH
    half = _LINE_HEIGHT / 2
    right, left, above, below = x + r + 3, x - r - 3, y - r - 4, y + r + _LINE_HEIGHT - 2
    return [
        (Label(text, right, y + 4, "start"), (right, y - half, right + width, y + half)),
        (Label(text, left, y + 4, "end"), (left - width, y - half, left, y + half)),
        (Label(text, x, above, "middle"), (x - width / 2, above - 10, x + width / 2, above + 2)),
        (Label(text, x, below, "middle"), (x - width / 2, below - 10, x + width / 2, below + 2)),
    ]


def _inside(box: Box) -> bool:
    return box[0] >= LEFT and box[1] >= TOP and box[2] <= RIGHT and box[3] <= BOTTOM


def _touch(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
