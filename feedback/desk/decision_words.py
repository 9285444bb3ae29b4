"""How verdicts, and the numbers that decisions are about, are called and written."""

from feedback.gap.sentences import NOTHING, points_text
from feedback.gap.words import distance, share

NUMBERS = {
    "end_user": "end users’ score",
    "buyer": "buyers’ score",
    "gap": "gap",
    "activated": "activated",
    "engaged": "engaged",
    "retention": "renewed",
}
VERDICT = {"open": "not judged yet", "supported": "supported", "refuted": "refuted", "mixed": "mixed"}


def amount(number: str, value: float | None) -> str:
    """`41`, `29 below`, `34 %`: a value of one of NUMBERS, or a dash."""
    if value is None:
        return NOTHING
    if number == "gap":
        return distance(value)
    return points_text(value) if number in ("end_user", "buyer") else share(value)
