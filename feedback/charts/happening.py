"""What happened at a partner, as a mark on its timeline."""

from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Literal

Kind = Literal["told", "contract", "due", "notice", "release", "event"]


@dataclass(frozen=True, slots=True)
class Happening:
    """Something on a day, in words without a full stop."""

    day: date
    words: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Mark:
    """How one kind is drawn; `sign` is the shape as a letter, `words` what it stands for."""

    sign: str
    shape: str
    colour: str
    words: str


KINDS = MappingProxyType(
    {
        "told": Mark("▲", "triangle-up", "#0b7a75", "people were told"),
        "contract": Mark("●", "circle", "#2a7448", "contract begins"),
        "due": Mark("◆", "diamond", "#a65a0c", "contract comes due"),
        "notice": Mark("✚", "cross", "#a8322a", "notice given"),
        "release": Mark("■", "square", "#5b3a78", "product release"),
        "event": Mark("▼", "triangle-down", "#66635c", "something changed"),
    }
)
