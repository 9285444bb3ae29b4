"""How the pages with comments say things."""

from functools import cache
from uuid import UUID

from babel import Locale

from feedback.comments.queries import BANDS
from feedback.core.months import first_day
from feedback.surveys.models import OPTIONS

AUDIENCES = {"end_user": "end user", "buyer": "buyer"}
STATUSES = {"new": "new", "read": "read", "acted_on": "acted on"}
MARK_AS = {"new": "Mark as new", "read": "Mark as read", "acted_on": "Mark as acted on"}
RESTRICTIONS = {"health": "health", "harassment": "harassment", "named_colleague": "a colleague by name"}
OUTCOMES = {"contacted": "contacted", "talked": "talked", "declined": "declined", "no_answer": "no answer"}
SCORES = {"low": "low", "middle": "in the middle", "high": "high"}
METRICS = {"nps": "NPS", "csat": "CSAT", "ces": "CES"}


def score(metric: str, value: int) -> str:
    """`NPS 3`; where the score is the place of an option, the option: `no time`."""
    return f"{METRICS[metric]} {value}" if metric in METRICS else OPTIONS[metric][value].replace("_", " ")


def band(metric: str, value: int) -> str:
    """`low`, `middle` or `high`; empty where there is no scale."""
    for name, ends in BANDS.items():
        if metric in ends and ends[metric][0] <= value <= ends[metric][1]:
            return name
    return ""


def anchor(partner: str, response_id: UUID) -> str:
    """The place of one comment on its page."""
    return f"c-{partner}-{response_id.hex}"


def month(value: int) -> str:
    """`Nov 2026`."""
    return f"{first_day(value):%b %Y}"


def language_of(locale: str | None) -> str:
    """`German` of `de-CH`; the tag itself where it is not known; empty for None."""
    return language(locale.replace("_", "-").split("-")[0].lower()) if locale else ""


@cache
def _names() -> dict[str, str]:
    return dict(Locale("en").languages)


def language(tag: str) -> str:
    """`German` of `de`."""
    return _names().get(tag, tag)
