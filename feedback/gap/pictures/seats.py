"""From licences to engaged seats, and what became of every seat that was deployed."""

from dataclasses import dataclass

from feedback.gap.pictures.silence import Step
from feedback.gap.values import Adoption

_STEPS = {
    "licences": "licences",
    "deployed": "seats deployed",
    "active_once": "active once",
    "activated": "activated",
    "engaged": "engaged",
}
_FATES = {"engaged": "engaged", "lapsed": "lapsed", "abandoned": "tried and left", "never": "never active"}


@dataclass(frozen=True, slots=True)
class SeatsPicture:
    """Two lists of bars to one scale; `fates` add up to the deployed seats."""

    steps: tuple[Step, ...]
    fates: tuple[Step, ...]


def seats(adoption: Adoption) -> SeatsPicture | None:
    """The picture of what people did; None without licences and without seats."""
    most = max(adoption.licences or 0, adoption.deployed)
    if not most:
        return None
    return SeatsPicture(_bars(adoption, _STEPS, most), _bars(adoption, _FATES, most))


def _bars(adoption: Adoption, named: dict[str, str], most: int) -> tuple[Step, ...]:
    found = [(words, getattr(adoption, name)) for name, words in named.items()]
    return tuple(Step(words, number, round(100 * number / most, 2)) for words, number in found if number is not None)
