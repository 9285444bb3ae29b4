"""What a flag says: what is unusual, beside what would be usual, and how improbable that is. No verdict."""

from collections.abc import Mapping
from math import log10
from typing import Any

KINDS = {
    "above_seats": "more people than seats",
    "unknown": "people whom you do not know",
    "burst": "new people all at once",
    "pattern": "one and the same score",
    "timing": "answers within seconds",
    "prompted": "answers after the buyer’s turn",
    "network": "one network",
}
WHOSE = {
    "all": "everybody’s answers of these days",
    "partner": "those that the partner vouches for",
    "new": "those of people who had never answered before",
    "unknown": "those of people whom your files and backend do not know",
}
USUALLY = {"above_seats": "unknown", "unknown": "unknown", "burst": "new"}
"""Whose answers a kind of flag is about; of all others: `all`."""
_WHAT = {"buyer_answered": "a buyer had answered", "told": "the partner had told its people"}
_SAID = {
    "above_seats": "{people} people answered in a month, but only {seats} seats are on file and {licences} licences in "
    "force",
    "unknown": "{unknown} of {people} answers came from people whom your files and backend do not know; elsewhere "
    "{elsewhere} do",
    "burst": "{people} people answered for the first time {within}, where {expected} would be usual; the partner "
    "vouches for {partner_signed} of {answers} answers",
    "pattern": "{those} of {people} gave a {score}; elsewhere {elsewhere} do",
    "timing": "{close} of {answers} answers of a day came within {seconds} seconds of another",
    "prompted": "{answers} answered in the week after {what}, where {expected} would be usual; their mean score was "
    "{score}, before {score_before}",
    "network": "{answered} of {asked} answered who were asked from one network; from elsewhere {answered_elsewhere} of "
    "{asked_elsewhere}",
}


def sentence(kind: str, evidence: Mapping[str, Any], p_value: float | None) -> str:
    """The flag's evidence in a sentence, without the partner's name."""
    told = {name: _text(name, value) for name, value in evidence.items()}
    if kind == "burst":
        told["within"] = "on one day" if evidence["days"] == 1 else f"within {evidence['days']} days"
    return f"{_SAID[kind].format_map(told)}{_rarely(p_value)}."


def _text(name: str, value: Any) -> str:
    match name, value:
        case ("what", _):
            return _WHAT[value]
        case ("elsewhere", _):
            whole = round(100 * value)
            return f"{whole} %" if whole else "under 1 %"
        case (_, None):
            return "not known"
        case (_, float()):
            return f"{value:.1f}" if value < 100 else f"{round(value):,}"
        case _:
            return f"{value:,}"


def _rarely(p_value: float | None) -> str:
    if p_value is None:
        return ""
    if p_value < 1e-6:
        return " (by chance less than once in a million)"
    return f" (by chance once in {10 ** round(-log10(p_value)):,})"
